import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Found, FrameParser } from '../../../hal/pn532/frame.js';
import { hex } from '../../../sim/bank/bytes.js';
import { createPn532Module, type Pn532Module } from '../../../sim/chip/pn532-module.js';
import { ORDINARY_CARD, RawCard, RawReader } from '../../../sim/chip/raw-peers.js';
import { RfField } from '../../../sim/chip/rf-field.js';
import { VirtualClock } from '../../../sim/chip/virtual-clock.js';
import { skipWithout } from '../../support/external.js';
import { vectorFile, vectorsPresent } from '../../support/vectors.js';

interface Line {
  toChip: boolean;
  bytes: Uint8Array;
}

function readTrace(name: string): Line[] {
  const lines: Line[] = [];
  for (const text of readFileSync(vectorFile(`libnfc-1.8.0/${name}`), 'utf8').split('\n')) {
    const match = /ms ([<>]) ((?:[0-9a-f]{2} )*[0-9a-f]{2})(?: |$)/.exec(text);
    if (match !== null) {
      const bytes = Uint8Array.from(match[2]!.split(' '), (byte) => Number.parseInt(byte, 16));
      lines.push({ toChip: match[1] === '>', bytes });
    }
  }
  return lines;
}

/** A host that knows nothing but the trace. */
class TraceHost {
  readonly #serial;
  #heard: Uint8Array[] = [];

  constructor(
    private readonly clock: VirtualClock,
    module: Pn532Module,
  ) {
    const buffer = new Uint8Array(600);
    this.#serial = module.uart.openSerial({
      baud: 115_200,
      onReadable: () => this.#heard.push(buffer.slice(0, this.#serial.read(buffer))),
      onWritable: () => {},
    });
  }

  /** Sends one line; returns what comes back besides ACKs, until `frames` have. */
  play(bytes: Uint8Array, frames: number): string[] {
    this.#heard = [];
    this.#serial.write(bytes);
    const answers = () => this.#heard.filter((frame) => !isAck(frame));
    this.clock.runUntil(() => answers().length >= frames, 20e6);
    this.clock.runFor(2_000);
    return answers().map(hex);
  }
}

function isAck(frame: Uint8Array): boolean {
  const parser = new FrameParser();
  parser.feed(frame, 0, frame.length);
  return parser.found === Found.ack;
}

/** Plays a trace; `before` may change the world before a line. */
function replay(name: string, world: (field: RfField) => (line: string) => void): Pn532Module {
  const clock = new VirtualClock();
  const field = new RfField(clock);
  const module = createPn532Module({ clock, field, name: 'chip' });
  const before = world(field);
  const host = new TraceHost(clock, module);
  const lines = readTrace(name);
  expect(lines.length).toBeGreaterThan(20);
  for (let at = 0; at < lines.length; at++) {
    expect(lines[at]!.toChip).toBe(true);
    const expected: string[] = [];
    const line = lines[at]!;
    while (lines[at + 1]?.toChip === false) expected.push(hex(lines[++at]!.bytes));
    before(hex(line.bytes));
    expect(host.play(line.bytes, expected.length), `after ${hex(line.bytes)}`).toEqual(expected);
  }
  return module;
}

/** Reads a Type 4 tag as a phone does: SELECT, capability container, NDEF file, goodbye. */
const TYPE_4_COMMANDS = [
  '00a4040007d276000085010100',
  '00a4000c02e103',
  '00b000000f',
  '00a4000c02e104',
  '00b0000002',
  '00b0000023',
];

function type4Reader(field: RfField): RawReader {
  const reader = new RawReader(field, 'phone');
  let number = 0;
  const ask = (index: number): void => {
    if (index === TYPE_4_COMMANDS.length) {
      reader.sendBlock(Uint8Array.of(0xc2), () => {});
      return;
    }
    const command = Buffer.from(TYPE_4_COMMANDS[index]!, 'hex');
    reader.sendBlock(Uint8Array.of(0x02 | number, ...command), function onAnswer(answer): void {
      if (answer !== undefined && answer[0] === 0xf2) {
        reader.sendBlock(answer, onAnswer);
        return;
      }
      number ^= 1;
      field.clock.schedule(1_000, () => ask(index + 1));
    });
  };
  const look = (): void =>
    reader.activate((target) => {
      if (target === undefined) field.clock.schedule(5_000, look);
      else field.clock.schedule(2_000, () => ask(0));
    });
  reader.enter();
  reader.setCarrier(true);
  look();
  return reader;
}

describe.skipIf(skipWithout(vectorsPresent, 'the libnfc traces'))(
  'libnfc 1.8.0 gets the bytes that its traces show',
  () => {
    test('pn53x-diagnose', () => {
      const module = replay('pn53x-diagnose.log', () => () => {});
      expect(module.chip.warnings).toEqual([]);
    });

    test('nfc-list, with a card in the field', () => {
      const module = replay('nfc-list.log', (field) => {
        const card = new RawCard(field, 'card', ORDINARY_CARD, (block) => {
          if (block[0] !== 0xc2) return;
          card.sendBlock(block);
          card.halt();
        });
        card.enter();
        return () => {};
      });
      expect(module.chip.warnings).toEqual([]);
    });

    test('nfc-poll, with a card that is taken away after it was found', () => {
      const module = replay('nfc-poll.log', (field) => {
        const card = new RawCard(field, 'card');
        card.enter();
        return (line) => {
          if (line.includes('d442b2')) card.leave();
        };
      });
      expect(module.chip.warnings).toEqual([]);
    });

    test('nfc-emulate-forum-tag4, with a phone that reads the tag', () => {
      const module = replay('nfc-emulate-forum-tag4.log', (field) => (line) => {
        if (line.includes('d48c05')) type4Reader(field);
      });
      expect(module.chip.warnings).toEqual([]);
    });
  },
);
