import { describe, expect, it } from 'vitest';
import { DAY_S, leavesInFlight, offlineTotal, pays, syncs, townOf } from '../support/town.js';

const stall = { category: 5812 };
const watch = { loaded: 10_000 };

describe('a transfer in flight', () => {
  it('is held for its payer when nobody claims it in time, and a claim that comes later is still paid', async () => {
    const town = await townOf({ stall, watch });
    const order = await leavesInFlight(town, 'watch', 'stall', 700);
    // The stall takes it in a later touch, of which the watch never hears, and stays offline.
    for (let airByte = 300; !order.done; airByte += 10) {
      town.touch('stall', 'watch', order, { airByte, what: 'hand away' });
    }
    expect(town.resident('stall').device.wallet.ledger.held).toBe(700);
    expect(town.resident('watch').device.wallet.ledger.inFlightTransfers).toHaveLength(1);
    const { account } = town.resident('watch');
    town.world.pass(5 * DAY_S);
    await syncs(town, 'watch', 'watch');
    expect(await town.bank.balance(account)).toMatchObject({ available: 0, inFlight: 700, held: [] });
    town.world.pass(18 * DAY_S); // longer than the stall may stay away
    await syncs(town, 'watch', 'watch');
    expect(await town.bank.balance(account)).toMatchObject({
      available: 0,
      inFlight: 0,
      held: [{ amount: 700 }],
    });
    expect(town.resident('watch').device.wallet.ledger.inFlightTransfers).toHaveLength(0);
    await syncs(town, 'stall');
    expect(town.resident('stall').device.wallet.ledger.held).toBe(700);
    expect((await town.bank.balance(account)).available).toBe(0);
    expect(await town.bank.proofs()).toEqual([]);
    expect(await offlineTotal(town)).toBe(10_000);
  });

  it('is given back when the payee has called the sale off before it arrived', async () => {
    const town = await townOf({ stall, watch });
    const order = await leavesInFlight(town, 'watch', 'stall', 700);
    expect(town.resident('stall').device.terminal.cancel(order)).toBeUndefined();
    const { result } = town.touch('stall', 'watch', town.resident('stall').device.terminal.order('pull', 50));
    expect(result?.outcome).toBe('paid');
    expect(result?.resumed.map(({ why }) => why !== 0)).toEqual([true]);
    expect(town.resident('watch').device.wallet.ledger.held).toBe(9_950);
    expect(await offlineTotal(town)).toBe(10_000);
    await syncs(town, 'watch', 'stall', 'watch');
    expect(await offlineTotal(town)).toBe(10_000);
  });

  it('is given back by the bank when the payee has called the sale off and they never meet again', async () => {
    const town = await townOf({ stall, watch });
    const order = await leavesInFlight(town, 'watch', 'stall', 700);
    town.resident('stall').device.terminal.cancel(order);
    await syncs(town, 'stall', 'watch');
    const { account } = town.resident('watch');
    expect((await town.bank.balance(account)).available).toBe(700);
    expect(town.resident('watch').device.wallet.ledger.inFlight).toBe(0);
    expect(town.resident('watch').device.wallet.ledger.held).toBe(9_300);
  });

  it('is not taken by a cancelled sale even if the payer syncs first and the void comes after', async () => {
    const town = await townOf({ stall, watch });
    const order = await leavesInFlight(town, 'watch', 'stall', 700);
    town.resident('stall').device.terminal.cancel(order);
    await syncs(town, 'watch');
    expect(town.resident('watch').device.wallet.ledger.inFlight).toBe(700);
    // The void crosses the transfer in a touch between two syncs of the payer: its notes may be new by then.
    town.touch('stall', 'watch', town.resident('stall').device.terminal.order('resume', 0));
    expect(town.resident('watch').device.wallet.ledger.inFlight).toBe(0);
    expect(await offlineTotal(town)).toBe(10_000);
    await syncs(town, 'stall', 'watch');
    expect(await offlineTotal(town)).toBe(10_000);
  });

  it('may be one of two to the same payee, and both arrive', async () => {
    const town = await townOf({ stall, watch, other: { loaded: 5_000 } });
    // Two stalls' worth of orders: the second is torn before the first is resumed, since the payee lost power
    // and forgot it.
    await leavesInFlight(town, 'watch', 'stall', 700);
    await leavesInFlight(town, 'other', 'stall', 300);
    await pays(town, 'watch', 'other', 40);
    const resume = town.resident('stall').device.terminal;
    town.touch('stall', 'watch', resume.order('resume', 0));
    town.touch('stall', 'other', resume.order('resume', 0));
    expect(town.resident('stall').device.wallet.ledger.held).toBe(1_000);
    expect(await offlineTotal(town)).toBe(15_000);
    await syncs(town, 'other', 'stall', 'watch');
    expect(await offlineTotal(town)).toBe(15_000);
  });

  it('goes back at once when the payee has synced without it, and both can go on paying', async () => {
    const town = await townOf({ stall, watch });
    await leavesInFlight(town, 'watch', 'stall', 700);
    await syncs(town, 'stall');
    await pays(town, 'watch', 'stall', 60);
    expect(town.resident('watch').device.wallet.ledger.inFlight).toBe(700);
    await syncs(town, 'watch', 'stall', 'watch');
    expect(town.resident('watch').device.wallet.ledger.inFlight).toBe(0);
    expect((await town.bank.balance(town.resident('watch').account)).available).toBe(700);
    expect(await offlineTotal(town)).toBe(9_300);
  });
});
