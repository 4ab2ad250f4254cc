import { describe, expect, test } from 'vitest';
import type { NfcError } from '../../../hal/nfc.js';
import { RawCard, RawReader } from '../../../sim/chip/raw-peers.js';
import { Bench, type Board, pattern } from '../../sim/chip/bench.js';

const echo = (command: Uint8Array): Uint8Array => command.slice();
const FWT_MS = 154.7;

/** A wallet, and a reader that has activated it. */
function withReader(card: Parameters<Bench['board']>[2] = {}) {
  const bench = new Bench();
  const board = bench.board('card', {}, card);
  const log = bench.listen(board, echo);
  bench.clock.runFor(50_000);
  const reader = new RawReader(bench.field, 'reader');
  reader.enter();
  reader.setCarrier(true);
  bench.clock.runFor(6_000);
  const activate = (): string => {
    let uid = '';
    reader.activate((target) => (uid = Buffer.from(target?.uid ?? []).toString('hex')));
    bench.clock.runFor(20_000);
    return uid;
  };
  const block = (bytes: number[], wait_us = 200_000): Uint8Array | undefined => {
    let answer: Uint8Array | undefined;
    reader.sendBlock(Uint8Array.from(bytes), (got) => (answer = got), wait_us);
    bench.clock.runFor(wait_us + 10_000);
    return answer;
  };
  return { bench, board, log, reader, activate, block };
}

describe('a wallet on a reader that only asks whether it is there', () => {
  test('keeps its session for as long as the field is on, and answers a command after minutes', () => {
    const { bench, log, activate, block } = withReader();
    activate();
    for (let s = 0; s < 240; s += 2) {
      expect(block([0xb2])?.[0], `after ${s} s`).toBe(0xa3);
      bench.clock.runFor(1_790_000);
    }
    expect(log).toMatchObject({ activations: 1, deactivations: [] });
    expect(block([0x02, 0xaa])).toEqual(Uint8Array.of(0x02, 0xaa));
    expect(log.commands).toEqual([Uint8Array.of(0xaa)]);
  });

  test.each([0, 4_000, 5_100, 12_000])(
    'listens again soon after the field has gone, %i ms after its last word',
    (ms) => {
      const { bench, log, reader, activate } = withReader();
      activate();
      bench.clock.runFor(ms * 1000);
      reader.setCarrier(false);
      bench.clock.runFor(20_000);
      expect(log.deactivations).toEqual(['removed']);
      reader.setCarrier(true);
      bench.clock.runFor(6_000);
      expect(activate()).toMatch(/^08/);
    },
  );

  test('gives up a reader that says nothing for five minutes', () => {
    const { bench, log, activate } = withReader();
    activate();
    bench.clock.runFor(299e6);
    expect(log).toMatchObject({ activations: 1, deactivations: [] });
    bench.clock.runFor(7e6);
    expect(log).toMatchObject({ activations: 1, deactivations: ['timeout'] });
  });

  test('notices within seconds that its own chip has died in a session', () => {
    const { bench, board, log, activate } = withReader();
    activate();
    board.module.powerOff();
    bench.clock.runFor(6e6);
    expect(log.deactivations).toEqual(['link']);
    board.module.powerOn();
    bench.clock.runFor(5e6);
    expect(activate()).toMatch(/^08/);
  });
});

describe('the UID of a wallet', () => {
  test('is random, and stays for as long as the field does, after each S(DESELECT) too', () => {
    const { bench, reader, activate, block } = withReader();
    const uids = new Set<string>();
    for (let look = 0; look < 16; look++) {
      uids.add(activate());
      expect(block([0xc2], 10_000)).toEqual(Uint8Array.of(0xc2));
    }
    expect(uids.size).toBe(1);
    // With the field gone, a second later at the latest.
    reader.setCarrier(false);
    bench.clock.runFor(1_050_000);
    reader.setCarrier(true);
    bench.clock.runFor(6_000);
    uids.add(activate());
    expect(uids.size).toBe(2);
    for (const uid of uids) expect(uid).toMatch(/^08.{6}$/);
  });

  test('stays over the minutes in which listening is begun afresh', () => {
    const { bench, activate } = withReader();
    bench.clock.runFor(100e6);
    const first = activate();
    const other = withReader();
    other.bench.clock.runFor(1e6);
    expect(other.activate()).toBe(first); // the same seed
  });
});

describe('the reader’s patience', () => {
  /** How long the terminal takes with a card that answers after `answer_ms` and asks for time until then. */
  function slow(bench: Bench, terminal: Board, answer_ms: number): NfcError | Uint8Array {
    let since_us = -1;
    const card = new RawCard(bench.field, 'slow', undefined, (block) => {
      if (since_us < 0) since_us = bench.clock.now_us;
      const late = bench.clock.now_us - since_us >= answer_ms * 1000;
      if (block[0] === 0xc2) card.sendBlock(block);
      else if (late) card.sendBlock(Uint8Array.of(0x02, 0x90, 0x00));
      else bench.clock.schedule(30_000, () => card.sendBlock(Uint8Array.of(0xf2, 1)));
    });
    card.enter();
    expect(bench.connect(terminal)).toBeUndefined();
    return bench.transceive(terminal, pattern(5));
  }

  test.each([900, 1_100, 2_000, 3_000, 3_900])('gives a card the %i ms that it asks for', (ms) => {
    const bench = new Bench();
    expect(slow(bench, bench.board('terminal'), ms)).toEqual(Uint8Array.of(0x90, 0x00));
  });

  test('has a bound, above what our own card may take and below five seconds', () => {
    const bench = new Bench();
    const terminal = bench.board('terminal');
    const start_us = bench.clock.now_us;
    expect(slow(bench, terminal, 60_000)).toMatchObject({ code: 'timeout' });
    const took_ms = (bench.clock.now_us - start_us) / 1000;
    expect(took_ms).toBeGreaterThan(3_900);
    expect(took_ms).toBeLessThan(4_500);
    expect(bench.field.hasCarrier(terminal.module.chip.antenna)).toBe(false);
  });

  test('is a millisecond longer for each two bytes of the command', () => {
    const bench = new Bench();
    const card = new RawCard(bench.field, 'slow', undefined, () => {
      bench.clock.schedule(30_000, () => card.sendBlock(Uint8Array.of(0xf2, 1)));
    });
    card.enter();
    const terminal = bench.board('terminal');
    bench.connect(terminal);
    expect(bench.transceive(terminal, pattern(1_000))).toMatchObject({
      code: 'timeout',
      message: 'no whole answer in 4500 ms',
    });
  });

  test('has the same bound for a card that sends its answer one byte at a time', () => {
    const bench = new Bench();
    const terminal = bench.board('terminal');
    const card = new RawCard(bench.field, 'hostile', undefined, (block) => {
      const send = () => card.sendBlock(Uint8Array.of(0x12 | (block[0]! & 1), 0x55));
      bench.clock.schedule(35_000, send);
    });
    card.enter();
    bench.connect(terminal);
    const start_us = bench.clock.now_us;
    expect(bench.transceive(terminal, pattern(5))).toMatchObject({ code: 'timeout' });
    expect((bench.clock.now_us - start_us) / 1000).toBeLessThan(4_500);
  });

  test('is short with a card that says nothing at all: its frame waiting time, three times', () => {
    const bench = new Bench();
    const terminal = bench.board('terminal');
    bench.listen(bench.board('card'), echo);
    bench.connect(terminal);
    bench.field.noise = (_, direction) => (direction === 'card-to-reader' ? 'lost' : 'clean');
    const start_us = bench.clock.now_us;
    expect(bench.transceive(terminal, pattern(5))).toMatchObject({ code: 'removed' });
    expect((bench.clock.now_us - start_us) / 1000).toBeLessThan(3 * FWT_MS + 20);
  });
});
