import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Bank } from '../../../sim/bank/bank.js';
import { hex } from '../../../sim/bank/bytes.js';
import { BankError } from '../../../sim/bank/codes.js';
import { defaultParameters } from '../../../sim/bank/context.js';
import { LOST_MONEY, type LostMoney } from '../../../sim/bank/lost-money.js';
import type { ScriptedDevice } from './scripted-device.js';
import { enrolDevice, openBank, START_S, syncDevice } from './world.js';

const DAY_S = 86_400;
const MONEY = 100;
const PAID = 30;
const CATEGORY = 5411;
const { noteLife_s, recoverAfter_s } = defaultParameters;
/** From the report on: until then somebody may have what is on the device, and claim it. */
const CLAIM_TIME_S = noteLife_s + recoverAfter_s;

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error) => (error instanceof BankError ? error.code : Promise.reject(error)),
  );

/** Bank time moves so far at once at the most. */
async function passTo(bank: Bank, to_s: number): Promise<void> {
  while (bank.time_s < to_s) await bank.tick(Math.min(to_s, bank.time_s + 100 * DAY_S));
}

async function people(lostMoney: LostMoney) {
  const bank = await openBank({ lostMoney });
  const [lost, shop] = [await enrolDevice(bank, 'owner', { money: MONEY }), await enrolDevice(bank, 'shop')];
  const available = async () => (await bank.balance(lost.identity.account)).available;
  return { bank, lost, shop, available };
}

/** No fault of the books, and all that was paid in is somewhere. */
async function expectWhole(bank: Bank, deposited = MONEY): Promise<void> {
  const { faults, currencies } = await bank.audit();
  expect(faults).toEqual([]);
  const { available, onDevices, inFlight, heldBack, owed, lost, withdrawn } = currencies.CNY;
  expect(available + onDevices + inFlight + heldBack - owed - lost + withdrawn).toBe(deposited);
}

describe('what is on a lost device that never comes back', () => {
  it('can be had from the second on in which nobody can spend or claim it any more', async () => {
    const { bank, lost, available } = await people('recovered');
    expect(await codeOf(bank.recover(lost.id))).toBe('not-lost');
    expect(await codeOf(bank.recover(new Uint8Array(8)))).toBe('unknown-device');
    await bank.reportLost(lost.id);
    await passTo(bank, START_S + CLAIM_TIME_S - 1);
    await expect(bank.recover(lost.id)).rejects.toMatchObject({
      code: 'not-yet',
      message: expect.stringContaining(`${START_S + CLAIM_TIME_S}`),
    });
    expect(await available()).toBe(0);
    await bank.tick(START_S + CLAIM_TIME_S);
    expect(await bank.recover(lost.id)).toEqual([{ purpose: 0, amount: MONEY }]);
    expect(await bank.recover(lost.id)).toEqual([{ purpose: 0, amount: MONEY }]);
    expect(await available()).toBe(MONEY);
    await expectWhole(bank);
  });

  it('comes back as it came in, by its purpose', async () => {
    const { bank, lost } = await people('recovered');
    const { account } = lost.identity;
    await bank.deposit(account, 40, CATEGORY);
    await bank.load(account, lost.id, 40, CATEGORY);
    await syncDevice(bank, lost);
    await bank.reportLost(lost.id);
    await passTo(bank, START_S + CLAIM_TIME_S);
    expect(await bank.recover(lost.id)).toEqual([
      { purpose: 0, amount: MONEY },
      { purpose: CATEGORY, amount: 40 },
    ]);
    expect(await bank.balance(account)).toMatchObject({
      available: MONEY,
      targeted: [{ purpose: CATEGORY, available: 40 }],
    });
    await expectWhole(bank, MONEY + 40);
  });

  it('is not recovered for a device that was convicted', async () => {
    const { bank, lost, shop, available } = await people('recovered');
    const copy = lost.clone();
    shop.take(lost.pay(shop, 60));
    shop.take(copy.pay(shop, 70));
    await syncDevice(bank, shop);
    await bank.reportLost(lost.id);
    await passTo(bank, START_S + CLAIM_TIME_S);
    expect(await codeOf(bank.recover(lost.id))).toBe('held');
    expect(await available()).toBe(0);
    await expectWhole(bank);
  });

  it('is lost for ever, where that is the rule, and the rule outlives the process', async () => {
    const schema = `forfeits_${process.pid}`;
    await openBank({ schema, lostMoney: 'forfeited' });
    expect(await codeOf(openBank({ schema, lostMoney: 'recovered' }))).toBe('lost-money');
    const bank = await openBank({ schema });
    expect(bank.lostMoney).toBe('forfeited');
    const lost = await enrolDevice(bank, 'forfeits', { money: MONEY });
    await bank.reportLost(lost.id);
    await passTo(bank, START_S + 2 * CLAIM_TIME_S);
    expect(await codeOf(bank.recover(lost.id))).toBe('forfeited');
    expect(await bank.balance(lost.identity.account)).toMatchObject({ available: 0, offline: MONEY });
    await expectWhole(bank);
    // It was not lost after all.
    await syncDevice(bank, lost);
    expect((await bank.balance(lost.identity.account)).available).toBe(MONEY);
    await expectWhole(bank);
  });
});

/** What owner, finder and shop do, in any order; what cannot be done any more is left out. */
const DEEDS = ['finder pays', 'shop syncs', 'finder syncs', 'owner reports', 'claim time passes'] as const;

/** An honest shop takes nothing of a device on its hot list, and nothing that has run out. */
const maySell = (shop: ScriptedDevice, buyer: ScriptedDevice): boolean =>
  !buyer.suspended &&
  !shop.hot.has(hex(buyer.id)) &&
  Math.max(shop.time_s, buyer.time_s) < START_S + 90 * DAY_S;

describe('finder and owner, in every order,', () => {
  it.each(LOST_MONEY)('never make or lose a fen: what is on a lost device is %s', async (lostMoney) => {
    const orders = fc.shuffledSubarray([...DEEDS], { minLength: DEEDS.length });
    await fc.assert(
      fc.asyncProperty(orders, async (order) => {
        const { bank, lost, shop, available } = await people(lostMoney);
        for (const deed of order) {
          if (deed === 'finder pays' && maySell(shop, lost)) shop.take(lost.pay(shop, PAID));
          if (deed === 'shop syncs') await syncDevice(bank, shop);
          if (deed === 'finder syncs') await syncDevice(bank, lost);
          if (deed === 'owner reports') await bank.reportLost(lost.id);
          if (deed === 'claim time passes') await passTo(bank, bank.time_s + CLAIM_TIME_S);
          await expectWhole(bank);
        }
        const isPaid = shop.held > 0;
        await syncDevice(bank, shop);
        const isRecovered = (await codeOf(bank.recover(lost.id))) === 'done';
        const isBack = order.indexOf('finder syncs') > order.indexOf('owner reports');
        const left = MONEY - (isPaid ? PAID : 0);
        expect(shop.held).toBe(isPaid ? PAID : 0);
        expect(await available()).toBe(isBack || isRecovered ? left : 0);
        if (lostMoney === 'forfeited') expect(isRecovered).toBe(false);
        await expectWhole(bank);
      }),
      { numRuns: 15 },
    );
  });
});

describe('a device that the bank’s people have suspended', () => {
  const stands = async (bank: Bank, device: ScriptedDevice) =>
    (await bank.hotList()).devices.find((each) => hex(each.device) === hex(device.id))?.reason;

  it('is stopped everywhere, gives its money to its account, and goes on when that is lifted', async () => {
    const { bank, lost: device, shop, available } = await people('recovered');
    const { account } = device.identity;
    await bank.suspend(device.id);
    await bank.suspend(device.id);
    expect(await codeOf(bank.load(account, device.id, 1))).toBe('suspended');
    await syncDevice(bank, shop);
    expect(shop.hot.has(hex(device.id))).toBe(true);
    await syncDevice(bank, device);
    expect([device.suspended, device.held, await available()]).toEqual([true, 0, MONEY]);
    const before = (await bank.hotList()).version;
    await bank.liftSuspension(device.id);
    expect(await codeOf(bank.liftSuspension(device.id))).toBe('not-suspended');
    // Whoever has the old list takes the new one, since its version is higher.
    expect((await bank.hotList()).version).toBeGreaterThan(before);
    expect(await stands(bank, device)).toBeUndefined();
    await bank.load(account, device.id, 60);
    await syncDevice(bank, device);
    expect([device.suspended, device.held]).toEqual([false, 60]);
    shop.take(device.pay(shop, PAID));
    await syncDevice(bank, shop);
    await syncDevice(bank, device);
    expect(await bank.breaches()).toEqual([]);
    expect([device.held, shop.held, await available()]).toEqual([60 - PAID, PAID, MONEY - 60]);
    await expectWhole(bank);
  });

  it('keeps what it has when that is lifted before it has synced', async () => {
    const { bank, lost: device, available } = await people('recovered');
    await bank.suspend(device.id);
    await bank.liftSuspension(device.id);
    await bank.suspend(device.id);
    expect(await stands(bank, device)).toBe('suspended');
    await bank.liftSuspension(device.id);
    await syncDevice(bank, device);
    expect([device.suspended, device.held, await available()]).toEqual([false, MONEY, 0]);
    await expectWhole(bank);
  });

  it('is not let go at the counter once it was reported lost or convicted', async () => {
    const { bank, lost: device, shop } = await people('recovered');
    const thief = await enrolDevice(bank, 'thief', { money: 50 });
    for (const each of [device, thief]) await bank.suspend(each.id);
    await bank.reportLost(device.id);
    const copy = thief.clone();
    shop.take(thief.pay(shop, 30));
    shop.take(copy.pay(shop, 40));
    await syncDevice(bank, shop);
    expect([await stands(bank, device), await stands(bank, thief)]).toEqual(['lost', 'proof']);
    for (const each of [device, thief]) {
      await bank.suspend(each.id);
      expect(await codeOf(bank.liftSuspension(each.id))).toBe('not-suspended');
      expect(await codeOf(bank.load(each.identity.account, each.id, 1))).toBe('suspended');
    }
    await expectWhole(bank, MONEY + 50);
  });

  it.each([2, 3, 4])('may be suspended in the middle of a sync: before message %i', async (at) => {
    const { bank, lost: device, available } = await people('recovered');
    const session = bank.openSync();
    let messages = 0;
    await device.sync(async (message) => {
      // Before the settlement is issued, or after that.
      if (++messages === at) await bank.suspend(device.id);
      return session.step(message);
    });
    await bank.liftSuspension(device.id);
    await syncDevice(bank, device);
    expect(device.held + (await available())).toBe(MONEY);
    expect(device.suspended).toBe(false);
    await expectWhole(bank);
  });
});
