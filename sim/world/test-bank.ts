import { concat, u32 } from '../../firmware/bytes.js';
import type { Note } from '../../firmware/objects/note.js';
import type { Limits } from '../../firmware/objects/profile.js';
import { buildCommand, Ins, SELECT_APPLICATION } from '../../firmware/protocol/apdu.js';
import {
  TestIssuer,
  type TestIssuerOptions,
  UNLIMITED,
  YEAR_S,
} from '../../firmware/selftest/test-issuer.js';
import type { Wallet } from '../../firmware/wallet/wallet.js';
import type { Crypto } from '../../hal/crypto.js';
import type { Entropy } from '../../hal/entropy.js';
import { SimEntropy } from '../chip/entropy.js';
import { expectOk } from '../device/contacts.js';

export const ascii = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));
export const CURRENCY = ascii('CNY');
const DEFAULTS = { number: 7, endorsed_s: 5 * YEAR_S, certified_s: YEAR_S };

/** A test issuer, as a personalisation station and a sync would have it. */
export class TestBank extends TestIssuer {
  constructor(
    crypto: Crypto,
    now_s: number,
    options: Partial<Omit<TestIssuerOptions, 'now_s' | 'currency' | 'random'>> & {
      seed?: number;
      /** Of ids, where two programs have the bank of one seed; by default they come from the seed too. */
      ids?: Entropy;
    } = {},
  ) {
    const { seed = 1, ids, ...rest } = options;
    let entropy: Entropy = new SimEntropy(seed, 'test bank');
    const random = (length: number) => {
      const bytes = new Uint8Array(length);
      entropy.fill(bytes);
      return bytes;
    };
    super(crypto, { ...DEFAULTS, ...rest, now_s, currency: CURRENCY, random });
    if (ids) entropy = ids;
  }

  /** Personalises a blank device through its APDUs and gives it its first settlement. */
  enrol(
    device: { exchange(command: Uint8Array): Uint8Array; readonly wallet: Wallet },
    options: {
      limits?: Partial<Limits>;
      category?: number;
      tier?: number;
      place?: number;
      pin?: string;
      notAfter_s?: number;
    } = {},
  ): void {
    device.exchange(SELECT_APPLICATION);
    const publicKey = expectOk(device.exchange(buildCommand(Ins.makeKeys, CURRENCY)));
    const theirs = this.certify(publicKey, options);
    const given = this.personalisation(theirs, { ...UNLIMITED, ...options.limits });
    const time = u32(given.time_s);
    const { root, profile, certificate, operators } = given;
    if (options.pin)
      expectOk(device.exchange(buildCommand(Ins.setPin, concat(ascii('12345678'), ascii(options.pin)))));
    expectOk(
      device.exchange(buildCommand(Ins.personalise, concat(root, time, profile, certificate, ...operators))),
    );
    this.settle(device.wallet, []);
  }

  /** Notes for a wallet, not yet given to it. */
  notes(
    { certificate }: Wallet,
    values: readonly number[],
    options: Parameters<TestIssuer['note']>[2] = {},
  ): Note[] {
    return values.map((value) => this.note(certificate.id, value, options));
  }
}
