import { describe, expect, test } from 'vitest';
import { NFC_APDU_BYTES_MAX, NfcError } from '../../../hal/nfc.js';
import { RawCard, RawReader } from '../../../sim/chip/raw-peers.js';
import { Bench, type Board, pattern } from '../../sim/chip/bench.js';

const echo = (command: Uint8Array): Uint8Array => command.slice();

function exchange(bench: Bench, reader: Board, card: Board, length = 100): void {
  const log = bench.listen(card, echo);
  expect(bench.connect(reader)).toBeUndefined();
  expect(bench.transceive(reader, pattern(length))).toEqual(pattern(length));
  expect(bench.release(reader)).toBeUndefined();
  bench.until(() => log.deactivations.length === 1);
  bench.stop(card);
}

describe('the reader and card roles', () => {
  test.each([
    ['hsu', true],
    ['i2c', true],
    ['i2c', false],
    ['spi', true],
    ['spi', false],
  ] as const)('work over %s (IRQ line: %s), with frames of every length', (link, irq) => {
    const bench = new Bench();
    const terminal = bench.board('terminal', { link, irq });
    const card = bench.board('card', { link, irq });
    for (const length of [1, 5, 6, 7, 8, 9, 100, 245, 246, 251, 252, 253, 254, 262, 263, 700]) {
      exchange(bench, terminal, card, length);
    }
    expect([...terminal.module.chip.warnings, ...card.module.chip.warnings]).toEqual([]);
  });

  test('swap between two boards, touch after touch', () => {
    const bench = new Bench();
    const one = bench.board('one');
    const other = bench.board('other');
    for (let turn = 0; turn < 6; turn++) {
      if (turn % 2 === 0) exchange(bench, one, other);
      else exchange(bench, other, one);
    }
    expect([...one.module.chip.warnings, ...other.module.chip.warnings]).toEqual([]);
  });

  test('exclude each other on one chip: a call while another is under way ends with "busy"', () => {
    const bench = new Bench();
    const board = bench.board('board');
    const log = bench.listen(board, echo);
    expect(bench.connect(board)).toMatchObject({ code: 'busy' });
    expect(() => bench.listen(board, echo)).toThrow(NfcError);
    bench.stop(board);
    const ends: (string | undefined)[] = [];
    board.driver.reader.connect(100, (error) => ends.push(error?.code));
    board.driver.reader.connect(100, (error) => ends.push(error?.code));
    expect(() => bench.listen(board, echo)).toThrow(NfcError);
    bench.until(() => ends.length === 2);
    expect(ends).toEqual(['busy', 'timeout']);
    bench.listen(board, echo);
    expect(log.activations).toBe(0);
  });

  test('let a waiting connect, a waiting exchange and a start be called off by release', () => {
    for (const after_ms of [0, 2, 12, 30, 60]) {
      const bench = new Bench();
      const board = bench.board('board');
      const ends: (string | undefined)[] = [];
      board.driver.reader.connect(10_000, (error) => ends.push(error?.code));
      bench.clock.runFor(after_ms * 1000);
      expect(bench.release(board)).toBeUndefined();
      bench.clock.runFor(20_000_000);
      expect(ends).toEqual(['closed']);
    }
    const bench = new Bench();
    const terminal = bench.board('terminal');
    bench.listen(bench.board('card'), echo, { onCommand: () => {} });
    bench.connect(terminal);
    const ends: (string | undefined)[] = [];
    terminal.driver.reader.transceive(pattern(10), (error) => ends.push(error?.code));
    bench.clock.runFor(50_000);
    expect(bench.release(terminal)).toBeUndefined();
    bench.clock.runFor(1_000);
    expect(ends).toEqual(['closed']);
    expect(bench.field.hasCarrier(terminal.module.chip.antenna)).toBe(false);
  });

  test('let connect be called again at any moment of a start that was called off', () => {
    for (let after_us = 0; after_us < 40_000; after_us += 500) {
      const bench = new Bench();
      const board = bench.board('board');
      bench.listen(bench.board('card'), echo);
      board.driver.reader.connect(10_000, () => {});
      bench.clock.runFor(after_us);
      bench.release(board);
      expect(bench.connect(board), `after ${after_us} us`).toBeUndefined();
      expect(bench.transceive(board, pattern(5))).toEqual(pattern(5));
    }
  });

  test('let a card be stopped at any moment, and listen again', () => {
    for (let after_us = 0; after_us < 80_000; after_us += 1_700) {
      const bench = new Bench();
      const terminal = bench.board('terminal');
      const card = bench.board('card');
      const log = bench.listen(card, echo);
      terminal.driver.reader.connect(60, () => terminal.driver.reader.transceive(pattern(200), () => {}));
      bench.clock.runFor(after_us);
      bench.stop(card);
      const seen = log.commands.length;
      bench.clock.runFor(5e6);
      expect(log.commands.length).toBe(seen);
      expect(log.deactivations.length).toBe(log.activations);
      exchange(bench, terminal, card);
    }
  });

  test('call an exchange without a card "removed", and one of a wrong length "protocol"', () => {
    const bench = new Bench();
    const terminal = bench.board('terminal');
    expect(bench.transceive(terminal, pattern(10))).toMatchObject({ code: 'removed' });
    bench.listen(bench.board('card'), echo);
    bench.connect(terminal);
    expect(bench.transceive(terminal, new Uint8Array(0))).toMatchObject({ code: 'protocol' });
    const long = bench.transceive(terminal, pattern(NFC_APDU_BYTES_MAX + 1));
    expect(long).toMatchObject({
      code: 'protocol',
      message: 'a command of 2049 bytes; 1 to 2048 are allowed',
    });
    expect(bench.transceive(terminal, pattern(10))).toEqual(pattern(10));
  });

  test('find the chip again at whatever rate it was left, when only the host is reset', () => {
    const bench = new Bench();
    const board = bench.board('board');
    expect(bench.connect(board, 20)).toMatchObject({ code: 'timeout' });
    board.driver = bench.driver(board.module);
    expect(bench.connect(board, 20)).toMatchObject({ code: 'timeout' });
    board.driver = bench.driver(board.module, { baud: 115_200 });
    expect(bench.connect(board, 20)).toMatchObject({ code: 'link' });
    board.driver = bench.driver(board.module);
    board.module.powerOff();
    board.module.powerOn();
    expect(bench.connect(board, 20)).toMatchObject({ code: 'timeout' });
  });
});

describe('the card role', () => {
  test('shows a UID that starts with 08 and is another at each listening', () => {
    const bench = new Bench();
    const terminal = bench.board('terminal');
    const card = bench.board('card');
    const uids = new Set<string>();
    for (let turn = 0; turn < 5; turn++) {
      exchange(bench, terminal, card);
      expect(terminal.driver.reader.uid.length).toBe(4);
      expect(terminal.driver.reader.uid[0]).toBe(0x08);
      uids.add(Buffer.from(terminal.driver.reader.uid).toString('hex'));
    }
    expect(uids.size).toBe(5);
  });

  test('listens again by itself after the reader has gone', () => {
    const bench = new Bench();
    const terminal = bench.board('terminal');
    const log = bench.listen(bench.board('card'), echo);
    for (let turn = 1; turn <= 3; turn++) {
      expect(bench.connect(terminal)).toBeUndefined();
      bench.release(terminal);
      bench.until(() => log.deactivations.length === turn);
    }
    expect(log.deactivations).toEqual(['removed', 'removed', 'removed']);
  });

  test('may answer late: the chip asks the reader for time until then', () => {
    const bench = new Bench();
    const terminal = bench.board('terminal');
    const card = bench.board('card');
    bench.listen(card, echo, {
      onCommand: (command, respond) => {
        const copy = command.slice();
        card.module.host.schedule(700, () => respond(copy));
      },
    });
    bench.connect(terminal);
    const wtx_us: number[] = [];
    let naks = 0;
    bench.field.listener = (event) => {
      if (event.direction === 'card-to-reader' && event.bytes[0] === 0xf2) wtx_us.push(event.start_us);
      if ((event.bytes[0]! & 0xf6) === 0xb2) naks++;
    };
    expect(bench.transceive(terminal, pattern(20))).toEqual(pattern(20));
    // Before half of FWT (154 ms) is over, every time; the reader never has to ask.
    expect(naks).toBe(0);
    expect(wtx_us.length).toBe(8);
    for (let at = 1; at < wtx_us.length; at++) expect(wtx_us[at]! - wtx_us[at - 1]!).toBeLessThan(80_000);
  });

  test('may compute for long after its answer without the answer being sent twice', () => {
    const bench = new Bench();
    const terminal = bench.board('terminal');
    const card = bench.board('card');
    let commands = 0;
    bench.listen(card, echo, {
      onCommand: (command, respond) => {
        commands++;
        card.module.host.spend(30_000);
        respond(command.slice());
        card.module.host.spend(120_000);
      },
    });
    bench.connect(terminal);
    for (let turn = 1; turn <= 3; turn++) {
      expect(bench.transceive(terminal, pattern(20))).toEqual(pattern(20));
      expect(commands).toBe(turn);
    }
  });

  test('ends the session when its handler does not answer in time, and listens again', () => {
    const bench = new Bench();
    const terminal = bench.board('terminal');
    const card = bench.board('card');
    let late: ((response: Uint8Array) => void) | undefined;
    const log = bench.listen(card, echo, { onCommand: (_, respond) => (late = respond) });
    bench.connect(terminal);
    // Before the reader's patience is at its end.
    expect(bench.transceive(terminal, pattern(20))).toMatchObject({ code: 'removed' });
    expect(log.deactivations).toEqual(['timeout']);
    late!(pattern(3)); // nobody hears it, and nothing breaks
    expect(bench.connect(terminal)).toBeUndefined();
  });

  test('refuses a command that is longer than the bound, and listens again', () => {
    const bench = new Bench();
    const reader = new RawReader(bench.field, 'hostile');
    const terminal = bench.board('terminal');
    const log = bench.listen(bench.board('card'), echo);
    bench.clock.runFor(50_000);
    reader.enter();
    reader.setCarrier(true);
    bench.clock.runFor(6_000);
    let number = 0;
    let blocks = 0;
    const chain = (answer: Uint8Array | undefined): void => {
      if (answer === undefined) return;
      if (answer[0] === 0xf2) {
        reader.sendBlock(answer, chain);
        return;
      }
      blocks++;
      const block = Uint8Array.of(0x12 | number, ...pattern(61));
      number ^= 1;
      reader.sendBlock(block, chain);
    };
    reader.activate(() => bench.clock.schedule(2_000, () => chain(Uint8Array.of(0xa2))));
    bench.clock.runFor(4e6);
    expect(log.deactivations).toEqual(['protocol']);
    expect(blocks).toBeLessThan(45);
    reader.setCarrier(false);
    reader.leave();
    expect(bench.connect(terminal)).toBeUndefined();
  });

  test('passes the historical bytes on in its ATS', () => {
    const bench = new Bench();
    const reader = new RawReader(bench.field, 'phone');
    bench.listen(bench.board('card', {}, { card: { historical: Uint8Array.of(0x80, 0x01) } }), echo);
    bench.clock.runFor(50_000);
    reader.enter();
    reader.setCarrier(true);
    bench.clock.runFor(6_000);
    let ats: Uint8Array | undefined;
    reader.activate((target) => (ats = target?.ats));
    bench.clock.runFor(20_000);
    expect(ats).toEqual(Uint8Array.of(0x07, 0x75, 0x33, 0x92, 0x03, 0x80, 0x01));
  });

  test('takes 48 historical bytes, and throws RangeError at one more', () => {
    const bench = new Bench();
    const board = (name: string, bytes: number) =>
      bench.board(name, {}, { card: { historical: new Uint8Array(bytes) } });
    expect(() => board('at the bound', 48)).not.toThrow();
    expect(() => board('beyond it', 49)).toThrow(RangeError);
  });
});

describe('the reader role', () => {
  test('reads an ordinary card with a UID of seven bytes', () => {
    const bench = new Bench();
    const terminal = bench.board('terminal');
    const card = new RawCard(bench.field, 'card', undefined, (block) => {
      card.sendBlock(Uint8Array.of(block[0]!, 0x90, 0x00));
    });
    card.enter();
    expect(bench.connect(terminal)).toBeUndefined();
    expect(terminal.driver.reader.uid.length).toBe(7);
    expect(bench.transceive(terminal, pattern(5))).toEqual(Uint8Array.of(0x90, 0x00));
  });

  test('lets the card go first when it is connected still', () => {
    const bench = new Bench();
    const terminal = bench.board('terminal');
    const log = bench.listen(bench.board('card'), echo);
    expect(bench.connect(terminal)).toBeUndefined();
    expect(bench.connect(terminal)).toBeUndefined();
    expect(bench.transceive(terminal, pattern(5))).toEqual(pattern(5));
    expect(log.activations).toBe(2);
  });

  test('leaves the field off for 5 ms between two cards, as a card needs to be reset', () => {
    const bench = new Bench();
    const terminal = bench.board('terminal');
    bench.listen(bench.board('card'), echo);
    const times_us: number[] = [];
    bench.field.enter({
      name: 'probe',
      onCarrier: () => times_us.push(bench.clock.now_us),
      onFrame: () => {},
    });
    for (let turn = 0; turn < 3; turn++) {
      expect(bench.connect(terminal)).toBeUndefined();
      bench.release(terminal);
    }
    expect(times_us.length).toBe(6);
    expect(times_us[2]! - times_us[1]!).toBeGreaterThanOrEqual(5_000);
    expect(times_us[4]! - times_us[3]!).toBeGreaterThanOrEqual(5_000);
  });

  test('waits on when what is in the field is no ISO 14443-4 card', () => {
    const bench = new Bench();
    const terminal = bench.board('terminal');
    const tag = new RawCard(bench.field, 'tag', {
      atqa: Uint8Array.of(0x44, 0),
      uid: pattern(7).fill(4, 0, 1),
      sak: 0x00,
    });
    tag.enter();
    bench.clock.schedule(300_000, () => tag.leave());
    const card = bench.board('card');
    card.module.chip.leaveField();
    bench.listen(card, echo);
    bench.clock.schedule(400_000, () => card.module.chip.enterField());
    expect(bench.connect(terminal, 1_000)).toBeUndefined();
    expect(terminal.driver.reader.uid.length).toBe(4);
  });

  test('takes an answer up to the bound, and refuses a longer one', () => {
    const bench = new Bench();
    const terminal = bench.board('terminal');
    let blocks = 0;
    const card = new RawCard(bench.field, 'hostile', undefined, (block) => {
      blocks++;
      const number = (block[0]! & 0xe2) === 0x02 ? block[0]! & 1 : block[0]! & 1;
      card.sendBlock(Uint8Array.of(0x12 | number, ...pattern(61)));
    });
    card.enter();
    bench.connect(terminal);
    expect(bench.transceive(terminal, pattern(5))).toMatchObject({ code: 'protocol' });
    expect(blocks).toBeLessThan(45);
    expect(bench.field.hasCarrier(terminal.module.chip.antenna)).toBe(false);
  });

  test.each([
    ['garbage with a right CRC', (card: RawCard) => card.sendBlock(pattern(20))],
    ['garbage without', (card: RawCard) => card.sendFrame(pattern(20))],
    [
      'a block beyond the frame size',
      (card: RawCard) => card.sendBlock(Uint8Array.of(0x02, ...pattern(250))),
    ],
    ['an empty frame', (card: RawCard) => card.sendFrame(new Uint8Array(0))],
    ['only acknowledgements', (card: RawCard) => card.sendBlock(Uint8Array.of(0xa2))],
    ['only wrong acknowledgements', (card: RawCard) => card.sendBlock(Uint8Array.of(0xa3))],
    ['a wrong block number', (card: RawCard) => card.sendBlock(Uint8Array.of(0x03, 0x90, 0x00))],
    ['a WTX of 0', (card: RawCard) => card.sendBlock(Uint8Array.of(0xf2, 0))],
    ['a goodbye', (card: RawCard) => card.sendBlock(Uint8Array.of(0xc2))],
    ['nothing', () => {}],
  ] as const)('survives a card that answers with %s, and the next touch works', (_, answer) => {
    const bench = new Bench();
    const terminal = bench.board('terminal');
    const hostile = new RawCard(bench.field, 'hostile', undefined, () => answer(hostile));
    hostile.enter();
    expect(bench.connect(terminal)).toBeUndefined();
    const error = bench.transceive(terminal, pattern(5));
    expect(error).toBeInstanceOf(NfcError);
    expect(['protocol', 'removed', 'timeout']).toContain((error as NfcError).code);
    hostile.leave();
    exchange(bench, terminal, bench.board('card'));
  });
});
