import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Bank } from '../../../../sim/bank/bank.js';
import { openPlatform, Till, User } from './world.js';

let bank: Bank;
beforeAll(async () => {
  bank = await openPlatform();
});
afterEach(async () => {
  expect((await bank.audit()).faults).toEqual([]);
});

const customer = async (money: number, terms: { quota: number; line?: number }): Promise<User> => {
  const user = await User.of(bank, money, terms);
  await user.certify();
  return user;
};

describe('a code that is used again', () => {
  const twice = async (amount: number | undefined, money: number, quota: number) => {
    const user = await customer(money, { quota, line: quota });
    const tills = [await Till.of(bank), await Till.of(bank)];
    const code = user.code(amount);
    for (const till of tills) till.sell(code, 60);
    for (const till of tills) expect((await till.upload()).asides).toEqual([]);
    for (const till of tills) expect(await till.available()).toBe(60);
    const overdrafts = (await bank.audit()).overdrafts.filter(({ account }) => account === user.account);
    return { user, tills, overdrafts: overdrafts.map(({ state, amount: sum }) => [state, sum]) };
  };

  it('at the same site is not paid again', async () => {
    const user = await customer(1_000, { quota: 500 });
    const one = await Till.of(bank);
    const other = await Till.of(bank, { account: one.account });
    const code = user.code();
    one.sell(code, 60);
    other.sell(code, 60);
    await one.upload();
    expect((await other.upload()).asides).toEqual([[1, 'code-seen']]);
    expect(await one.available()).toBe(60);
  });

  it('with an amount is paid to both merchants, and the user owes what it has signed: once', async () => {
    const { user, overdrafts } = await twice(60, 1_000, 500);
    expect(await user.available()).toBe(940);
    expect(overdrafts).toEqual([['borne', 60]]);
    expect(await bank.platform.creditRecord(user.account)).toEqual([]);
    expect((await bank.platform.denyList(1)).serials).toContain(user.certificate!.serial);
  });

  it('without an amount is the user’s, as long as the quota covers it', async () => {
    const { user, overdrafts } = await twice(undefined, 1_000, 500);
    expect(await user.available()).toBe(880);
    expect(overdrafts).toEqual([]);
  });

  it('beyond the quota is borne by the platform, under the user’s name', async () => {
    const { user, overdrafts } = await twice(undefined, 1_000, 100);
    expect(await user.available()).toBe(940);
    expect(overdrafts).toEqual([['borne', 60]]);
    expect((await bank.platform.creditRecord(user.account)).map(({ what }) => what)).toEqual(['copied']);
  });

  it.each([60, undefined])(
    'is not a second code under its number: the user has signed both (%s)',
    async (amount) => {
      const user = await customer(1_000, { quota: 100 });
      const tills = [await Till.of(bank), await Till.of(bank)];
      const codes = [user.code(60), user.code(amount, { counter: 1, time_s: bank.time_s + 1 })];
      for (const [i, till] of tills.entries()) till.sell(codes[i], 60);
      for (const till of tills) expect((await till.upload()).asides).toEqual([]);
      expect(await user.available()).toBe(880);
      for (const till of tills) expect(await till.available()).toBe(60);
      const { overdrafts, faults } = await bank.audit();
      expect(faults).toEqual([]);
      expect(overdrafts.filter(({ account }) => account === user.account)).toEqual([]);
      expect((await bank.platform.denyList(1)).serials).toContain(user.certificate!.serial);
    },
  );
});
