import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ESSENTIALS_SCENE } from '../../../../firmware/account/essentials.js';
import type { Bank } from '../../../../sim/bank/bank.js';
import { openPlatform, Till, User } from './world.js';

let bank: Bank;
beforeAll(async () => {
  bank = await openPlatform();
});
afterEach(async () => {
  expect((await bank.audit()).faults).toEqual([]);
});

describe('a bill for a certificate that is good for essentials', () => {
  const GROCERY = 5411;
  const ELECTRONICS = 5732;
  const sold = async (scene: number, place: number, amount: number | undefined, category = place) => {
    const user = await User.of(bank, 1_000, { scene: ESSENTIALS_SCENE, quota: 1_000 });
    await user.certify();
    const till = await Till.of(bank, { scene, category });
    till.sell(user.code(amount), 30, { place });
    const { asides } = await till.upload();
    const [left, earned] = [await user.available(), await till.available()];
    expect(left + earned).toBe(1_000);
    return [asides, earned];
  };

  it('is paid to a merchant of such a category', async () => {
    expect(await sold(ESSENTIALS_SCENE, GROCERY, 30)).toEqual([[], 30]);
  });

  it('of another category is set aside, though its terminal is registered in that scene', async () => {
    expect(await sold(ESSENTIALS_SCENE, ELECTRONICS, 30)).toEqual([[[1, 'essentials']], 0]);
  });

  it('is judged by the category in which its terminal is registered, whatever the bill says', async () => {
    expect(await sold(ESSENTIALS_SCENE, GROCERY, 30, ELECTRONICS)).toEqual([[[1, 'category']], 0]);
    expect(await sold(ESSENTIALS_SCENE, ELECTRONICS, 30, GROCERY)).toEqual([[[1, 'category']], 0]);
    expect(await sold(ESSENTIALS_SCENE, GROCERY, 30, 0)).toEqual([[[1, 'essentials']], 0]);
  });

  it.each([
    ['code-scene', 0, 30],
    ['code-unpriced', ESSENTIALS_SCENE, undefined],
  ] as const)('is set aside as by its terminal: %s', async (reason, scene, amount) => {
    expect(await sold(scene, GROCERY, amount)).toEqual([[[1, reason]], 0]);
  });
});
