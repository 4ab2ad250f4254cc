import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SerialSet } from '../../../firmware/account/serial-set.js';
import { faceUser, type Seen, UserCounts } from '../../../firmware/account/user-counts.js';
import { ACCOUNT_SERIALS_MAX, ACCOUNT_USERS_MAX } from '../../../firmware/limits.js';
import { certificateOf } from './account-codes.js';

const DAY_S = 86_400;
const NOBODY: Seen = { counter: -1, payments: 0, amount: 0, day: 0, paidThatDay: 0 };

/** Users whose pseudonyms end alike, so that they want the same place. */
const certificates = Array.from({ length: 12 }, (_, i) =>
  certificateOf({ pseudonym: Uint8Array.of(i, 0, 0, 0, 0, 0, 0, i & 1) }),
);
const payments = fc.array(
  fc.record({
    ...{ user: fc.nat(11), counter: fc.nat(1_000), amount: fc.integer({ min: 1, max: 9_999 }) },
    day: fc.integer({ min: 1, max: 4 }),
  }),
  { maxLength: 40 },
);

describe('same-user counts of a terminal', () => {
  it('are those of a map', () => {
    fc.assert(
      fc.property(payments, (all) => {
        const model = new Map<number, Seen>();
        const counts = new UserCounts();
        for (const { user, counter, amount, day } of all) {
          const before = model.get(user) ?? { ...NOBODY, counter: 0 };
          model.set(user, {
            day: Math.max(before.day, day),
            paidThatDay: (day > before.day ? 0 : before.paidThatDay) + amount,
            counter: Math.max(before.counter, counter),
            payments: before.payments + 1,
            amount: before.amount + amount,
          });
          counts.count(certificates[user], counter, amount, day * DAY_S + user);
        }
        certificates.forEach((certificate, user) => {
          expect(counts.of(certificate)).toEqual(model.get(user) ?? NOBODY);
        });
        expect(counts.payments).toBe(all.length);
        expect(counts.amount).toBe(all.reduce((sum, { amount }) => sum + amount, 0));
      }),
      { numRuns: 60 },
    );
  });

  it('have room for so many users and no more; those who are there pay on', () => {
    const counts = new UserCounts();
    const { platform } = certificateOf();
    for (let i = 0; i < ACCOUNT_USERS_MAX; i++) counts.count(faceUser(platform, i), 0, 5, DAY_S);
    expect([counts.payments, counts.amount]).toEqual([ACCOUNT_USERS_MAX, 5 * ACCOUNT_USERS_MAX]);
    const known = faceUser(platform, 5);
    const stranger = certificateOf();
    expect([counts.fits(known), counts.fits(stranger)]).toEqual([true, false]);
    counts.count(known, 0, 7, 2 * DAY_S);
    expect(counts.of(known)).toEqual({ counter: 0, payments: 2, amount: 12, day: 2, paidThatDay: 7 });
    expect(() => counts.count(stranger, 1, 1, DAY_S)).toThrow(RangeError);
    counts.remember(stranger, 1);
    expect(counts.of(stranger).counter).toBe(-1);
  });

  it('remember a code without a payment, and give back without forgetting a code', () => {
    const counts = new UserCounts();
    const [user] = certificates;
    counts.remember(user, 0xffffffff);
    expect(counts.of(user)).toEqual({ ...NOBODY, counter: 0xffffffff });
    counts.count(user, 3, 50, DAY_S);
    counts.count(user, 4, 60, 2 * DAY_S);
    // What goes back of an earlier day makes no room on a later one.
    counts.giveBack(user, 20, DAY_S);
    expect(counts.of(user)).toMatchObject({ counter: 0xffffffff, payments: 2, amount: 90, paidThatDay: 60 });
    counts.giveBack(user, 25, 2 * DAY_S);
    expect(counts.of(user)).toMatchObject({ amount: 65, day: 2, paidThatDay: 35 });
    expect([counts.payments, counts.amount]).toEqual([2, 65]);
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
