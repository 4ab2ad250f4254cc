import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { platformIdOf } from '../../../../firmware/account/account-certificate.js';
import { Bill } from '../../../../firmware/account/bill.js';
import { BillReceipt } from '../../../../firmware/account/bill-receipt.js';
import type { Bank } from '../../../../sim/bank/bank.js';
import { crypto } from '../world.js';
import { DAY_S, openPlatform, Till, User } from './world.js';

let bank: Bank;
beforeAll(async () => {
  bank = await openPlatform();
});
afterEach(async () => {
  expect((await bank.audit()).faults).toEqual([]);
});

describe('a bill that comes in', () => {
  it('is deducted from the user, and paid to the merchant', async () => {
    const user = await User.of(bank, 50_000);
    const till = await Till.of(bank);
    await user.certify();
    till.sell(user.code(), 1_250);
    till.sell(user.code(750), 750);
    const { receipt, asides } = await till.upload();
    expect(asides).toEqual([]);
    expect(await user.available()).toBe(48_000);
    expect(await till.available()).toBe(2_000);
    const parsed = BillReceipt.parse(receipt)!;
    expect(parsed.verify(crypto, bank.platform.publicKey(1))).toBe(true);
    expect([parsed.sequence, parsed.head, parsed.time_s]).toEqual([2, till.head, bank.time_s]);
    expect(await bank.audit()).toMatchObject({ ok: true, overdrafts: [] });
  });

  it('is one bill, however often it comes', async () => {
    const user = await User.of(bank, 50_000);
    const till = await Till.of(bank);
    await user.certify();
    for (let i = 0; i < 3; i++) till.sell(user.code(), 100);
    const all = [...till.log];
    await till.upload(2);
    const again = await bank.platform.upload({ terminal: till.id, bills: all });
    expect(BillReceipt.parse(again.receipt)!.sequence).toBe(3);
    await bank.platform.upload({ terminal: till.id, bills: all.slice(1) });
    expect(await till.available()).toBe(300);
    expect(await user.available()).toBe(49_700);
  });

  it('that comes too early waits for those before it', async () => {
    const user = await User.of(bank, 50_000);
    const till = await Till.of(bank);
    await user.certify();
    for (let i = 0; i < 3; i++) till.sell(user.code(), 100);
    const answer = await bank.platform.upload({ terminal: till.id, bills: till.log.slice(1) });
    expect(answer.stopped).toEqual([2, 'gap']);
    expect(BillReceipt.parse(answer.receipt)!.sequence).toBe(0);
    expect((await till.upload()).sequence).toBe(3);
  });

  it('is paid by the platform when the account has too little, and the next deposit pays that back', async () => {
    const user = await User.of(bank, 500, { line: 2_000, quota: 2_000 });
    const till = await Till.of(bank);
    await user.certify();
    till.sell(user.code(), 1_500);
    await till.upload();
    expect(await till.available()).toBe(1_500);
    expect(await user.available()).toBe(0);
    expect((await bank.audit()).overdrafts).toContainEqual({
      ...{ account: user.account, currency: 'CNY', amount: 1_000, state: 'advanced' },
    });
    await bank.deposit(user.account, 1_700);
    expect(await user.available()).toBe(700);
    expect((await bank.audit()).overdrafts.filter(({ account }) => account === user.account)).toEqual([]);
  });

  it('of a terminal that signs two under one number is proof against the terminal', async () => {
    const user = await User.of(bank, 50_000);
    const till = await Till.of(bank);
    await user.certify();
    till.sell(user.code(), 100);
    await till.upload();
    till.sequence = 0;
    till.head = new Uint8Array(32);
    till.sell(user.code(), 200);
    expect((await till.upload()).stopped).toEqual([1, 'fork']);
    const [fork] = (await bank.platform.forks()).filter(({ terminal }) => terminal.join() === till.id.join());
    for (const bytes of [fork.known, fork.other])
      expect(Bill.parse(bytes)!.verify(crypto, till.key.slice(32))).toBe(true);
    expect(await user.available()).toBe(49_900);
    // What it signs after the bill that is here is taken, and paid to nobody.
    till.sequence = 1;
    till.head = Bill.parse(fork.known)!.hash(crypto);
    till.log = [];
    till.sell(user.code(), 300);
    expect((await till.upload()).asides).toEqual([[2, 'suspended']]);
    await expect(bank.platform.liftTerminal(till.id)).rejects.toMatchObject({ code: 'terminal' });
  });
});

describe('the daily limit of one user', () => {
  it('is paid on the next day, by the terminal’s clock, and set aside on the same', async () => {
    const user = await User.of(bank, 1_000, { quota: 100 });
    const till = await Till.of(bank, { limits: { dayMax: 15 } });
    const midnight_s = bank.time_s - (bank.time_s % DAY_S) + DAY_S;
    await user.certify();
    for (const time_s of [midnight_s - 60, midnight_s, midnight_s + 60])
      till.sell(user.code(10, { time_s }), 10, { time_s });
    await bank.tick(midnight_s + 60);
    expect((await till.upload()).asides).toEqual([[3, 'code-day-limit']]);
  });
});

describe('a bill that comes late', () => {
  const WITHIN_S = 7 * DAY_S;
  const sold = async (line: number) => {
    const user = await User.of(bank, 100, { line, quota: 100, life_s: DAY_S });
    const till = await Till.of(bank, { limits: { offlineDuration_s: 30 * DAY_S } });
    await user.certify();
    till.sell(user.code(80), 80);
    return { user, till };
  };
  const owed = async ({ account }: User) =>
    (await bank.platform.debts(account)).map(({ state, remaining }) => [state, remaining]);

  it.each([
    ['in time', WITHIN_S + DAY_S - 60, [['advanced', 80]], []],
    ['late', WITHIN_S + DAY_S + 1, [['recorded', 80]], ['late']],
  ] as const)(
    'is paid; what the balance does not cover is the user’s by name: %s',
    async (_, after_s, debts, recorded) => {
      const { user, till } = await sold(500);
      await bank.tick(bank.time_s + after_s);
      await bank.withdraw(user.account, 100);
      expect((await till.upload()).asides).toEqual([]);
      expect([await till.available(), await owed(user)]).toEqual([80, debts]);
      const record = await bank.platform.creditRecord(user.account);
      expect(record.map(({ what }) => what)).toEqual(recorded);
      if (recorded.length > 0) await expect(user.certify()).rejects.toMatchObject({ code: 'debt' });
    },
  );

  it('is nobody’s when its user has left: the merchant bears it, and the user owes nothing', async () => {
    const { user, till } = await sold(500);
    await bank.platform.leave(user.account);
    const face = till.face(user.certificate!.platform, user.account, 5);
    await bank.tick(bank.time_s + WITHIN_S + 1);
    expect(await bank.platform.leave(user.account)).toMatchObject({ state: 'left' });
    await bank.withdraw(user.account, 100);
    expect((await till.upload()).asides).toEqual([
      [1, 'late'],
      [face.sequence, 'late'],
    ]);
    expect([await till.available(), await owed(user)]).toEqual([0, []]);
  });

  it('is paid while its user is only leaving, and then keeps it from leaving while it is owed', async () => {
    const { user, till } = await sold(500);
    await bank.platform.leave(user.account);
    await bank.tick(bank.time_s + WITHIN_S);
    expect((await till.upload()).asides).toEqual([]);
    expect([await till.available(), await user.available()]).toEqual([80, 20]);
  });

  it('by the face of somebody who leaves is paid for the days before, and not for those after', async () => {
    const user = await User.of(bank, 100, { faceDayMax: 50 });
    const till = await Till.of(bank);
    const platform = platformIdOf(crypto, bank.platform.publicKey(1));
    till.face(platform, user.account, 40);
    await bank.platform.leave(user.account);
    await bank.tick(bank.time_s + DAY_S);
    till.face(platform, user.account, 30);
    expect((await till.upload()).asides).toEqual([[2, 'face']]);
    expect([await till.available(), await user.available()]).toEqual([40, 60]);
  });
});
