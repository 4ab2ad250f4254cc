import { describe, expect, it } from 'vitest';
import { World } from '../../../sim/world.js';
import { PaperBank } from '../../support/paper-bank.js';

const START_S = 1_800_000_000;

function couple() {
  const world = new World(1, START_S);
  const bank = new PaperBank(world.crypto, START_S);
  const stall = world.device('stall');
  const watch = world.device('watch');
  bank.enrol(stall, { category: 5812 });
  bank.enrol(watch);
  bank.settle(watch.wallet, bank.notes(watch.wallet, [10_000]));
  return { world, bank, stall, watch };
}

describe('a touch', () => {
  it('moves the amount asked from the card to the terminal', () => {
    const { world, stall, watch } = couple();
    const order = stall.terminal.order('pull', 1_250);
    const { result, cost } = world.touch(stall, watch, order);
    console.log(result?.outcome, result?.refusal, result?.fault, cost);
    expect(result?.outcome).toBe('paid');
    expect(watch.wallet.ledger.held).toBe(8_750);
    expect(stall.wallet.ledger.held).toBe(1_250);
    expect(watch.wallet.ledger.flights).toHaveLength(0);
  });
  it('pushes', () => {
    const { world, stall, watch } = couple();
    world.touch(stall, watch, stall.terminal.order('pull', 1_250));
    const { result, cost } = world.touch(stall, watch, stall.terminal.order('push', 250));
    console.log(result?.outcome, result?.refusal, result?.fault, cost);
    expect(result?.outcome).toBe('paid');
    expect(watch.wallet.ledger.held).toBe(9_000);
    expect(stall.wallet.ledger.held).toBe(1_000);
  });
});
