import { describe, expect, test } from 'vitest';
import { NfcError } from '../../../hal/nfc.js';
import { appendCrcA, hasCrcA } from '../../../sim/chip/crc-a.js';
import { ORDINARY_CARD, RawCard, RawReader } from '../../../sim/chip/raw-peers.js';
import { type AirEvent, RfField } from '../../../sim/chip/rf-field.js';
import type { TypeATarget } from '../../../sim/chip/type-a-reader.js';
import { VirtualClock } from '../../../sim/chip/virtual-clock.js';
import { Bench, pattern } from './bench.js';

test('CRC_A is that of ISO 14443-3 annex B', () => {
  expect([...appendCrcA(Uint8Array.of(0x00, 0x00))]).toEqual([0x00, 0x00, 0xa0, 0x1e]);
  expect([...appendCrcA(Uint8Array.of(0x12, 0x34))]).toEqual([0x12, 0x34, 0x26, 0xcf]);
  expect(hasCrcA(Uint8Array.of(0x12, 0x34, 0x26, 0xce))).toBe(false);
});

function world() {
  const clock = new VirtualClock();
  const field = new RfField(clock);
  const reader = new RawReader(field, 'reader');
  reader.enter();
  reader.setCarrier(true);
  const activate = (): TypeATarget | undefined => {
    let found: TypeATarget | undefined;
    reader.activate((target) => (found = target));
    clock.runFor(50_000);
    return found;
  };
  return { clock, field, reader, activate };
}

const withUid = (...uid: number[]) => ({ ...ORDINARY_CARD, uid: Uint8Array.of(...uid) });

describe('two cards in one field', () => {
  test.each([
    [
      [0x08, 1, 2, 3],
      [0x08, 1, 2, 7],
    ],
    [
      [0x08, 0, 0, 0],
      [0x08, 0, 0, 0x80],
    ],
    [
      [0x08, 0xff, 0xff, 0xff],
      [0x08, 0, 0, 0],
    ],
    [
      [4, 1, 2, 3, 4, 5, 6],
      [4, 1, 2, 3, 4, 5, 7],
    ],
    [
      [4, 1, 2, 3, 4, 5, 6],
      [8, 1, 2, 3],
    ],
  ])('with UIDs %j and %j: one is selected, the other stays silent', (first, second) => {
    const { field, activate, reader, clock } = world();
    const heard: string[] = [];
    for (const [name, uid] of [
      ['first', first],
      ['second', second],
    ] as const) {
      const card = new RawCard(field, name, withUid(...uid), (block) => {
        heard.push(name);
        card.sendBlock(block);
      });
      card.enter();
    }
    const target = activate()!;
    expect([first, second]).toContainEqual([...target.uid]);
    let answer: Uint8Array | undefined;
    reader.sendBlock(Uint8Array.of(0x02, 1), (block) => (answer = block));
    clock.runFor(50_000);
    expect(answer).toEqual(Uint8Array.of(0x02, 1));
    expect(heard).toEqual([[...target.uid].join() === first.join() ? 'first' : 'second']);
  });

  test('with the same UID both are selected, and their answers destroy each other when they differ', () => {
    const { field, activate, reader, clock } = world();
    for (const mark of [1, 2]) {
      const card = new RawCard(field, 'twin', ORDINARY_CARD, () => card.sendBlock(Uint8Array.of(0x02, mark)));
      card.enter();
    }
    expect(activate()).toBeDefined();
    let answer: Uint8Array | undefined = new Uint8Array(1);
    reader.sendBlock(Uint8Array.of(0x02, 1), (block) => (answer = block));
    clock.runFor(50_000);
    expect(answer).toBeUndefined();
  });
});

describe('the field', () => {
  test('lets nobody be heard while two readers have their carriers on', () => {
    const { field, activate } = world();
    new RawCard(field, 'card').enter();
    const other = new RawReader(field, 'other');
    other.enter();
    other.setCarrier(true);
    expect(activate()).toBeUndefined();
    other.leave();
    expect(activate()).toBeDefined();
  });

  test('cuts a frame at the byte that was asked for, and counts that far', () => {
    const { clock, field, reader } = world();
    const events: AirEvent[] = [];
    field.listener = (event) => events.push(event);
    new RawCard(field, 'card').enter();
    let cut_us = 0;
    field.cutAtByte(5, () => (cut_us = clock.now_us));
    reader.sendFrame(pattern(20), () => {});
    clock.runFor(10_000);
    expect(events.map((event) => [event.outcome, event.bytes.length])).toEqual([['cut', 5]]);
    expect(Math.abs(cut_us - (1 + 45) * 9.4395)).toBeLessThan(1);
    expect(field.bytes).toBe(5);
  });

  test('counts the bytes to a cut in both directions', () => {
    for (let n = 1; n <= 40; n++) {
      const { field, activate } = world();
      new RawCard(field, 'card').enter();
      let bytes = 0;
      field.cutAtByte(n, () => (bytes = field.bytes));
      activate();
      expect(bytes).toBe(n);
    }
  });

  test('a card that leaves and comes back within a frame has not heard it', () => {
    const { clock, field, reader, activate } = world();
    let blocks = 0;
    const card = new RawCard(field, 'card', ORDINARY_CARD, () => blocks++);
    card.enter();
    activate();
    reader.sendBlock(pattern(30), () => {});
    clock.runFor(500);
    card.leave();
    card.enter();
    clock.runFor(100_000);
    expect(blocks).toBe(0);
    expect(activate()).toBeDefined();
  });

  test('hears nothing more from a chip from the instant at which its power goes', () => {
    for (let after_us = 0; after_us < 9_000; after_us += 70) {
      const bench = new Bench();
      const terminal = bench.board('terminal');
      const card = bench.board('card');
      bench.listen(card, (command) => command.slice());
      bench.connect(terminal);
      bench.clock.runFor(10_000);
      terminal.driver.reader.transceive(pattern(80), () => {});
      bench.clock.runFor(after_us);
      card.module.powerOff();
      let frames = 0;
      bench.field.listener = (event) => void (event.sender === 'card' && event.outcome !== 'cut' && frames++);
      bench.clock.runFor(2e6);
      expect(frames, `after ${after_us} us`).toBe(0);
    }
  });

  test('moves a chip, carrier and all, into another field', () => {
    const bench = new Bench();
    const elsewhere = new RfField(bench.clock);
    const terminal = bench.board('terminal');
    const card = bench.board('card');
    bench.listen(card, (command) => command.slice());
    bench.clock.runFor(50_000);
    expect(bench.connect(terminal)).toBeUndefined();
    terminal.module.chip.enterField(elsewhere);
    expect(bench.transceive(terminal, pattern(5))).toMatchObject({ code: 'removed' });
    card.module.chip.enterField(elsewhere);
    expect(bench.connect(terminal)).toBeUndefined();
    expect(bench.transceive(terminal, pattern(5))).toEqual(pattern(5));
    expect(elsewhere.bytes).toBeGreaterThan(50);
  });
});

describe('noise', () => {
  /** One touch with 300 bytes each way, in which each frame meets `fate`. */
  function noisyTouch(
    fate: (turn: number) => 'clean' | 'damaged' | 'lost',
  ): (NfcError | Uint8Array | undefined)[] {
    const bench = new Bench();
    const terminal = bench.board('terminal');
    bench.listen(bench.board('card'), (command) => command.slice());
    expect(bench.connect(terminal)).toBeUndefined();
    let turn = 0;
    bench.field.noise = () => fate(turn++);
    const first = bench.transceive(terminal, pattern(300));
    if (first instanceof NfcError) {
      bench.field.noise = undefined;
      expect(bench.connect(terminal)).toBeUndefined();
    }
    return [first, bench.transceive(terminal, pattern(300, 2))];
  }

  const frames = (() => {
    let count = 0;
    noisyTouch(() => {
      count++;
      return 'clean';
    });
    return count;
  })();

  test.each(['damaged', 'lost'] as const)(
    'a %s frame, whichever it is, is sent again and nobody notices',
    (fate) => {
      expect(frames).toBeGreaterThan(30);
      for (let n = 0; n < frames; n++) {
        expect(
          noisyTouch((turn) => (turn === n ? fate : 'clean')),
          `frame ${n}`,
        ).toEqual([pattern(300), pattern(300, 2)]);
      }
    },
  );

  test('two frames lost in a row, wherever, are sent again as well', () => {
    for (let n = 0; n < frames; n++) {
      const [first] = noisyTouch((turn) => (turn === n || turn === n + 1 ? 'lost' : 'clean'));
      expect(first, `frames ${n} and ${n + 1}`).toEqual(pattern(300));
    }
  });

  test('that lets nothing through ends the exchange with "removed", and a clean field heals it', () => {
    expect(noisyTouch((turn) => (turn > 8 ? 'damaged' : 'clean'))[0]).toMatchObject({ code: 'removed' });
  });

  test('never brings other bytes than were sent', () => {
    for (let seed = 1; seed <= 150; seed++) {
      const random = pattern(4_000, seed);
      const results = noisyTouch((turn) =>
        random[turn % 4_000]! < 25 ? 'damaged' : random[turn % 4_000]! < 40 ? 'lost' : 'clean',
      );
      if (!(results[0] instanceof NfcError)) expect(results[0], `seed ${seed}`).toEqual(pattern(300));
      if (!(results[1] instanceof NfcError)) expect(results[1], `seed ${seed}`).toEqual(pattern(300, 2));
    }
  });
});
