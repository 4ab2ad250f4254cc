import { describe, expect, it } from 'vitest';
import { Resolution } from '../../../firmware/objects/settlement.js';
import { Refusal } from '../../../firmware/protocol/refusal.js';
import { askStatement } from '../../../firmware/terminal/statement.js';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import { ascii, TestBank } from '../../../sim/world/test-bank.js';
import { World } from '../../../sim/world/world.js';

const START_S = 1_800_000_000;
const LOADED = 10_000;

function couple(limits = {}) {
  const world = new World(1, START_S, opensslCrypto);
  const bank = new TestBank(world.crypto, START_S);
  const stall = world.device('stall');
  const watch = world.device('watch');
  bank.enrol(stall, { category: 5812 });
  bank.enrol(watch, { pin: '2468', limits });
  bank.settle(watch.wallet, bank.notes(watch.wallet, [LOADED]));
  const total = () => stall.wallet.ledger.held + watch.wallet.ledger.held;
  return { world, bank, stall, watch, total };
}

describe('a touch', () => {
  it('moves the amount asked from the card to the terminal (PULL)', () => {
    const { world, stall, watch, total } = couple();
    const order = stall.terminal.order('pull', 1_250);
    expect(world.touch(stall, watch, order).result?.outcome).toBe('paid');
    expect(stall.wallet.ledger.held).toBe(1_250);
    expect(watch.wallet.ledger.inFlightTransfers).toEqual([]);
    expect(total()).toBe(LOADED);
  });

  it('does so over the slowest wires too, where a frame takes longer than its acknowledgement may', () => {
    const { world, bank } = couple();
    const stall = world.device('slow stall', { baud: 115_200 });
    const watch = world.device('slow watch', { baud: 115_200 });
    bank.enrol(stall, { category: 5812 });
    bank.enrol(watch);
    bank.settle(watch.wallet, bank.notes(watch.wallet, [LOADED]));
    for (const kind of ['pull', 'push'] as const) {
      expect(world.touch(stall, watch, stall.terminal.order(kind, 100)).result?.outcome).toBe('paid');
    }
    expect(stall.wallet.ledger.held + watch.wallet.ledger.held).toBe(LOADED);
  });

  it('moves it from the terminal to the card (PUSH), and received value goes on as money', () => {
    const { world, stall, watch, total } = couple();
    world.touch(stall, watch, stall.terminal.order('pull', 1_250));
    expect(world.touch(stall, watch, stall.terminal.order('push', 250)).result?.outcome).toBe('paid');
    expect(stall.wallet.ledger.held).toBe(1_000);
    expect(total()).toBe(LOADED);
  });

  it('lets a wallet be card in one touch and terminal in the next', () => {
    const { world, stall, watch, total } = couple();
    world.touch(stall, watch, stall.terminal.order('pull', 1_250));
    expect(world.touch(watch, stall, watch.terminal.order('pull', 300)).result?.outcome).toBe('paid');
    expect(stall.wallet.ledger.held).toBe(950);
    expect(total()).toBe(LOADED);
  });

  it('asks for the button above the no-confirm limit, shows the amount, and pays that amount only', () => {
    const { world, stall, watch, total } = couple({ noConfirmMax: 100 });
    const order = stall.terminal.order('pull', 500);
    expect(world.touch(stall, watch, order).result?.refusal).toEqual({ by: 'card', why: Refusal.button });
    expect(watch.prompt).toMatchObject({ amount: 500, needsPin: false });
    expect(world.press(watch)).toBe(true);
    // Consent was for that invoice: another sale of the same amount has to ask again.
    const other = stall.terminal.order('pull', 500);
    expect(world.touch(stall, watch, other).result?.refusal?.why).toBe(Refusal.button);
    world.press(watch);
    expect(world.touch(stall, watch, other).result?.outcome).toBe('paid');
    expect(watch.prompt).toBeUndefined();
    expect(total()).toBe(LOADED);
  });

  it('takes the PIN that is typed at the terminal, and one wrong try a touch', () => {
    const { world, stall, watch, total } = couple({ noConfirmMax: 100, buttonMax: 200 });
    const wrong = stall.terminal.order('pull', 500, ascii('1111'));
    expect(world.touch(stall, watch, wrong).result?.refusal?.why).toBe(Refusal.pin);
    expect(watch.wallet.pin.triesLeft).toBe(2);
    const right = stall.terminal.order('pull', 500, ascii('2468'));
    expect(world.touch(stall, watch, right).result?.outcome).toBe('paid');
    expect(watch.wallet.pin.triesLeft).toBe(3);
    expect(total()).toBe(LOADED);
  });

  it('pays nothing that the card does not have', () => {
    const { world, stall, watch, total } = couple();
    const order = stall.terminal.order('pull', LOADED + 1);
    expect(world.touch(stall, watch, order).result?.refusal).toEqual({
      by: 'card',
      why: Refusal.insufficient,
    });
    expect(total()).toBe(LOADED);
  });

  it('draws on up to four notes, and on received value beside them', () => {
    const { world, bank, stall, watch } = couple();
    const third = world.device('third');
    bank.enrol(third);
    bank.settle(third.wallet, bank.notes(third.wallet, [100, 200, 300, 400]));
    world.touch(third, watch, third.terminal.order('pull', 50));
    expect(world.touch(stall, third, stall.terminal.order('pull', 1_050)).result?.outcome).toBe('paid');
    expect(third.wallet.ledger.held).toBe(0);
    expect(stall.wallet.ledger.held).toBe(1_050);
  });

  it('takes a PIN that is typed at another terminal for no consent', () => {
    const { world, bank, stall, watch, total } = couple({ noConfirmMax: 100, buttonMax: 200 });
    const other = world.device('other');
    bank.enrol(other);
    const order = stall.terminal.order('pull', 500);
    expect(world.touch(stall, watch, order).result?.refusal?.why).toBe(Refusal.pin);
    world.meet(other, watch, () => {
      let isOver = false;
      watch.listen();
      askStatement(other.wallet, other.reader, ascii('2468'), 500, ({ outcome }) => {
        isOver = outcome === 'told';
      });
      return () => isOver;
    });
    expect(world.touch(stall, watch, order).result?.refusal?.why).toBe(Refusal.pin);
    expect(total()).toBe(LOADED);
  });

  it('pays a PUSH order once, even if the bank has settled its transfer in between', () => {
    const { world, bank, stall, watch } = couple();
    world.touch(stall, watch, stall.terminal.order('pull', 1_000));
    const order = stall.terminal.order('push', 300);
    for (let airByte = 600; stall.wallet.ledger.inFlightTransfers.length === 0; airByte += 5) {
      world.touch(stall, watch, order, { airByte, what: 'hand away' });
    }
    const [{ sequence }] = stall.wallet.ledger.inFlightTransfers;
    bank.settle(stall.wallet, bank.notes(stall.wallet, [700]), {
      resolved: [{ sequence, resolution: Resolution.accepted }],
    });
    expect(world.touch(stall, watch, order).result?.refusal).toEqual({
      by: 'terminal',
      why: Refusal.settledSince,
    });
    expect(stall.wallet.ledger.held).toBe(700);
  });
});
