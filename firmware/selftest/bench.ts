import { type Payment, payOurselves } from './bench-payment.js';
import type { BenchParts, Meter } from './meter.js';

type Done = (value: number | undefined) => void;

interface Measurement {
  readonly name: string;
  readonly run: (parts: BenchParts, done: Done) => void;
}

const REPEATS = 4;
/** Of one draw that is measured: a key's. */
export const RANDOM_BYTES = 32;
export const RANDOM_NAME = 'entropy, 32 B';

const bytes = (length: number): Uint8Array => new Uint8Array(length).fill(7);

/**
 * The least of some calls, without what counting itself takes: an interrupt or a collection of garbage falls
 * into few of them.
 */
function least(meter: Meter, call: () => unknown): number {
  const timed = (work: () => unknown): number => {
    let best = Number.POSITIVE_INFINITY;
    for (let i = 0; i < REPEATS; i++) {
      const before = meter.now();
      work();
      best = Math.min(best, meter.now() - before);
    }
    return best;
  };
  return Math.max(0, Math.round(timed(call) - timed(() => undefined)));
}

/** `prepare` makes what the call works on, outside the measurement. */
const primitive = (name: string, prepare: (parts: BenchParts) => () => unknown): Measurement => ({
  name,
  run: (parts, done) => done(least(parts.meter, prepare(parts))),
});

/** The least of some payments, for the same reason. */
const payment = (name: string, pick: (paid: Payment) => number): Measurement => ({
  name,
  run: (parts, done) => {
    let best = Number.POSITIVE_INFINITY;
    let repeat = 0;
    const pay = (): void =>
      payOurselves(parts, (paid) => {
        if (!paid) return done(undefined);
        best = Math.min(best, pick(paid));
        if (++repeat < REPEATS) pay();
        else done(best);
      });
    pay();
  },
});

/** By the names that the benchmark of the emulated chip has for them. */
const ALL: readonly Measurement[] = [
  primitive('CRC-32, 4 KB', ({ crc32 }) => {
    const data = bytes(4_096);
    return () => crc32(data, 0, data.length, 0);
  }),
  primitive('SHA-256, 1 KB', ({ crypto }) => {
    const data = bytes(1_024);
    return () => crypto.sha256(data);
  }),
  primitive('HMAC-SHA-256, 32 B', ({ crypto }) => {
    const data = bytes(32);
    return () => crypto.hmacSha256(data, data);
  }),
  primitive('ChaCha20-Poly1305 seal, 256 B', ({ crypto }) => {
    const [key, none, data] = [bytes(32), bytes(0), bytes(256)];
    return () => crypto.seal(key, 1, none, data);
  }),
  primitive('ChaCha20-Poly1305 open, 256 B', ({ crypto }) => {
    const [key, none] = [bytes(32), bytes(0)];
    const sealed = crypto.seal(key, 1, none, bytes(256)).slice();
    return () => crypto.open(key, 1, none, sealed);
  }),
  primitive('Ed25519 key from seed', ({ crypto }) => {
    const seed = bytes(32);
    return () => crypto.ed25519KeyFromSeed(seed);
  }),
  primitive('Ed25519 sign, 256 B', ({ crypto }) => {
    const [key, data] = [crypto.ed25519KeyFromSeed(bytes(32)).slice(), bytes(256)];
    return () => crypto.ed25519Sign(key, data);
  }),
  primitive('Ed25519 verify, 256 B', ({ crypto }) => {
    const [key, data] = [crypto.ed25519KeyFromSeed(bytes(32)).slice(), bytes(256)];
    const signature = crypto.ed25519Sign(key, data).slice();
    return () => crypto.ed25519Verify(key.subarray(32), data, signature);
  }),
  primitive('X25519 public key', ({ crypto }) => {
    const secret = bytes(32);
    return () => crypto.x25519PublicKey(secret);
  }),
  primitive('X25519 shared secret', ({ crypto }) => {
    const secret = bytes(32);
    const theirs = crypto.x25519PublicKey(secret).slice();
    return () => crypto.x25519(secret, theirs);
  }),
  primitive(RANDOM_NAME, ({ entropy }) => {
    const data = bytes(RANDOM_BYTES);
    return () => entropy.fill(data);
  }),
  payment('whole payment, card', ({ card }) => card),
  payment('whole payment, terminal', ({ terminal }) => terminal),
];

/** How many there are. */
export const MEASUREMENTS = ALL.length;

/**
 * Makes the measurement of that index, below MEASUREMENTS: its name, and its value or undefined when it
 * failed.
 */
export function bench(
  parts: BenchParts,
  index: number,
  done: (name: string, value: number | undefined) => void,
): void {
  const { name, run } = ALL[index];
  run(parts, (value) => done(name, value));
}
