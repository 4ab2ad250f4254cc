import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BillKind } from '../../../../firmware/account/bill.js';
import { U32_MAX } from '../../../../firmware/objects/shape.js';
import type { Bank } from '../../../../sim/bank/bank.js';
import { FARES } from '../../../firmware/account/fares.js';
import { openPlatform, Till, User } from './world.js';

let bank: Bank;
beforeAll(async () => {
  bank = await openPlatform();
});
afterEach(async () => {
  expect((await bank.audit()).faults).toEqual([]);
});

async function customer(money = 10_000, quota = 1_000): Promise<User> {
  const user = await User.of(bank, money, { quota });
  await user.certify();
  return user;
}

describe('a terminal that breaks its rules', () => {
  it('names by face an account that no bank can have: that bill is set aside, and its next is paid', async () => {
    const [user, till] = [await customer(), await Till.of(bank)];
    till.face(user.certificate!.platform, U32_MAX, 10);
    till.sell(user.code(), 20);
    expect((await till.upload()).asides).toEqual([[1, 'face']]);
    expect(await till.available()).toBe(20);
  });

  it('refunds a sale again: what its user has paid there counts on', async () => {
    const [user, till] = [await customer(), await Till.of(bank)];
    const sale = till.sell(user.code(), 1_000);
    till.refund(sale, 1_000);
    till.sell(user.code(), 1_000);
    till.refund(sale, 1_000);
    till.sell(user.code(), 1_000);
    expect((await till.upload()).asides).toEqual([
      [4, 'refund'],
      [5, 'code-quota'],
    ]);
    expect([await user.available(), await till.available()]).toEqual([9_000, 1_000]);
  });

  it('uploads a backlog from both sides of a receipt: a bill before it that it is not for counts on', async () => {
    const [user, till] = [await customer(), await Till.of(bank)];
    const start_s = bank.time_s;
    till.sell(user.code(), 1);
    await bank.tick(start_s + 1_000);
    await till.upload();
    const sell = (time_s: number, amount: number) =>
      till.sell(user.code(undefined, { time_s }), amount, { time_s });
    sell(start_s + 10, 600);
    sell(start_s + 1_000, 600);
    expect((await till.upload()).asides).toEqual([[3, 'code-quota']]);
    expect([await user.available(), await till.available()]).toEqual([9_399, 601]);
  });

  it('refunds the sale of one user under the name of another: the count of the other stays', async () => {
    const [user, other, till] = [await customer(), await customer(), await Till.of(bank)];
    const sale = till.sell(user.code(), 1_000);
    till.sell(other.code(), 1_000);
    const { platform, pseudonym, serial } = other.certificate!;
    const fields = { kind: BillKind.refund, platform, pseudonym, serial, counter: 1, amount: 1_000 };
    till.book({ ...fields, refers: sale.sequence }, new Uint8Array(0));
    till.sell(other.code(), 1_000);
    expect((await till.upload()).asides).toContainEqual([4, 'code-quota']);
  });
});

describe('while a dispute is open', () => {
  it.each(['user', 'site'] as const)('a refund reaches the user, whoever wins: the %s', async (side) => {
    const [user, till] = [await customer(), await Till.of(bank)];
    const sale = till.sell(user.code(), 1_000);
    await till.upload();
    const name = { terminal: till.id, sequence: sale.sequence };
    await bank.platform.dispute(name);
    till.refund(sale, 300);
    expect((await till.upload()).asides).toEqual([]);
    expect(await user.available()).toBe(9_300);
    await bank.platform.decide(name, side);
    const left = side === 'user' ? 0 : 700;
    expect([await user.available(), await till.available()]).toEqual([10_000 - left, left]);
    till.refund(sale, 701);
    expect((await till.upload()).asides).toEqual([[3, 'refund']]);
  });

  it.each(['user', 'site'] as const)(
    'a fare goes back once, for a tap that is refunded: the %s',
    async (side) => {
      const [user, gate] = [await customer(), await Till.of(bank)];
      await bank.platform.setFares(gate.account, FARES);
      const tap = gate.sell(user.code(), FARES.maximum, { kind: BillKind.entry, place: 1 });
      gate.sell(user.code(), FARES.maximum - 600, {
        kind: BillKind.exit,
        place: 4,
        time_s: bank.time_s + 60,
      });
      await gate.upload();
      expect(await user.available()).toBe(9_500);
      const name = { terminal: gate.id, sequence: tap.sequence };
      await bank.platform.dispute(name);
      gate.refund(tap, FARES.maximum);
      expect((await gate.upload()).asides).toEqual([]);
      expect(await user.available()).toBe(10_000);
      await bank.platform.decide(name, side);
      expect([await user.available(), await gate.available()]).toEqual([10_000, 0]);
    },
  );

  it('a debt beyond the line is none within it, once the dispute is lost', async () => {
    const [user, till] = [await User.of(bank, 0, { line: 500, quota: 500 }), await Till.of(bank)];
    await user.certify();
    await bank.platform.setTerms(user.account, { line: 100 });
    till.sell(user.code(), 400);
    await till.upload();
    const name = { terminal: till.id, sequence: 1 };
    expect(await bank.platform.debts(user.account)).toMatchObject([{ state: 'recorded' }]);
    await bank.platform.dispute(name);
    await bank.platform.decide(name, 'site');
    expect(await bank.platform.debts(user.account)).toMatchObject([{ state: 'recorded', remaining: 400 }]);
  });
});
