import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SerialSet } from '../../../firmware/account/serial-set.js';
import { USER_ROW_BYTES, UserCounts } from '../../../firmware/account/user-counts.js';
import { ACCOUNT_SERIALS_MAX, ACCOUNT_USERS_MAX } from '../../../firmware/limits.js';
import { certificateOf, codeOf } from './account-codes.js';

/** Users whose pseudonyms end alike, so that they want the same place. */
const certificates = Array.from({ length: 12 }, (_, i) =>
  certificateOf({ pseudonym: Uint8Array.of(i, 0, 0, 0, 0, 0, 0, i & 1) }),
);
const payments = fc.array(
  fc.record({ user: fc.nat(11), counter: fc.nat(1_000), amount: fc.integer({ min: 1, max: 9_999 }) }),
  { maxLength: 40 },
);

describe('same-user counts of a terminal', () => {
  it('are those of a map, also when they have been written and read', () => {
    fc.assert(
      fc.property(payments, (all) => {
        const model = new Map<number, { counter: number; payments: number; amount: number }>();
        let counts = new UserCounts();
        for (const { user, counter, amount } of all) {
          const before = model.get(user) ?? { payments: 0, amount: 0 };
          model.set(user, { counter, payments: before.payments + 1, amount: before.amount + amount });
          counts.count(codeOf({ counter }, certificates[user]), amount);
          counts = UserCounts.load(counts.bytes) as UserCounts;
        }
        certificates.forEach((certificate, user) => {
          const nobody = { counter: -1, payments: 0, amount: 0 };
          expect(counts.of(codeOf({}, certificate))).toEqual(model.get(user) ?? nobody);
        });
        expect(counts.payments).toBe(all.length);
        expect(counts.amount).toBe(all.reduce((sum, { amount }) => sum + amount, 0));
        expect(counts.bytes.length).toBe(model.size * USER_ROW_BYTES);
      }),
      { numRuns: 60 },
    );
  });

  it('have room for so many users and no more; those who are there pay on', () => {
    const all = new Uint8Array((ACCOUNT_USERS_MAX + 1) * USER_ROW_BYTES);
    const rows = all.subarray(0, ACCOUNT_USERS_MAX * USER_ROW_BYTES);
    const view = new DataView(rows.buffer);
    const { platform } = certificateOf();
    for (let i = 0; i <= ACCOUNT_USERS_MAX; i++) {
      const at = i * USER_ROW_BYTES;
      all.set(platform, at);
      view.setUint32(at + 8, i);
      view.setUint16(at + 16, 1);
      view.setUint32(at + 18, 5);
    }
    const counts = UserCounts.load(rows) as UserCounts;
    expect([counts.payments, counts.amount]).toEqual([ACCOUNT_USERS_MAX, 5 * ACCOUNT_USERS_MAX]);
    const known = codeOf({}, certificateOf({ pseudonym: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 5) }));
    const stranger = codeOf();
    expect([counts.fits(known), counts.fits(stranger)]).toEqual([true, false]);
    counts.count(known, 7);
    expect(counts.of(known)).toEqual({ counter: 1, payments: 2, amount: 12 });
    expect(() => counts.count(stranger, 1)).toThrow(RangeError);
    expect(UserCounts.load(all)).toBeUndefined();
  });

  it('are not read from what is cut, doubled, or counts nothing', () => {
    const counts = new UserCounts();
    for (const certificate of certificates) counts.count(codeOf({}, certificate), 3);
    const { bytes } = counts;
    for (let end = 0; end < bytes.length; end++)
      expect(UserCounts.load(bytes.slice(0, end)) === undefined).toBe(end % USER_ROW_BYTES > 0);
    const changed = (at: number, ...values: number[]) => {
      const copy = bytes.slice();
      copy.set(values, at);
      return UserCounts.load(copy);
    };
    expect(changed(0, ...bytes.slice(USER_ROW_BYTES, 2 * USER_ROW_BYTES)), 'a user twice').toBeUndefined();
    expect(changed(16, 0, 0), 'no payment').toBeUndefined();
    expect(changed(18, 0, 0, 0, 0), 'no amount').toBeUndefined();
  });
});

describe('a set of serial numbers', () => {
  it('has those that it was made of', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(60)), fc.array(fc.nat(0xffffffff)), (near, far) => {
        const serials = [...near, ...far];
        const set = new SerialSet(serials);
        for (let serial = 0; serial <= 61; serial++) expect(set.has(serial)).toBe(serials.includes(serial));
        for (const serial of far) expect(set.has(serial)).toBe(true);
      }),
    );
  });

  it('is bounded', () => {
    const serials = Array.from({ length: ACCOUNT_SERIALS_MAX }, (_, i) => i);
    expect(new SerialSet(serials).has(ACCOUNT_SERIALS_MAX - 1)).toBe(true);
    expect(() => new SerialSet([...serials, 0])).toThrow(RangeError);
  });
});
