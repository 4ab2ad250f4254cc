import { decode } from 'cbor-x';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AccountCertificate } from '../../../firmware/account/account-certificate.js';
import { AccountCode, CODE_BYTES, PRICED_CODE_BYTES } from '../../../firmware/account/account-code.js';
import { base45Encode } from '../../../firmware/account/base45.js';
import { AMOUNT_MAX } from '../../../firmware/limits.js';
import { opensslCrypto as crypto } from '../../../hal/crypto/openssl.js';
import { scanned } from '../../../sim/account/scanned.js';
import { mutate, randomOf } from '../../support/text-mutants.js';
import {
  certificateFields,
  certificateOf,
  codeFields,
  codeOf,
  PLATFORM_KEY,
  USER_KEY,
} from './account-codes.js';

const MUTANTS = 1_000_000;
const PREFIX = 'TN1:';
const plain = (value: unknown): unknown => {
  if (value instanceof Uint8Array) return Uint8Array.from(value);
  return Array.isArray(value) ? value.map(plain) : value;
};
const parsed = (text: string): AccountCode | undefined => AccountCode.parse(scanned(text));
const textOf = (bytes: Uint8Array): string => PREFIX + base45Encode(bytes);

describe('the code of an account', () => {
  it('has 202 bytes and 307 characters, with an amount 206 and 313', () => {
    const [code, priced] = [codeOf(), codeOf({ amount: 1_250 })];
    expect([CODE_BYTES, code.bytes.length, code.text.length]).toEqual([202, 202, 307]);
    expect([PRICED_CODE_BYTES, priced.bytes.length, priced.text.length]).toEqual([206, 206, 313]);
  });

  it('reads back as the fields that it was made from, and verifies', () => {
    fc.assert(
      fc.property(certificateFields, codeFields, (first, second) => {
        const certificate = AccountCertificate.build(crypto, PLATFORM_KEY, {
          ...first,
          publicKey: USER_KEY.slice(32),
        });
        const { text } = AccountCode.build(crypto, USER_KEY, certificate, second);
        const read = parsed(text) as AccountCode;
        const { created_s, validity_s, counter, amount } = read;
        expect({ created_s, validity_s, counter, amount }).toEqual({ amount: undefined, ...second });
        expect(read.certificate.bytes).toEqual(certificate.bytes);
        for (const name of [
          'pseudonym',
          'notBefore_s',
          'notAfter_s',
          'quota',
          'tier',
          'scene',
          'serial',
        ] as const)
          expect(read.certificate[name]).toEqual(first[name]);
        expect(read.text).toBe(text);
        expect([read.certificate.verify(crypto, PLATFORM_KEY.slice(32)), read.verify(crypto)]).toEqual([
          true,
          true,
        ]);
      }),
      { numRuns: 200 },
    );
  });

  it('is signed as what any CBOR decoder reads', () => {
    fc.assert(
      fc.property(certificateFields, (f) => {
        const { bytes, platform } = AccountCertificate.build(crypto, PLATFORM_KEY, f);
        expect(platform).toEqual(crypto.sha256(PLATFORM_KEY.slice(32)).slice(0, 4));
        expect(plain(decode(bytes))).toEqual(
          plain([
            ...[20, platform, f.pseudonym, f.publicKey, f.notBefore_s, f.notAfter_s],
            ...[f.quota, f.tier, f.scene, f.serial, bytes.slice(-64)],
          ]),
        );
        expect(AccountCertificate.parse(bytes)?.bytes).toEqual(bytes);
      }),
      { numRuns: 100 },
    );
    fc.assert(
      fc.property(codeFields, (f) => {
        const code = codeOf(f);
        const bytes = code.secondLayer(crypto);
        const amount = f.amount === undefined ? [] : [f.amount];
        expect(plain(decode(bytes))).toEqual(
          plain([
            ...[21 + amount.length, crypto.sha256(code.certificate.bytes)],
            ...[f.created_s, Uint8Array.of(f.validity_s), f.counter, ...amount, bytes.slice(-64)],
          ]),
        );
      }),
      { numRuns: 100 },
    );
  });

  it('is not the user’s when any byte of it is another', () => {
    for (const code of [codeOf(), codeOf({ amount: AMOUNT_MAX })]) {
      for (let at = 0; at < code.bytes.length; at++) {
        const bytes = code.bytes;
        bytes[at] ^= 1;
        const read = parsed(textOf(bytes));
        const holds = read?.certificate.verify(crypto, PLATFORM_KEY.slice(32)) && read.verify(crypto);
        expect(holds ?? false, `byte ${at}`).toBe(false);
      }
    }
  });

  it('does not carry the signature of another certificate of the same user', () => {
    const [first, second] = [codeOf({}, certificateOf({ quota: 1 })), certificateOf({ quota: 1_000_000 })];
    const bytes = first.bytes;
    bytes.set(second.compact, 2);
    const read = parsed(textOf(bytes)) as AccountCode;
    expect([read.certificate.verify(crypto, PLATFORM_KEY.slice(32)), read.verify(crypto)]).toEqual([
      true,
      false,
    ]);
  });

  it('is refused where it says what no code says', () => {
    const { bytes } = codeOf();
    const priced = codeOf({ amount: 1 }).bytes;
    const changed = (from: Uint8Array, at: number, ...values: number[]): string => {
      const copy = from.slice();
      copy.set(values, at);
      return textOf(copy);
    };
    expect(parsed(changed(bytes, 0, 2)), 'version').toBeUndefined();
    expect(parsed(changed(bytes, 1, 22)), 'type').toBeUndefined();
    expect(parsed(changed(bytes, 1, 20)), 'type').toBeUndefined();
    expect(parsed(changed(priced, 1, 21)), 'type').toBeUndefined();
    expect(parsed(changed(bytes, 54, 0x80, 0, 0, 0)), 'quota').toBeUndefined();
    expect(parsed(changed(bytes, 58, 24)), 'tier').toBeUndefined();
    expect(parsed(changed(bytes, 133, 0)), 'validity').toBeUndefined();
    expect(parsed(changed(priced, 138, 0, 0, 0, 0)), 'amount').toBeUndefined();
    expect(parsed(changed(priced, 138, 0x80, 0, 0, 0)), 'amount').toBeUndefined();
    for (const each of [bytes.slice(1), bytes.slice(0, -1), new Uint8Array(203), new Uint8Array(0)])
      expect(parsed(textOf(each))).toBeUndefined();
  });

  it('is not made of numbers that do not fit', () => {
    for (const fields of [
      { validity_s: 0 },
      { validity_s: 256 },
      { validity_s: 1.5 },
      { counter: -1 },
      { created_s: 2 ** 32 },
      { amount: 0 },
      { amount: AMOUNT_MAX + 1 },
    ])
      expect(() => codeOf(fields), JSON.stringify(fields)).toThrow(RangeError);
    expect(() => certificateOf({ quota: AMOUNT_MAX + 1 })).toThrow(RangeError);
    expect(() => certificateOf({ tier: 24 })).toThrow(RangeError);
  });

  it(`of ${MUTANTS.toLocaleString('en')} mutated texts is none that is not its own canonical form`, () => {
    const random = randomOf(16);
    const originals = [codeOf().text, codeOf({ amount: 1_250 }).text];
    let taken = 0;
    for (let i = 0; i < MUTANTS; i++) {
      const original = originals[i & 1];
      const text = mutate(original, random);
      const read = parsed(text);
      if (!read) continue;
      taken++;
      if (read.text !== text) throw new Error(`mutant ${i} is not canonical: ${JSON.stringify(text)}`);
      // Two signatures each: one in a hundred.
      if (text === original || taken % 100 > 0) continue;
      if (read.certificate.verify(crypto, PLATFORM_KEY.slice(32)) && read.verify(crypto))
        throw new Error(`mutant ${i} verifies: ${JSON.stringify(text)}`);
    }
    expect(taken).toBeGreaterThan(MUTANTS / 100);
    expect(taken).toBeLessThan(MUTANTS / 2);
  });
});
