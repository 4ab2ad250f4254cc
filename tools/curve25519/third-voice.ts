/**
 * noble beside the chip's C and libsodium: the cases of `differential.c`, on which those two have agreed,
 * asked of an implementation that shares no line with either.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sameBytes } from '../../firmware/bytes.js';
import { nobleCrypto as noble } from '../../hal/crypto/noble.js';
import { CASES_FILE, type Compared, withCases } from './differential.js';

/** Of chip/whole.h, as the fields below. */
const MESSAGE_BYTES_MAX = 200;

interface Attempt {
  readonly publicKey: Uint8Array;
  readonly signature: Uint8Array;
  readonly message: Uint8Array;
}

interface WholeCase {
  readonly seed: Uint8Array;
  readonly key: Uint8Array;
  readonly honest: Attempt;
  readonly spoiled: Attempt;
  readonly isValid: boolean;
  readonly secret: Uint8Array;
  readonly peer: Uint8Array;
  readonly publicKey: Uint8Array;
  /** Undefined: libsodium refuses the peer. */
  readonly shared: Uint8Array | undefined;
}

/** What noble says otherwise of one case; undefined: nothing. */
function differenceOf(made: WholeCase): string | undefined {
  const { honest, spoiled } = made;
  const key = noble.ed25519KeyFromSeed(made.seed);
  if (!sameBytes(key, made.key)) return 'key';
  if (!sameBytes(noble.ed25519Sign(key, honest.message), honest.signature)) return 'signature';
  if (!noble.ed25519Verify(honest.publicKey, honest.message, honest.signature))
    return 'verdict of an honest one';
  if (noble.ed25519Verify(spoiled.publicKey, spoiled.message, spoiled.signature) !== made.isValid)
    return 'verdict';
  if (!sameBytes(noble.x25519PublicKey(made.secret), made.publicKey)) return 'X25519 public key';
  const shared = noble.x25519(made.secret, made.peer);
  const isSame = shared && made.shared ? sameBytes(shared, made.shared) : shared === made.shared;
  return isSame ? undefined : 'X25519 shared secret';
}

/** Of a file of `withCases`. Throws where one is not whole. */
function readCases(bytes: Uint8Array): WholeCase[] {
  let at = 0;
  const take = (length: number): Uint8Array => {
    if (at + length > bytes.length) throw new Error('the cases of the differential end early');
    at += length;
    return bytes.subarray(at - length, at);
  };
  const attempt = (): Attempt => {
    const [publicKey, signature, message] = [take(32), take(64), take(MESSAGE_BYTES_MAX)];
    const [length] = take(1);
    return { publicKey, signature, message: message.subarray(0, length) };
  };
  const cases: WholeCase[] = [];
  while (at < bytes.length) {
    const [seed, key, honest, spoiled, [isValid]] = [take(32), take(64), attempt(), attempt(), take(1)];
    const [secret, peer, publicKey, shared, [isShared]] = [take(32), take(32), take(32), take(32), take(1)];
    cases.push({
      ...{ seed, key, honest, spoiled, isValid: isValid === 1 },
      ...{ secret, peer, publicKey, shared: isShared === 1 ? shared : undefined },
    });
  }
  return cases;
}

/** `onCase` is told how many are done. */
export const compareNoble = (
  cases: number,
  seed: number,
  onCase: (done: number) => void = () => {},
): Promise<Compared> =>
  withCases(cases, seed, async (folder) => {
    const all = readCases(readFileSync(join(folder, CASES_FILE)));
    for (const [i, each] of all.entries()) {
      onCase(i);
      const what = differenceOf(each);
      if (what !== undefined) return { line: `noble: case ${i}: ${what} differs`, isSame: false };
    }
    const valid = all.filter(({ isValid }) => isValid).length;
    const line = `noble: ${all.length} cases, ${valid} of the signatures valid, no difference from libsodium`;
    return { line, isSame: true };
  });
