import { describe, expect, test } from 'vitest';
import type { OpenSerial } from '../../../hal/byte-link.js';
import { NfcError } from '../../../hal/nfc.js';
import { Command } from '../../../hal/pn532/commands.js';
import { HsuLink, UART_GAP_MS, USB_GAP_MS } from '../../../hal/pn532/link-hsu.js';
import type { LinkDirection } from '../../../sim/chip/uart.js';
import { Bench, type Board, pattern, watchCommands } from '../../sim/chip/bench.js';

/** The latency timer of a USB bridge, as it comes. */
const BRIDGE_US = 16_000;

type Damage = 'lose two' | 'lose a frame' | 'turn a bit' | 'double';

/** From `place` on, counted in bytes of one direction: what is left of a piece that goes over the line. */
function spoiler(damage: Damage, place: number): (bytes: Uint8Array) => Uint8Array {
  let passed = 0;
  let isDone = false;
  return (bytes) => {
    const at = place - passed;
    passed += bytes.length;
    if (isDone || at < 0 || at >= bytes.length) return bytes;
    isDone = true;
    const before = bytes.subarray(0, at);
    if (damage === 'lose a frame') return new Uint8Array(0);
    if (damage === 'lose two') return Uint8Array.of(...before, ...bytes.subarray(at + 2));
    if (damage === 'double') return Uint8Array.of(...before, bytes[at]!, ...bytes.subarray(at));
    return Uint8Array.of(...before, bytes[at]! ^ 0x10, ...bytes.subarray(at + 1));
  };
}

function pair() {
  const bench = new Bench();
  const terminal = bench.board('terminal');
  const card = bench.board('card');
  bench.listen(card, (command) => command.slice());
  // Both chips are started, and the card listens.
  expect(bench.connect(terminal)).toBeUndefined();
  expect(bench.release(terminal)).toBeUndefined();
  bench.clock.runFor(100_000);
  return { bench, terminal, card };
}

/** Plays a touch for each place at which `damage` may happen; returns how many there are. */
function spoil(
  damage: Damage,
  who: 'terminal' | 'card',
  direction: LinkDirection,
  judge: (touched: Touched, bench: Bench, terminal: Board, where: string) => void,
): number {
  for (let place = 0; ; place++) {
    const { bench, terminal, card } = pair();
    const { uart } = (who === 'terminal' ? terminal : card).module;
    let bytes = 0;
    const spoiled = spoiler(damage, place);
    uart.noise = (piece, way) => {
      if (way !== direction) return piece;
      bytes += piece.length;
      return spoiled(piece);
    };
    const touched = touch(bench, terminal);
    if (place >= bytes) return place;
    uart.noise = undefined;
    judge(touched, bench, terminal, `byte ${place} of ${bytes}`);
  }
}

interface Touched {
  readonly end: NfcError | 'right' | 'wrong';
  readonly ms: number;
}

/** Connect, an exchange, release: what it ended with, and how long it took. */
function touch(bench: Bench, terminal: Board): Touched {
  const start_us = bench.clock.now_us;
  const ended = (end: Touched['end']): Touched => ({ end, ms: (bench.clock.now_us - start_us) / 1000 });
  const error = bench.connect(terminal);
  if (error !== undefined) return ended(error);
  const answer = bench.transceive(terminal, pattern(60));
  if (answer instanceof NfcError) return ended(answer);
  const isRight = Buffer.from(answer).equals(Buffer.from(pattern(60)));
  const failed = bench.release(terminal);
  return ended(failed ?? (isRight ? 'right' : 'wrong'));
}

const CASES = (['terminal', 'card'] as const).flatMap((who) =>
  (['to-chip', 'to-host'] as const).map((direction) => [who, direction] as const),
);

/** A frame's checksum is the sum of its bytes: a byte doubled that is like it passes, and is found above. */
const UNSEEN_MAX = 2;

describe.each(['lose two', 'turn a bit', 'double'] as const)('a serial line that can %s', (damage) => {
  test.each(CASES)(
    'the %s’s, %s: the touch is right, and soon over, wherever it happens',
    (who, direction) => {
      let unseen = 0;
      let worst_ms = 0;
      const places = spoil(damage, who, direction, ({ end, ms }, bench, terminal, where) => {
        if (end === 'wrong' && damage === 'double') unseen++;
        else expect(end, where).toBe('right');
        worst_ms = Math.max(worst_ms, ms);
        // The line is good again: so is the next touch.
        expect(touch(bench, terminal).end, `after ${where}`).toBe('right');
      });
      expect(places).toBeGreaterThan(80);
      expect(worst_ms).toBeLessThan(100);
      expect(unseen).toBeLessThanOrEqual(UNSEEN_MAX);
    },
  );
});

describe('a serial line that can lose a whole frame', () => {
  test.each(CASES)(
    'the %s’s, %s: never a wrong answer, and well again within ten seconds',
    (who, direction) => {
      spoil('lose a frame', who, direction, ({ end, ms }, bench, terminal, where) => {
        expect(end, where).not.toBe('wrong');
        expect(ms, where).toBeLessThan(4_500);
        if (end === 'right') return;
        expect(end, where).toBeInstanceOf(NfcError);
        bench.clock.runFor(10_500_000 - ms * 1000);
        expect(touch(bench, terminal).end, `after ${where}`).toBe('right');
      });
    },
  );
});

describe('a frame that stops midway', () => {
  test('is asked for again after 5 ms on a UART, and 20 ms behind a USB bridge', () => {
    expect([UART_GAP_MS, USB_GAP_MS]).toEqual([5, 20]);
    for (const gap_ms of [UART_GAP_MS, USB_GAP_MS]) {
      const bench = new Bench();
      const board = bench.board('board');
      const link = new HsuLink(board.module.uart.openSerial, 115_200, gap_ms);
      board.driver = bench.driver(board.module, { link, baud: 115_200 });
      expect(bench.connect(board, 30)).toMatchObject({ code: 'timeout' });
      let lost_us = 0;
      let nack_us = 0;
      board.module.uart.noise = (bytes, direction) => {
        if (direction === 'to-chip' && bytes[3] === 0xff && bytes[4] === 0x00) nack_us ||= bench.clock.now_us;
        if (direction === 'to-chip' || lost_us > 0 || bytes.length < 8) return bytes;
        lost_us = bench.clock.now_us;
        return bytes.subarray(0, 7);
      };
      bench.connect(board, 30);
      const nackFrame_ms = 0.6;
      expect(Math.abs((nack_us - lost_us) / 1000 - gap_ms - nackFrame_ms)).toBeLessThan(0.5);
    }
  });

  test('that only pauses, as a bridge makes it, is waited for', () => {
    const bench = new Bench();
    const board = bench.board('board');
    const { uart } = board.module;
    let naks = 0;
    const link = new HsuLink(
      (options) => {
        // Bytes come in bursts 16 ms apart.
        let held: number[] = [];
        const serial = uart.openSerial({
          ...options,
          onReadable: () => {
            const buffer = new Uint8Array(300);
            held.push(...buffer.subarray(0, serial.read(buffer) ?? 0));
            bench.clock.schedule(8_000, () => options.onReadable());
            bench.clock.schedule(24_000, () => options.onReadable());
          },
        });
        let isFirst = true;
        return {
          ...serial,
          write: (bytes) => {
            if (bytes[3] === 0xff && bytes[4] === 0x00) naks++;
            serial.write(bytes);
          },
          close: () => serial.close(),
          read: (target) => {
            const count = Math.min(isFirst ? 7 : held.length, held.length, target.length);
            isFirst = !isFirst;
            target.set(held.slice(0, count));
            held = held.slice(count);
            return count;
          },
        };
      },
      115_200,
      USB_GAP_MS,
    );
    board.driver = bench.driver(board.module, { link, baud: 115_200 });
    expect(bench.connect(board, 100)).toMatchObject({ code: 'timeout' });
    expect(naks).toBe(0);
  });
});

test('behind a bridge that holds bytes for 16 ms, no command is sent twice', () => {
  const bench = new Bench();
  const board = bench.board('board');
  const openSerial: OpenSerial = (options) => {
    let held = 0;
    const serial = board.module.uart.openSerial({
      ...options,
      onReadable: () => {
        held++;
        bench.clock.schedule(BRIDGE_US, () => {
          held--;
          options.onReadable();
        });
      },
    });
    return {
      read: (target) => (held > 0 ? 0 : serial.read(target)),
      write: (bytes) => serial.write(bytes),
      close: () => serial.close(),
    };
  };
  const link = new HsuLink(openSerial, 115_200, USB_GAP_MS);
  board.driver = bench.driver(board.module, { link, baud: 115_200 });
  const sent: number[] = [];
  watchCommands(board, (code) => void sent.push(code));
  expect(bench.connect(board, 100)).toMatchObject({ code: 'timeout' });
  const starts: number[] = [Command.SAMConfiguration, Command.GetFirmwareVersion, Command.SetParameters];
  expect(sent.slice(0, 3)).toEqual(starts);
  expect(sent.filter((code) => starts.includes(code))).toHaveLength(starts.length);
});
