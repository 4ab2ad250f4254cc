import { Initiator, Responder } from '../../../../firmware/channel/handshake.js';
import { Transfer } from '../../../../firmware/objects/transfer.js';
import { Journal } from '../../../../firmware/store/journal.js';
import { Store } from '../../../../firmware/store/store.js';
import { Trust } from '../../../../firmware/trust/trust.js';
import { Wallet } from '../../../../firmware/wallet/wallet.js';
import type { Crc32 } from '../../../../hal/crc32.js';
import type { Crypto } from '../../../../hal/crypto.js';
import { Closed, type Code, codeOf, LOG_FIELDS, Mark } from '../codes.js';
import type { Meter } from './meter.js';

type Method = (this: unknown, a?: unknown, b?: unknown, c?: unknown, d?: unknown) => unknown;

/**
 * Puts the meter around a method of an object, or of every object of a class; up to four arguments, as all of
 * ours.
 */
function wrap(meter: Meter, object: object, name: string, code: Code): void {
  const methods = object as Record<string, Method>;
  const method = methods[name];
  if (typeof method !== 'function') throw new TypeError(`there is no method ${name} to measure`);
  const number = codeOf(code);
  methods[name] = function (a, b, c, d) {
    meter.enter(number);
    const result = method.call(this, a, b, c, d);
    meter.leave();
    return result;
  };
}

const PRIMITIVES: Record<keyof Crypto, Code> = {
  sha256: 'SHA-256',
  hmacSha256: 'HMAC',
  hkdfSha256: 'HKDF',
  ed25519KeyFromSeed: 'Ed25519 key',
  ed25519Sign: 'Ed25519 sign',
  ed25519Prepare: 'Ed25519 prepare',
  ed25519Verify: 'Ed25519 verify',
  x25519PublicKey: 'X25519 key',
  x25519: 'X25519',
  x25519SecretOf: 'X25519 key',
  x25519PublicKeyOf: 'X25519 image',
  seal: 'AEAD',
  open: 'AEAD',
  equal: 'equal',
};

/** The provider, with the meter around each primitive. */
export function meteredCrypto(meter: Meter, crypto: Crypto): Crypto {
  const metered = { ...crypto };
  for (const name of Object.keys(crypto) as (keyof Crypto)[]) wrap(meter, metered, name, PRIMITIVES[name]);
  return metered;
}

export function meteredCrc32(meter: Meter, crc32: Crc32): Crc32 {
  const metered = { crc32 };
  wrap(meter, metered, 'crc32', 'CRC-32');
  return metered.crc32;
}

const OF_STORE = ['get', 'has', 'put', 'remove', 'batch', 'fits', 'tidy', 'truncate', 'makeRoom'];
const OF_JOURNAL = ['append', 'entry', 'search'];

/**
 * Patches the firmware's classes for the rest of the run. What throws through them upsets the meter: no touch
 * measured does.
 */
export function hookFirmware(meter: Meter): void {
  for (const name of OF_STORE) wrap(meter, Store.prototype, name, 'store');
  for (const name of OF_JOURNAL) wrap(meter, Journal.prototype, name, 'store');
  wrap(meter, Initiator.prototype, 'hello', 'session');
  wrap(meter, Responder.prototype, 'hello', 'session');
  wrap(meter, Trust.prototype, 'isGenuine', 'certificate');
  wrap(meter, Transfer.prototype, 'verify', 'verify');
  wrap(meter, Wallet.prototype, 'commit', 'commit');
}

export interface Overhead {
  /** Left by one bracket of the meter inside itself, and in what is around it. */
  readonly inside: number;
  readonly outside: number;
  /** Left by one mark in what is before and after it. */
  readonly mark: number;
}

const CALLS = 64;

/** What the meter's own calls leave in its log. */
export function calibrate(meter: Meter): Overhead {
  const object = { plain() {}, metered() {}, mark: () => meter.mark(Mark.end, 0) };
  wrap(meter, object, 'metered', 'store');
  const run = (name: keyof typeof object) => {
    meter.start();
    for (let i = 0; i < CALLS; i++) object[name]();
    meter.mark(Mark.end, 0);
    let [inside, outside] = [0, 0];
    const { log } = meter;
    for (let i = 0; i < log.length; i += LOG_FIELDS) {
      if (log[i + 1] === Closed.byLeave) inside += log[i + 2];
      else outside += log[i + 2];
    }
    return { inside, outside };
  };
  const [plain, metered, mark] = [run('plain'), run('metered'), run('mark')];
  return {
    inside: Math.round(metered.inside / CALLS),
    outside: Math.round((metered.outside - plain.outside) / CALLS),
    mark: Math.round((mark.outside - plain.outside) / CALLS),
  };
}
