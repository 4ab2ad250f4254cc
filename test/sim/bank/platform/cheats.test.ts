import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BillKind } from '../../../../firmware/account/bill.js';
import { U32_MAX } from '../../../../firmware/objects/shape.js';
import type { Bank } from '../../../../sim/bank/bank.js';
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
