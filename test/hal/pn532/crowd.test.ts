import { describe, expect, test } from 'vitest';
import { NfcError } from '../../../hal/nfc.js';
import { isIBlock } from '../../../sim/chip/iso-dep.js';
import { ORDINARY_CARD, RawCard } from '../../../sim/chip/raw-peers.js';
import { Bench, type Board, pattern } from '../../sim/chip/bench.js';

const SELECT = Uint8Array.of(0x00, 0xa4, 0x04, 0x00, 0x02, 0xf0, 0x01, 0x00);
const OK = Uint8Array.of(0x90, 0x00);
const NOT_FOUND = [0x6a, 0x82] as const;

/** Answers SELECT as ours, and echoes the rest. */
const ours = (command: Uint8Array): Uint8Array => (command[1] === 0xa4 ? OK : command.slice());

/** A bank card or an identity card: it has other applications. */
function bankCard(bench: Bench, ...uid: number[]): RawCard {
  const card = new RawCard(
    bench.field,
    'bank card',
    { ...ORDINARY_CARD, uid: Uint8Array.from(uid) },
    (block) => {
      if (isIBlock(block[0]!)) card.sendBlock(Uint8Array.of(block[0]!, ...NOT_FOUND));
      if (block[0] !== 0xc2) return;
      card.sendBlock(block);
      card.halt();
    },
  );
  card.enter();
  return card;
}

function tag(bench: Bench, ...uid: number[]): RawCard {
  const { atqa } = ORDINARY_CARD;
  const card = new RawCard(bench.field, 'tag', {
    atqa,
    uid: Uint8Array.from(uid),
    sak: uid.length === 4 ? 0x08 : 0,
  });
  card.enter();
  return card;
}

function connect(bench: Bench, board: Board, timeout_ms = 1_000, select = SELECT): NfcError | undefined {
  let end: { error: NfcError | undefined } | undefined;
  board.driver.reader.connect(timeout_ms, (error) => (end = { error }), select);
  bench.until(() => end !== undefined, timeout_ms / 1000 + 5);
  return end!.error;
}

type Other = (bench: Bench) => void;
const NTAG: Other = (bench) => tag(bench, 4, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66);
const NTAG_2: Other = (bench) => tag(bench, 4, 0x21, 0x22, 0x33, 0x44, 0x55, 0x66);
const MIFARE: Other = (bench) => tag(bench, 0xff, 0x11, 0x22, 0x33);
const MIFARE_LOW: Other = (bench) => tag(bench, 0x00, 0x11, 0x22, 0x33);
const BANK: Other = (bench) => bankCard(bench, 4, 1, 2, 3, 4, 5, 6);
const BANK_RANDOM: Other = (bench) => bankCard(bench, 0x08, 0xff, 0xff, 0xff);
const BANK_LOW: Other = (bench) => bankCard(bench, 0x08, 0, 0, 0);

describe('a wallet among other cards', () => {
  test.each([
    ['an NTAG', [NTAG]],
    ['two NTAGs', [NTAG, NTAG_2]],
    ['a MIFARE card before it', [MIFARE]],
    ['a MIFARE card after it', [MIFARE_LOW]],
    ['a bank card', [BANK]],
    ['a bank card with a random UID before it', [BANK_RANDOM]],
    ['a bank card with a random UID after it', [BANK_LOW]],
    ['two bank cards', [BANK, BANK_RANDOM]],
    ['three bank cards', [BANK, BANK_RANDOM, BANK_LOW]],
    ['a pocket full of cards', [NTAG, NTAG_2, MIFARE, MIFARE_LOW, BANK, BANK_RANDOM, BANK_LOW]],
  ])('is found beside %s, and answers alone', (_, others) => {
    const bench = new Bench();
    const terminal = bench.board('terminal');
    bench.listen(bench.board('card'), ours);
    for (const other of others) other(bench);
    bench.clock.runFor(100_000);
    const start_us = bench.clock.now_us;
    expect(connect(bench, terminal)).toBeUndefined();
    expect((bench.clock.now_us - start_us) / 1000).toBeLessThan(150 + 50 * others.length);
    for (const length of [1, 100, 500])
      expect(bench.transceive(terminal, pattern(length))).toEqual(pattern(length));
    expect(bench.release(terminal)).toBeUndefined();
    expect(terminal.module.chip.warnings).toEqual([]);
  });

  test('is found when it comes to cards that have been there before it', () => {
    const bench = new Bench();
    const terminal = bench.board('terminal');
    const card = bench.board('card');
    card.module.chip.leaveField();
    bench.listen(card, ours);
    NTAG(bench);
    BANK(bench);
    bench.clock.schedule(700_000, () => card.module.chip.enterField());
    expect(connect(bench, terminal, 2_000)).toBeUndefined();
    expect(bench.transceive(terminal, pattern(5))).toEqual(pattern(5));
  });

  test('is told from cards that have none of ours among them, within the time given', () => {
    for (const others of [[NTAG], [MIFARE], [NTAG, MIFARE], [NTAG, BANK], [BANK, BANK_RANDOM]]) {
      const bench = new Bench();
      const terminal = bench.board('terminal');
      for (const other of others) other(bench);
      const start_us = bench.clock.now_us;
      expect(connect(bench, terminal, 400)).toMatchObject({ code: 'foreign' });
      expect((bench.clock.now_us - start_us) / 1000).toBeLessThan(700);
      expect(bench.field.hasCarrier(terminal.module.chip.antenna)).toBe(false);
    }
  });

  test('beside another wallet is no choice for the terminal to make', () => {
    for (const others of [[], [NTAG], [BANK], [NTAG, MIFARE, BANK]]) {
      const bench = new Bench();
      const terminal = bench.board('terminal');
      bench.listen(bench.board('one'), ours);
      bench.listen(bench.board('two'), ours);
      for (const other of others) other(bench);
      bench.clock.runFor(100_000);
      expect(connect(bench, terminal)).toMatchObject({ code: 'crowd' });
    }
  });

  test('is taken as it is when it is alone, without being asked', () => {
    const bench = new Bench();
    const terminal = bench.board('terminal');
    const log = bench.listen(bench.board('card'), ours);
    bench.clock.runFor(100_000);
    expect(connect(bench, terminal)).toBeUndefined();
    expect(log).toMatchObject({ activations: 1, commands: [] });
  });

  test('is given up for a crowd with the 17th card that it is told from', () => {
    const bench = new Bench();
    const terminal = bench.board('terminal');
    let cards = 1;
    NTAG(bench);
    const next = (): void => {
      const uid = Uint8Array.of(4, 1, 2, 3, 4, 5, cards++);
      const card = new RawCard(bench.field, 'bank card', { ...ORDINARY_CARD, uid }, (block) => {
        card.sendBlock(block[0] === 0xc2 ? block : Uint8Array.of(block[0]!, ...NOT_FOUND));
        if (block[0] !== 0xc2) return;
        card.leave();
        next();
      });
      card.enter();
    };
    next();
    expect(connect(bench, terminal, 20_000)).toMatchObject({ code: 'crowd' });
    expect(cards).toBe(17);
  });

  test('is not kept from by a card that is another at every look', () => {
    const bench = new Bench();
    const terminal = bench.board('terminal');
    let count = 0;
    const flicker = (): void => {
      const card = bankCard(bench, 4, 1, 2, 3, 4, 5, count++ & 0xff);
      bench.clock.schedule(15_000, () => {
        card.leave();
        flicker();
      });
    };
    flicker();
    NTAG(bench);
    const start_us = bench.clock.now_us;
    expect(connect(bench, terminal, 3_000)).toBeInstanceOf(NfcError);
    expect((bench.clock.now_us - start_us) / 1000).toBeLessThan(4_500);
  });

  test('does not wait for a bank card that asks for time and ever more of it: 700 ms, and the next look', () => {
    const bench = new Bench();
    const terminal = bench.board('terminal');
    bench.listen(bench.board('card'), ours);
    const asked_ms: number[] = [];
    const identity = { ...ORDINARY_CARD, uid: Uint8Array.of(4, 1, 2, 3, 4, 5, 6) };
    const slow = new RawCard(bench.field, 'slow', identity, (block) => {
      if (isIBlock(block[0]!)) asked_ms.push(bench.clock.now_us / 1000);
      slow.sendBlock(Uint8Array.of(0xf2, 1));
      if (block[0] === 0xc2) slow.halt();
    });
    slow.enter();
    bench.clock.runFor(100_000);
    expect(connect(bench, terminal, 6_000)).toBeUndefined();
    const took_ms = bench.clock.now_us / 1000 - asked_ms[0]!;
    expect(took_ms).toBeGreaterThan(700);
    expect(took_ms).toBeLessThan(890);
    // It is the wallet: the other has been sent to HALT, and was asked once.
    expect(bench.transceive(terminal, pattern(5))).toEqual(ours(pattern(5)));
    expect(asked_ms.length).toBe(1);
  });

  test.each([0, 3_000, 6_000, 10_000])(
    'is found beside a tag when its chip tells of an activation %i us late, and it listens again so late',
    (activationLag_us) => {
      const bench = new Bench();
      const terminal = bench.board('terminal');
      bench.listen(bench.board('card', { quirks: { activationLag_us } }), ours);
      // Anticollision goes on with the 1 where UIDs differ: the wallet, 08, is listed first, and makes room.
      tag(bench, 0x80, 0x48, 0x2f, 0x39);
      bench.clock.runFor(100_000);
      const start_us = bench.clock.now_us;
      expect(connect(bench, terminal, 500)).toBeUndefined();
      expect((bench.clock.now_us - start_us) / 1000).toBeLessThan(150);
      expect(bench.transceive(terminal, pattern(5))).toEqual(ours(pattern(5)));
    },
  );

  test('is found beside a bank card that loses frames, asks for time, or never answers', () => {
    for (const behave of ['silent', 'slow', 'garbled']) {
      const bench = new Bench();
      const terminal = bench.board('terminal');
      bench.listen(bench.board('card'), ours);
      const identity = { ...ORDINARY_CARD, uid: Uint8Array.of(4, 1, 2, 3, 4, 5, 6) };
      const bad = new RawCard(bench.field, 'bad', identity, (block) => {
        if (behave === 'slow') bad.sendBlock(Uint8Array.of(0xf2, 1));
        if (behave === 'garbled') bad.sendFrame(pattern(20));
        if (block[0] === 0xc2) bad.halt();
      });
      bad.enter();
      bench.clock.schedule(2_000_000, () => bad.leave());
      bench.clock.runFor(100_000);
      expect(connect(bench, terminal, 6_000), behave).toBeUndefined();
    }
  });
});

test('a look at an empty field takes some 25 ms', () => {
  const bench = new Bench();
  const terminal = bench.board('terminal');
  connect(bench, terminal, 1); // the chip is started
  const start_us = bench.clock.now_us;
  expect(connect(bench, terminal, 1)).toMatchObject({ code: 'timeout' });
  expect((bench.clock.now_us - start_us) / 1000).toBeLessThan(45);
});

describe('a frame of the activation', () => {
  const count = (): number => {
    const bench = new Bench();
    bench.listen(bench.board('card'), ours);
    const terminal = bench.board('terminal');
    bench.clock.runFor(100_000);
    connect(bench, terminal);
    return bench.field.counters.frames;
  };
  const frames = count();

  test.each(['lost', 'damaged'] as const)(
    'that is %s costs a few tens of milliseconds, whichever it is',
    (how) => {
      expect(frames).toBeGreaterThanOrEqual(8);
      const measure = (nth: number): number => {
        const bench = new Bench();
        bench.listen(bench.board('card'), ours);
        const terminal = bench.board('terminal');
        connect(bench, terminal, 30); // both chips are started
        bench.release(terminal);
        bench.clock.runFor(100_000);
        let frame = 0;
        bench.field.noise = () => (++frame === nth ? how : 'clean');
        const start_us = bench.clock.now_us;
        expect(connect(bench, terminal), `frame ${nth}`).toBeUndefined();
        expect(bench.transceive(terminal, pattern(5))).toEqual(pattern(5));
        return (bench.clock.now_us - start_us) / 1000;
      };
      const clean_ms = measure(0);
      // The last frame asks for a second card: nobody answers it, so its loss is not noticed.
      for (let nth = 1; nth <= frames; nth++)
        expect(measure(nth) - clean_ms, `frame ${nth}`).toBeLessThan(60);
    },
  );
});
