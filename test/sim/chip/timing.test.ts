import { describe, expect, test } from 'vitest';
import { Bench, FAST_BAUD, pattern } from './bench.js';

/** All of this is computed here from the standards' figures, not taken from the simulator. */
const BIT_US = 9.4395;
const air = (bytes: number): number => (2 + 9 * bytes) * BIT_US;
const TURN_AROUND_US = 400;
const FRAME_DELAY_US = 1172 / 13.56;
const ACK_US = 100;
const uart = (bytes: number, baud = FAST_BAUD): number => (bytes * 10 * 1e6) / baud;
/** Preamble, start code, LEN, LCS; TFI and code; DCS and postamble. */
const frame = (data: number): number => 5 + 2 + data + 2;

function connected() {
  const bench = new Bench();
  const terminal = bench.board('terminal');
  const card = bench.board('card');
  bench.listen(card, (command) => command.slice());
  expect(bench.connect(terminal)).toBeUndefined();
  bench.clock.runFor(20_000);
  return { bench, terminal, card };
}

describe('simulated time', () => {
  test.each([1, 20, 61])('of an exchange of %i bytes is what wires, chips and air take', (length) => {
    const { bench, terminal, card } = connected();
    bench.field.resetCounters();
    card.module.resetCounters();
    const start_us = bench.clock.now_us;
    bench.transceive(terminal, pattern(length));
    const expected =
      uart(frame(1 + length)) +
      ACK_US +
      TURN_AROUND_US +
      air(1 + length + 2) + // InDataExchange, I-block
      uart(frame(1 + length)) + // TgGetData's answer
      uart(frame(length)) +
      ACK_US +
      TURN_AROUND_US +
      air(1 + length + 2) + // TgSetData, I-block
      uart(frame(1 + length)); // InDataExchange's answer
    expect(Math.abs(bench.clock.now_us - start_us - expected)).toBeLessThan(8);
    expect(bench.field.counters).toMatchObject({
      readerToCard_bytes: length + 3,
      cardToReader_bytes: length + 3,
      frames: 2,
    });
    expect(Math.abs(bench.field.counters.busy_us - 2 * air(length + 3))).toBeLessThan(4);
  });

  test('of an exchange in two blocks each way adds two acknowledgements', () => {
    const { bench, terminal } = connected();
    const start_us = bench.clock.now_us;
    bench.transceive(terminal, pattern(100));
    const block = (information: number) => TURN_AROUND_US + air(information + 3);
    const expected =
      uart(frame(101)) +
      ACK_US +
      block(61) +
      block(0) +
      block(39) +
      uart(frame(101)) +
      uart(frame(100)) +
      ACK_US +
      block(61) +
      block(0) +
      block(39) +
      uart(frame(101));
    expect(Math.abs(bench.clock.now_us - start_us - expected)).toBeLessThan(12);
  });

  test('of finding a card is some 5 ms after the field has been on for 5 ms', () => {
    const bench = new Bench();
    const terminal = bench.board('terminal');
    bench.listen(bench.board('card'), (command) => command.slice());
    // Chips are started and the field is off.
    expect(bench.connect(terminal)).toBeUndefined();
    bench.release(terminal);
    bench.clock.runFor(100_000);
    const start_us = bench.clock.now_us;
    expect(bench.connect(terminal)).toBeUndefined();
    const short = 9 * BIT_US;
    const activation =
      short +
      FRAME_DELAY_US +
      air(2) + // WUPA, ATQA
      TURN_AROUND_US +
      air(2) +
      FRAME_DELAY_US +
      air(5) + // anticollision
      TURN_AROUND_US +
      air(9) +
      FRAME_DELAY_US +
      air(3) + // SELECT, SAK
      TURN_AROUND_US +
      air(4) +
      TURN_AROUND_US +
      air(7); // RATS, ATS
    // A second card is asked for once, and nobody answers within 1,236 periods and a bit.
    const second = TURN_AROUND_US + short + 1236 / 13.56 + BIT_US;
    const expected = uart(frame(2)) + ACK_US + 5_000 + activation + second + uart(frame(1 + 10 + 5 - 1));
    expect(Math.abs(bench.clock.now_us - start_us - expected)).toBeLessThan(20);
    expect(activation).toBeGreaterThan(4_000);
    expect(activation).toBeLessThan(6_000);
  });

  test('goes by when a device computes: what it sends is late by that', () => {
    const { bench, terminal, card } = connected();
    const measure = (): number => {
      const start_us = bench.clock.now_us;
      bench.transceive(terminal, pattern(20));
      return bench.clock.now_us - start_us;
    };
    const idle_us = measure();
    bench.stop(card);
    bench.listen(card, (command) => {
      card.module.host.spend(30_000);
      return command.slice();
    });
    expect(bench.connect(terminal)).toBeUndefined();
    bench.clock.runFor(20_000);
    expect(Math.abs(measure() - idle_us - 30_000)).toBeLessThan(3);
  });
});
