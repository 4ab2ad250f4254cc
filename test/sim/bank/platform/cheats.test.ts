import { afterEach, beforeAll, describe, expect, it } from 'vitest';
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
});
