import { describe, expect, test } from 'vitest';
import { ACK_FRAME, ERROR_FRAME } from '../../../hal/pn532/frame.js';
import { HsuLink, UART_GAP_MS, USB_GAP_MS } from '../../../hal/pn532/link-hsu.js';
import { Bench, type Board, FAST_BAUD, watchCommands } from '../../sim/chip/bench.js';

const DIAGNOSE = 0x00;
/** As long as a proximity check and its answer. */
const COMMAND = new Uint8Array(10).fill(0x80);
const ANSWER = new Uint8Array(8).fill(0x90);

const started = (bench: Bench, { driver }: Board): void => {
  let isReady = false;
  driver.prepare((error) => {
    expect(error).toBeUndefined();
    isReady = true;
  });
  bench.until(() => isReady);
};

/** An exchange with a card whose answer is ready: what it took, what it must, what the card's side takes. */
function exchange(wires: { link: 'hsu' | 'spi' | 'i2c' }, baud: number, bitRateMax_kbps: number) {
  const bench = new Bench();
  const reader = bench.board('reader', wires, { baud, reader: { bitRateMax_kbps } });
  const card = bench.board('card', wires, { baud });
  let answer_us: number | undefined;
  bench.listen(card, () => ANSWER, {
    onActivated: (stated_us) => {
      answer_us = stated_us;
    },
  });
  expect(bench.connect(reader)).toBeUndefined();
  expect(reader.driver.reader.bitRate_kbps).toBe(bitRateMax_kbps);
  // The first may have to wait until the card is ready for any (SFGT).
  for (const _ of ['first', 'second']) expect(bench.transceive(reader, COMMAND)).toEqual(ANSWER);
  const timing = reader.driver.reader.timing!;
  const least_us = timing.least_us(COMMAND.length, ANSWER.length);
  return { last_us: timing.last_us, least_us, answer_us: answer_us! };
}

describe('what an exchange takes beyond what it must', () => {
  test.each(
    (
      [
        ['hsu', 115_200],
        ['hsu', FAST_BAUD],
        ['spi', 0],
        ['i2c', 0],
      ] as const
    ).flatMap(([link, baud]) => [106, 212, 424].map((kbps) => [link, baud, kbps] as const)),
  )('is little, over %s at %i baud and %i kbit/s', (link, baud, kbps) => {
    const { last_us, least_us, answer_us } = exchange({ link }, baud === 0 ? FAST_BAUD : baud, kbps);
    const excess_us = last_us - least_us - answer_us;
    expect(excess_us).toBeGreaterThan(-700);
    expect(excess_us).toBeLessThan(300);
  });

  test('counts the bytes on the air at the rate that is in use', () => {
    const air = (kbps: number, bytes: number) => {
      const bench = new Bench();
      const reader = bench.board('reader', {}, { reader: { bitRateMax_kbps: kbps } });
      const card = bench.board('card');
      bench.listen(card, () => ANSWER);
      bench.connect(reader);
      const { timing } = reader.driver.reader;
      return timing!.least_us(bytes, 8) - timing!.least_us(0, 8);
    };
    // A byte and its parity: nine bits of 128 periods of 13.56 MHz.
    expect(air(106, 100)).toBe(Math.round((100 * 9 * 128) / 13.56));
    expect(air(424, 100)).toBe(Math.round((100 * 9 * 128) / 13.56 / 4));
  });
});

describe('the test of the line at the start', () => {
  test('is made twice, and the shorter counts: a processor may be busy', () => {
    const bench = new Bench();
    const board = bench.board('board');
    started(bench, board);
    const { line_us } = board.driver;
    for (const busy of [0, 1]) {
      const again = bench.board('again');
      let tests = 0;
      watchCommands(again, (code) => {
        if (code === DIAGNOSE && tests++ === busy) again.module.host.spend(9_000);
      });
      started(bench, again);
      expect([tests, again.driver.line_us]).toEqual([2, line_us]);
    }
  });

  test('is no reason not to start for a chip that has none, and then nothing is said of time', () => {
    const bench = new Bench();
    const [reader, card] = ['reader', 'card'].map((name) => bench.board(name));
    for (const { module } of [reader!, card!]) {
      const { port } = module.chip.host;
      let isTest = false;
      const send = port!.send.bind(port);
      watchCommands({ module } as Board, (code) => {
        isTest = code === DIAGNOSE;
      });
      port!.send = (frame) => send(isTest && frame.length > ACK_FRAME.length ? ERROR_FRAME : frame);
    }
    const stated: unknown[] = [];
    bench.listen(card!, () => ANSWER, { onActivated: (answer_us) => void stated.push(answer_us) });
    expect(bench.connect(reader!)).toBeUndefined();
    expect(bench.transceive(reader!, COMMAND)).toEqual(ANSWER);
    expect(reader!.driver.reader.timing).toBeUndefined();
    expect(stated).toEqual([undefined]);
  });

  test.each([
    [UART_GAP_MS, true],
    [USB_GAP_MS, false],
  ])('is not made behind a USB bridge: gap of %i ms', (gap_ms, isTimed) => {
    const bench = new Bench();
    const board = bench.board('board');
    const link = new HsuLink(board.module.uart.openSerial, undefined, gap_ms);
    const driver = bench.driver(board.module, { link });
    started(bench, { ...board, driver });
    expect(driver.reader.timing !== undefined).toBe(isTimed);
  });
});
