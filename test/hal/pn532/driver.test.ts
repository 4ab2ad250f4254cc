import { describe, expect, test } from 'vitest';
import type { ByteLink } from '../../../hal/byte-link.js';
import { Command } from '../../../hal/pn532/commands.js';
import {
  ACK_FRAME,
  BODY_OFFSET,
  ERROR_FRAME,
  Found,
  FRAME_BUFFER_BYTES,
  FrameParser,
  frameEnd,
  sealFrame,
} from '../../../hal/pn532/frame.js';
import { HsuLink } from '../../../hal/pn532/link-hsu.js';
import { Pn532 } from '../../../hal/pn532/pn532.js';
import { DeviceClock } from '../../../sim/chip/device-clock.js';
import { VirtualClock } from '../../../sim/chip/virtual-clock.js';

function response(code: number, ...data: number[]): Uint8Array {
  const buffer = new Uint8Array(FRAME_BUFFER_BYTES);
  buffer.set([0xd5, code + 1, ...data], BODY_OFFSET);
  return buffer.slice(sealFrame(buffer, 2 + data.length), frameEnd(2 + data.length));
}

type Heard = { kind: 'ack' | 'nack' } | { kind: 'command'; code: number; data: number[] };

/** A link whose far end is the test: it says what comes back for each frame. */
class ScriptedLink implements ByteLink {
  baud = 0;
  gap_ms = 0;
  readonly heard: Heard[] = [];
  answer: (heard: Heard, turn: number) => Uint8Array[] = () => [];
  #onBytes: ((bytes: Uint8Array, count: number) => void) | undefined;

  constructor(private readonly clock: VirtualClock) {}

  open(onBytes: (bytes: Uint8Array, count: number) => void): void {
    this.#onBytes = onBytes;
  }

  close(): void {
    this.#onBytes = undefined;
  }

  send(bytes: Uint8Array, start: number, end: number): void {
    const parser = new FrameParser();
    parser.feed(bytes, start, end);
    const heard: Heard =
      parser.found === Found.ack
        ? { kind: 'ack' }
        : parser.found === Found.nack
          ? { kind: 'nack' }
          : { kind: 'command', code: parser.body[1]!, data: [...parser.body.slice(2, parser.length)] };
    this.heard.push(heard);
    let delay_us = 0;
    for (const frame of this.answer(heard, this.heard.length - 1)) {
      delay_us += 1_000;
      this.clock.schedule(delay_us, () => this.deliver(frame));
    }
  }

  deliver(frame: Uint8Array): void {
    this.#onBytes?.(frame, frame.length);
  }

  wake(): number {
    return 1;
  }

  watch(): void {}
  poll(): void {}
  setBaud(): void {}

  codes(): (number | string)[] {
    return this.heard.map((one) => (one.kind === 'command' ? one.code : one.kind));
  }
}

function bench() {
  const clock = new VirtualClock();
  const host = new DeviceClock(clock);
  const link = new ScriptedLink(clock);
  const driver = new Pn532({ link, clock: host, entropy: { fill: (target) => void target.fill(1) } });
  return { clock, link, driver };
}

/** Runs GetGeneralStatus, a command with no meaning here, and returns its end and when it came. */
function run(answer: ScriptedLink['answer'], timeout_ms = 50) {
  const { clock, link, driver } = bench();
  let end: { code: string; length: number; data: number[]; time_ms: number } | undefined;
  link.answer = (heard) => (heard.kind === 'command' ? healthy(heard.code) : []);
  driver.prepare(() => {});
  clock.runFor(100_000);
  link.heard.length = 0;
  link.answer = answer;
  const start_us = clock.now_us;
  driver.run(Command.GetGeneralStatus, 0, timeout_ms, (error, length) => {
    const data = [...driver.response.slice(0, length)];
    end = { code: error?.code ?? 'ok', length, data, time_ms: (clock.now_us - start_us) / 1000 };
  });
  clock.runUntilIdle(10e6);
  return { end: end!, link };
}

function healthy(code: number): Uint8Array[] {
  const data = code === Command.GetFirmwareVersion ? [0x32, 1, 6, 7] : [];
  return [ACK_FRAME, response(code, ...data)];
}

const GOOD = response(Command.GetGeneralStatus, 1, 2, 3);
const DAMAGED = GOOD.map((byte, at) => (at === 8 ? byte ^ 1 : byte));

/** Two MIFARE cards, as InListPassiveTarget lists them. */
const TWO_CARDS = [2, 1, 0, 4, 8, 4, 1, 2, 3, 4, 2, 0, 4, 8, 4, 5, 6, 7, 8];

describe('a chip that falls silent in the search for a card', () => {
  test.each([
    ['InListPassiveTarget', 500],
    ['InDeselect', 700],
  ] as const)('at %s is given %i ms', (name, bound_ms) => {
    const { clock, link, driver } = bench();
    const heard_ms: [string | number, number][] = [];
    link.gap_ms = 5;
    link.answer = (heard) => {
      heard_ms.push([heard.kind === 'command' ? heard.code : heard.kind, clock.now_us / 1000]);
      if (heard.kind !== 'command') return [];
      if (heard.code === Command[name]) return [ACK_FRAME];
      const isList = heard.code === Command.InListPassiveTarget;
      return isList ? [ACK_FRAME, response(heard.code, ...TWO_CARDS)] : healthy(heard.code);
    };
    let code: string | undefined;
    driver.reader.connect(3_000, (error) => (code = error?.code), Uint8Array.of(0, 0xa4, 4, 0));
    clock.runUntilIdle(5e6);
    expect(code).toBe('link');
    const at = heard_ms.findIndex(([each]) => each === Command[name]);
    expect(heard_ms[at + 1]![0]).toBe('nack');
    // The time runs from the ACK on, which takes 1 ms.
    expect(heard_ms[at + 1]![1] - heard_ms[at]![1]).toBe(bound_ms + 1);
  });
});

describe('a chip that falls silent as a card', () => {
  test.each([
    ['TgInitAsTarget', 10_000],
    ['TgSetData', 2_000],
  ] as const)('at %s is given %i ms', (name, bound_ms) => {
    const { clock, link, driver } = bench();
    const heard_ms: [string | number, number][] = [];
    const data: Partial<Record<number, number[]>> = {
      [Command.GetGeneralStatus]: [0, 0, 0, 0],
      [Command.TgInitAsTarget]: [0x08, 0xe0, 0x80],
      [Command.TgGetData]: [0, 0x00, 0xa4],
    };
    link.gap_ms = 5;
    link.answer = (heard) => {
      heard_ms.push([heard.kind === 'command' ? heard.code : heard.kind, clock.now_us / 1000]);
      if (heard.kind !== 'command') return [];
      if (heard.code === Command[name]) return [ACK_FRAME];
      const answer = data[heard.code];
      return answer ? [ACK_FRAME, response(heard.code, ...answer)] : healthy(heard.code);
    };
    driver.card.listen({
      onActivated() {},
      onCommand: (_, respond) => respond(Uint8Array.of(0x90, 0)),
      onDeactivated() {},
    });
    clock.runFor(15e6);
    const at = heard_ms.findIndex(([each]) => each === Command[name]);
    expect(heard_ms[at + 1]![0]).toBe('nack');
    expect(heard_ms[at + 1]![1] - heard_ms[at]![1]).toBe(bound_ms + 1);
    // And listens afresh.
    expect(heard_ms.slice(at + 1).map(([each]) => each)).toContain(Command.TgInitAsTarget);
  });
});

describe('the command layer of the driver', () => {
  test('hands over the data of the response', () => {
    const { end, link } = run(() => [ACK_FRAME, GOOD]);
    expect(end).toMatchObject({ code: 'ok', data: [1, 2, 3], time_ms: 2 });
    expect(link.codes()).toEqual([Command.GetGeneralStatus]);
  });

  test('takes ACK and response that come in one piece, or byte by byte', () => {
    expect(run(() => [Uint8Array.of(...ACK_FRAME, ...GOOD)]).end.data).toEqual([1, 2, 3]);
    expect(run(() => [...ACK_FRAME, ...GOOD].map((byte) => Uint8Array.of(byte))).end.data).toEqual([1, 2, 3]);
  });

  test('sends the command again when no ACK comes within 15 ms, and takes the second answer', () => {
    const { end, link } = run((_, turn) => (turn === 0 ? [] : [ACK_FRAME, GOOD]));
    expect(end).toMatchObject({ code: 'ok', time_ms: 17 });
    expect(link.codes()).toEqual([Command.GetGeneralStatus, Command.GetGeneralStatus]);
  });

  test('gives up after three frames without an ACK', () => {
    const { end, link } = run(() => []);
    expect(end.code).toBe('no-ack');
    expect(end.time_ms).toBeLessThan(65);
    expect(link.codes()).toEqual([4, 4, 4, 'ack']);
  });

  test('takes a response whose ACK was lost', () => {
    expect(run(() => [GOOD]).end).toMatchObject({ code: 'ok', data: [1, 2, 3] });
  });

  test('asks by NACK for a response that came damaged', () => {
    const { end, link } = run((heard) => (heard.kind === 'command' ? [ACK_FRAME, DAMAGED] : [GOOD]));
    expect(end).toMatchObject({ code: 'ok', data: [1, 2, 3] });
    expect(link.codes()).toEqual([4, 'nack']);
  });

  test('asks at most three times, then reports bad frames and aborts', () => {
    const { end, link } = run((heard) => (heard.kind === 'command' ? [ACK_FRAME, DAMAGED] : [DAMAGED]));
    expect(end.code).toBe('bad-frame');
    expect(link.codes()).toEqual([4, 'nack', 'nack', 'nack', 'ack']);
  });

  test('aborts by an ACK when the response does not come in time', () => {
    const { end, link } = run(() => [ACK_FRAME], 50);
    expect(end.code).toBe('no-response');
    expect(end.time_ms).toBeLessThan(70);
    expect(link.codes()).toEqual([4, 'ack']);
  });

  test('gives a command that waits for nobody 100 ms, then a NACK, then gives it up', () => {
    const { clock, link, driver } = bench();
    const heard_ms: [string | number, number][] = [];
    link.gap_ms = 5;
    link.answer = (heard) => {
      heard_ms.push([heard.kind === 'command' ? heard.code : heard.kind, clock.now_us / 1000]);
      return heard.kind === 'command' ? [ACK_FRAME] : [];
    };
    driver.prepare(() => {});
    clock.runFor(300_000);
    const [[first, sent_ms], [second, asked_ms], [third, ended_ms]] = heard_ms.slice(
      heard_ms.findIndex(([code]) => code === Command.SAMConfiguration),
    );
    expect([first, second, third]).toEqual([Command.SAMConfiguration, 'nack', 'ack']);
    // The time runs from the ACK on, which takes 1 ms.
    expect(asked_ms - sent_ms).toBe(101);
    expect(ended_ms - asked_ms).toBe(15);
  });

  test('reports the error frame as a refusal', () => {
    expect(run(() => [ACK_FRAME, ERROR_FRAME]).end.code).toBe('refused');
  });

  test('passes over the late response to another command, and noise', () => {
    const late = response(Command.TgGetData, 0, 9, 9);
    const noise = Uint8Array.of(0x13, 0x00, 0xfe, 0xff, 0x80);
    expect(run(() => [late, noise, ACK_FRAME, late, ACK_FRAME, GOOD]).end.data).toEqual([1, 2, 3]);
  });

  test('reports a chip that is no PN532', () => {
    const { clock, link, driver } = bench();
    link.answer = (heard) =>
      heard.kind === 'command'
        ? [
            ACK_FRAME,
            response(heard.code, ...(heard.code === Command.GetFirmwareVersion ? [0x33, 2, 7, 7] : [])),
          ]
        : [];
    let code: string | undefined;
    driver.prepare((error) => (code = error?.code));
    clock.runUntilIdle(10e6);
    expect(code).toBe('wrong-chip');
  });

  test('starts the chip again after a failure, and not after a success', () => {
    const { clock, link, driver } = bench();
    link.answer = (heard) => (heard.kind === 'command' ? healthy(heard.code) : []);
    const prepare = () => {
      link.heard.length = 0;
      driver.prepare((error) => expect(error).toBeUndefined());
      clock.runUntilIdle(10e6);
      return link.codes();
    };
    const start = [
      Command.SAMConfiguration,
      Command.GetFirmwareVersion,
      Command.SetParameters,
      Command.RFConfiguration,
      Command.Diagnose,
    ];
    expect(prepare()).toEqual(start);
    expect(prepare()).toEqual([]);
    link.answer = () => [];
    driver.run(Command.GetGeneralStatus, 0, 10, () => {});
    clock.runUntilIdle(10e6);
    link.answer = (heard) => (heard.kind === 'command' ? healthy(heard.code) : []);
    expect(prepare()).toEqual(start);
  });

  test('sends nothing more once it is closed in the middle of a start', () => {
    for (let after_us = 0; after_us < 12_000; after_us += 300) {
      const { clock, link, driver } = bench();
      link.answer = (heard) => (heard.kind === 'command' ? healthy(heard.code) : []);
      driver.prepare(() => expect.unreachable('the start was given up'));
      clock.runFor(after_us);
      if (link.heard.length === 4) break;
      driver.close();
      link.heard.length = 0;
      clock.runUntilIdle(10e6);
      expect(link.codes(), `closed after ${after_us} us`).toEqual([]);
    }
  });

  test('leaves a response as it is until the next command, whatever comes', () => {
    const { clock, link, driver } = bench();
    link.answer = (heard) => (heard.kind === 'command' ? healthy(heard.code) : []);
    driver.prepare(() => {});
    clock.runUntilIdle(10e6);
    let data: Uint8Array | undefined;
    link.answer = () => [ACK_FRAME, GOOD];
    driver.run(Command.GetGeneralStatus, 0, 10, (_, length) => {
      data = driver.response.subarray(0, length);
    });
    clock.runUntilIdle(10e6);
    link.deliver(Uint8Array.of(...response(Command.GetGeneralStatus, 9, 9, 9), ...GOOD.slice(0, 9)));
    expect([...data!]).toEqual([1, 2, 3]);
    // Nor is the half frame taken for the beginning of the next answer.
    driver.run(Command.GetGeneralStatus, 0, 10, (error, length) => {
      data = error ? undefined : driver.response.slice(0, length);
    });
    clock.runUntilIdle(10e6);
    expect([...data!]).toEqual([1, 2, 3]);
  });

  test('hears all that a serial port has, when that is more than one read takes', () => {
    for (const count of [1, 274, 275, 276, 550, 551]) {
      const port = Uint8Array.from({ length: count }, (_, at) => at & 0xff);
      const heard: number[] = [];
      let taken = 0;
      let readable = () => {};
      const link = new HsuLink((options) => {
        readable = () => options.onReadable();
        return {
          read(target) {
            const some = port.subarray(taken, taken + target.length);
            target.set(some);
            taken += some.length;
            return some.length;
          },
          write() {},
          close() {},
        };
      });
      link.open((bytes, some) => heard.push(...bytes.subarray(0, some)));
      readable();
      expect(heard).toEqual([...port]);
    }
  });

  test('believes an answer that waits on the wires before it believes a timeout', () => {
    const { clock, link, driver } = bench();
    link.answer = (heard) => (heard.kind === 'command' ? healthy(heard.code) : []);
    driver.prepare(() => {});
    clock.runUntilIdle(10e6);
    // The bytes come, but the processor is busy and hears of them only when it asks.
    link.answer = () => [];
    const waiting = [ACK_FRAME, GOOD];
    link.poll = () => {
      for (const frame of waiting.splice(0)) link.deliver(frame);
    };
    link.heard.length = 0;
    let code: string | undefined;
    driver.run(Command.GetGeneralStatus, 0, 10, (error) => (code = error?.code ?? 'ok'));
    clock.runUntilIdle(10e6);
    expect(code).toBe('ok');
    expect(link.codes()).toEqual([Command.GetGeneralStatus]);
  });
});
