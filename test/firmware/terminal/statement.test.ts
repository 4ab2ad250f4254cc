import { describe, expect, it } from 'vitest';
import { Lifecycle } from '../../../firmware/payment/lifecycle.js';
import { HistoryKind } from '../../../firmware/protocol/history.js';
import { Refusal } from '../../../firmware/protocol/refusal.js';
import { askStatement, type StatementResult } from '../../../firmware/terminal/statement.js';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import { ascii, TestBank } from '../../../sim/world/test-bank.js';
import { World } from '../../../sim/world/world.js';

const START_S = 1_800_000_000;

function shop() {
  const world = new World(1, START_S, opensslCrypto);
  const bank = new TestBank(world.crypto, START_S);
  const stall = world.device('stall');
  const watch = world.device('watch');
  bank.enrol(stall, { category: 5812 });
  bank.enrol(watch, { pin: '2468' });
  bank.settle(watch.wallet, bank.notes(watch.wallet, [10_000]));
  const ask = (pin: string, lines?: number): StatementResult => {
    let result: StatementResult | undefined;
    world.meet(stall, watch, () => {
      watch.listen();
      const done = (told: StatementResult) => {
        result = told;
      };
      askStatement(stall.wallet, stall.reader, ascii(pin), 2_000, done, lines);
      return () => result !== undefined;
    });
    if (!result) throw new Error('no answer');
    return result;
  };
  return { world, stall, watch, ask };
}

describe('a statement', () => {
  it('tells the owner what the wallet holds and what happened last', () => {
    const { world, stall, watch, ask } = shop();
    world.touch(stall, watch, stall.terminal.order('pull', 1_250));
    world.touch(stall, watch, stall.terminal.order('push', 250));
    const result = ask('2468');
    if (result.outcome !== 'told') throw new Error(result.outcome);
    const { statement } = result;
    expect(statement.held).toBe(watch.wallet.ledger.held);
    expect(statement.received).toBe(250);
    expect(statement.onNotes + statement.received).toBe(statement.held);
    expect(statement.inFlight).toBe(0);
    expect(statement.lifecycle).toBe(Lifecycle.active);
    const kinds = statement.history.map(({ kind, amount }) => [kind, amount]);
    expect(kinds.slice(0, 3)).toEqual([
      [HistoryKind.in, 250],
      [HistoryKind.answer, 0],
      [HistoryKind.out, 1_250],
    ]);
    expect([...statement.history[0].counterparty]).toEqual([...stall.wallet.certificate.id]);
  });

  it('goes back as far as it is asked to, eight lines at a time, without a gap or a line told twice', () => {
    const { world, stall, watch, ask } = shop();
    for (let i = 0; i < 10; i++) world.touch(stall, watch, stall.terminal.order('pull', 100 + i));
    const { sequence } = watch.wallet.ledger;
    expect(sequence).toBeGreaterThan(20);
    for (const lines of [1, 7, 8, 9, 16, 17, 1_000]) {
      const result = ask('2468', lines);
      if (result.outcome !== 'told') throw new Error(result.outcome);
      const told = result.statement.history.map((line) => line.sequence);
      const count = Math.min(lines, sequence);
      expect(told).toEqual(Array.from({ length: count }, (_, i) => sequence - i));
    }
  });

  it('is refused to a wrong PIN, which costs a try, and to a locked one', () => {
    const { ask } = shop();
    expect(ask('0000')).toEqual({ outcome: 'refused', why: Refusal.pin, triesLeft: 2 });
    ask('0000');
    ask('0000');
    expect(ask('2468')).toMatchObject({ outcome: 'refused', why: Refusal.pinLocked });
  });
});
