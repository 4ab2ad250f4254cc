import { describe, expect, it } from 'vitest';
import type { Town } from '../../../sim/world/town.js';
import { leavesInFlight, pays, syncs, townOf } from '../../support/town.js';

const MONEY = 1_000;

/** Somebody with money on a device, and another device of the same account. */
async function mover(town: Town, name: string): Promise<[string, string]> {
  const fresh = `${name}’s new`;
  const { account } = await town.enrol(name, { deposit: MONEY, limits: { dayMax: 4_321 }, pin: '2580' });
  await town.load(name, MONEY);
  await syncs(town, name);
  await town.enrol(fresh, { account, pin: '1470' });
  return [name, fresh];
}

const held = (town: Town, name: string): number => town.resident(name).device.wallet.ledger.held;

async function expectWhole(town: Town, deposited: number): Promise<void> {
  const { faults, losses, owed, currencies } = await town.bank.audit();
  expect({ faults, losses, owed }).toEqual({ faults: [], losses: [], owed: [] });
  const { available, onDevices, inFlight, heldBack } = currencies.CNY;
  expect(available + onDevices + inFlight + heldBack).toBe(deposited);
}

describe('a planned move to a new device', () => {
  it('takes all money and the limits with it, wherever a sync of either is torn', async () => {
    const town = await townOf({});
    let [people, isTorn] = [0, true];
    while (isTorn) {
      const [old, fresh] = await mover(town, `Mei ${people}`);
      await town.bank.move(town.resident(old).id, town.resident(fresh).id);
      isTorn = false;
      for (const name of [old, fresh]) {
        const { outcome } = await town.sync(name, people);
        if (outcome === 'torn') isTorn = true;
        await expectWhole(town, MONEY * (people + 1));
        await syncs(town, name);
      }
      expect([held(town, old), held(town, fresh)]).toEqual([0, MONEY]);
      const { wallet } = town.resident(fresh).device;
      expect(wallet.limits.dayMax).toBe(4_321);
      await expectWhole(town, MONEY * ++people);
    }
    expect(people).toBeGreaterThan(4);
  });

  it('ends the old device, and the PIN of the new one is its own', async () => {
    const town = await townOf({ Stall: { category: 5812 } });
    const [old, fresh] = await mover(town, 'Mei');
    await town.bank.move(town.resident(old).id, town.resident(fresh).id);
    await syncs(town, old, fresh, 'Stall');
    const order = town.resident('Stall').device.terminal.order('pull', 10);
    expect(town.touch('Stall', old, order).result?.outcome).not.toBe('paid');
    await pays(town, fresh, 'Stall', 10);
    expect(town.statement('Stall', fresh, '1470').outcome).toBe('told');
    expect(town.statement('Stall', fresh, '2580').outcome).not.toBe('told');
    await syncs(town, 'Stall', fresh);
    await expectWhole(town, MONEY);
  });

  it('gives what comes back later to the account', async () => {
    const town = await townOf({ Stall: { category: 5812 } });
    const [old, fresh] = await mover(town, 'Mei');
    await leavesInFlight(town, old, 'Stall', 100);
    await town.bank.move(town.resident(old).id, town.resident(fresh).id);
    await syncs(town, old, fresh, 'Stall', old);
    expect(held(town, fresh)).toBe(MONEY - 100);
    await expectWhole(town, MONEY);
    const { available, held: waiting, inFlight } = await town.bank.balance(town.resident(old).account);
    expect(available + waiting.reduce((sum, { amount }) => sum + amount, 0) + inFlight).toBe(100);
  });

  it('is refused to a device of another account, to itself, and where either is stopped', async () => {
    const town = await townOf({ Ann: {} });
    const [old, fresh] = (await mover(town, 'Mei')).map((name) => town.resident(name).id);
    const code = (from: Uint8Array, to: Uint8Array) =>
      town.bank.move(from, to).then(
        () => 'moved',
        (error) => error.code,
      );
    expect(await code(old, town.resident('Ann').id)).toBe('unknown-device');
    expect(await code(old, old)).toBe('unknown-device');
    expect(await code(new Uint8Array(8), fresh)).toBe('unknown-device');
    await town.bank.suspend(fresh);
    expect(await code(old, fresh)).toBe('suspended');
    await town.bank.liftSuspension(fresh);
    expect(await code(old, fresh)).toBe('moved');
    expect(await code(old, fresh)).toBe('suspended');
  });
});
