import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Pn532ModuleOptions } from '../../../sim/chip/pn532-module.js';
import { ORDINARY_CARD, RawCard } from '../../../sim/chip/raw-peers.js';
import type { AirEvent, Noise } from '../../../sim/chip/rf-field.js';
import { Bench, type Board, pattern, watchCommands } from '../../sim/chip/bench.js';

const KBPS = [106, 212, 424] as const;
/** After a rate has failed, so many cards are read at 106 kbit/s. */
const SLOW_CONNECTS = 8;
const IN_PSL = 0x4e;
const PPSS = 0xd0;

const echo = (command: Uint8Array): Uint8Array => command.slice();

/** The bits of a frame in its time: above 106 kbit/s a card's has 512 periods of the carrier before them. */
function kbpsOf({ start_us, end_us, bits, direction }: AirEvent): number | undefined {
  const bitTimes = 2 + bits + (bits >> 3);
  const lead_us = direction === 'card-to-reader' ? 512 / 13.56 : 0;
  return KBPS.find((kbps) => {
    const time_us = (bitTimes * 128) / 13.56 / (kbps / 106) + (kbps > 106 ? lead_us : 0);
    return Math.abs(end_us - start_us - time_us) < 1;
  });
}

function couple(max_kbps: number, terminal: Partial<Pn532ModuleOptions>, card = terminal) {
  const bench = new Bench();
  const boards = {
    terminal: bench.board('terminal', terminal, { reader: { bitRateMax_kbps: max_kbps } }),
    card: bench.board('card', card),
  };
  const air: AirEvent[] = [];
  bench.field.listener = (event) => air.push(event);
  const log = bench.listen(boards.card, echo);
  // The chips are started: what follows is what a touch takes.
  bench.connect(boards.terminal);
  bench.release(boards.terminal);
  bench.until(() => log.deactivations.length > 0);
  bench.clock.runFor(50_000);
  air.length = 0;
  const touch = (length: number): number => {
    const start_us = bench.clock.now_us;
    expect(bench.connect(boards.terminal)).toBeUndefined();
    expect(bench.transceive(boards.terminal, pattern(length))).toEqual(pattern(length));
    const took_us = bench.clock.now_us - start_us;
    bench.release(boards.terminal);
    bench.clock.runFor(50_000);
    return took_us / 1000;
  };
  return { bench, ...boards, log, air, touch, reader: boards.terminal.driver.reader };
}

const LINKS = ['hsu', 'i2c', 'spi'] as const;

describe('the bit rate between two of our own', () => {
  test('is 106 kbit/s, and no PPS is sent, unless more is asked for', () => {
    const { bench, touch, air } = couple(106, {});
    touch(200);
    expect(air.every((event) => kbpsOf(event) === 106)).toBe(true);
    expect(air.some(({ bytes }) => bytes[0] === PPSS)).toBe(false);
    const unasked = bench.board('unasked');
    expect(unasked.driver.reader).toMatchObject({ bitRateMax_kbps: 106, bitRate_kbps: 106 });
  });

  test.each(LINKS.flatMap((link) => [212, 424].map((kbps) => [link, kbps] as const)))(
    'over %s: is %i kbit/s both ways after the PPS, for frames of every length, touch after touch',
    (link, kbps) => {
      const { bench, terminal, card, touch, air, log, reader } = couple(kbps, { link });
      const slow = couple(106, { link });
      for (const length of [1, 61, 62, 245, 262, 263, 700]) {
        air.length = 0;
        const took_ms = touch(length);
        const pps = air.findIndex(({ bytes }) => bytes[0] === PPSS);
        // Its answer comes at the old rate (ISO 14443-4 section 5.3).
        expect(air.slice(0, pps + 2).every((event) => kbpsOf(event) === 106)).toBe(true);
        expect(new Set(air.slice(pps + 2).map(kbpsOf))).toEqual(new Set([kbps]));
        if (length >= 262) expect(took_ms).toBeLessThan(slow.touch(length));
      }
      expect(reader.bitRateCounts).toEqual({ asked: 8, refused: 0, broken: 0 });
      expect(log.deactivations.every((reason) => reason === 'removed')).toBe(true);
      expect([...terminal.module.chip.warnings, ...card.module.chip.warnings]).toEqual([]);
      expect(bench.connect(terminal)).toBeUndefined();
      expect(reader.bitRate_kbps).toBe(kbps);
      bench.release(terminal);
      expect(reader.bitRate_kbps).toBe(106);
    },
  );

  test.each(KBPS)('tells the host of its answer when that has left, at %i kbit/s', (kbps) => {
    const { bench, terminal, card, air } = couple(kbps, {});
    let sent_us = 0;
    bench.stop(card);
    bench.listen(card, echo, { onSent: () => (sent_us = bench.clock.now_us) });
    expect(bench.connect(terminal)).toBeUndefined();
    expect(bench.transceive(terminal, pattern(122))).toEqual(pattern(122));
    bench.clock.runFor(20_000);
    const left_us = air.findLast(({ direction }) => direction === 'card-to-reader')!.end_us;
    expect(sent_us - left_us).toBeGreaterThanOrEqual(0);
    expect(sent_us - left_us).toBeLessThan(500);
  });

  test.each([0, 105, 848, Number.NaN])('cannot be %d', (kbps) => {
    const { driver } = new Bench().board('board');
    expect(() => {
      driver.reader.bitRateMax_kbps = kbps;
    }).toThrow(RangeError);
    expect(driver.reader.bitRateMax_kbps).toBe(106);
  });

  test('is 106 kbit/s among several cards: they have been asked who they are', () => {
    const { bench, terminal, reader } = couple(424, {});
    const other = new RawCard(bench.field, 'other', undefined, (block) => {
      if (block[0] === 0xc2) {
        other.sendBlock(block);
        other.halt();
      } else other.sendBlock(Uint8Array.of(block[0]!, 0x6a, 0x82));
    });
    other.enter();
    let code: string | undefined = 'none';
    const select = Uint8Array.of(0x00, 0xa4, 0x04, 0x00, 0x90, 0x00);
    reader.connect(2_000, (error) => (code = error?.code), select);
    bench.until(() => code !== 'none');
    expect(code).toBeUndefined();
    expect(reader.bitRate_kbps).toBe(106);
    expect(bench.transceive(terminal, pattern(300))).toEqual(pattern(300));
  });
});

describe('the fallback to 106 kbit/s', () => {
  const nobodyKnows = { quirks: { answersPps: false } };

  test('costs below 40 ms with a card that offers more and answers no PPS, once in nine touches', () => {
    const { touch, reader } = couple(424, {}, nobodyKnows);
    const usual = couple(106, {}, nobodyKnows).touch(100);
    const counts = () => ({ ...reader.bitRateCounts });
    // The first was when the chips were started.
    expect(counts()).toEqual({ asked: 1, refused: 1, broken: 0 });
    for (let turn = 1; turn < SLOW_CONNECTS; turn++) expect(touch(100)).toBeCloseTo(usual, 0);
    expect(counts()).toMatchObject({ asked: 1 });
    const took_ms = touch(100);
    expect(counts()).toEqual({ asked: 2, refused: 2, broken: 0 });
    expect(took_ms - usual).toBeGreaterThan(5);
    expect(took_ms - usual).toBeLessThan(40);
  });

  /** Noise from the first frame that begins so. */
  const from = (first: number, way: string, count: number): Noise => {
    let left = count;
    return (bytes, direction) => (bytes[0] === first && direction === way && left-- > 0 ? 'lost' : 'clean');
  };

  test.each([
    ['a PPS that is lost once is sent again', from(PPSS, 'reader-to-card', 1), 0, 424],
    ['a PPS that is lost each time', from(PPSS, 'reader-to-card', 9), 1, 106],
    ['an answer that is lost, so that only the card has changed', from(PPSS, 'card-to-reader', 1), 1, 106],
  ])('finds the card again: %s', (_, noise, refused, kbps) => {
    const { bench, terminal, reader } = couple(424, {});
    bench.field.noise = noise;
    expect(bench.connect(terminal)).toBeUndefined();
    expect(reader.bitRate_kbps).toBe(kbps);
    expect(reader.bitRateCounts).toEqual({ asked: 2, refused, broken: 0 });
    expect(bench.transceive(terminal, pattern(300))).toEqual(pattern(300));
  });

  test('finds it again when its time is over meanwhile, and a card that has gone is a timeout', () => {
    const { bench, terminal, card, reader } = couple(424, {}, nobodyKnows);
    reader.bitRateMax_kbps = 424;
    expect(bench.connect(terminal, 25)).toBeUndefined();
    bench.release(terminal);
    reader.bitRateMax_kbps = 424;
    bench.clock.runFor(50_000);
    bench.field.noise = (bytes, direction) => {
      if (bytes[0] === PPSS && direction === 'reader-to-card') card.module.chip.leaveField();
      return 'clean';
    };
    expect(bench.connect(terminal, 25)).toMatchObject({ code: 'timeout' });
  });

  test('comes with the next touch when the rate fails after all, and is counted', () => {
    const { bench, terminal, touch, reader } = couple(424, {});
    bench.field.noise = (_, __, rate) => (rate > 1 ? 'damaged' : 'clean');
    expect(bench.connect(terminal)).toBeUndefined();
    const start_us = bench.clock.now_us;
    expect(bench.transceive(terminal, pattern(200))).toMatchObject({ code: 'removed' });
    // Three times the card's frame waiting time, of 154 ms.
    expect(bench.clock.now_us - start_us).toBeLessThan(500_000);
    expect(reader.bitRateCounts).toEqual({ asked: 2, refused: 0, broken: 1 });
    bench.clock.runFor(100_000);
    for (let turn = 0; turn < SLOW_CONNECTS; turn++) touch(200);
    expect(reader.bitRateCounts.asked).toBe(2);
    // Who sets the rate has it tried anew.
    bench.field.noise = undefined;
    reader.bitRateMax_kbps = 424;
    touch(200);
    expect(reader.bitRateCounts).toEqual({ asked: 3, refused: 0, broken: 1 });
  });

  test('is there at any moment: a connect that is called off, and one after it', () => {
    for (let after_us = 0; after_us < 60_000; after_us += 900) {
      const { bench, terminal, reader } = couple(424, {}, after_us % 1_800 === 0 ? {} : nobodyKnows);
      reader.bitRateMax_kbps = 424;
      const ends: (string | undefined)[] = [];
      reader.connect(500, (error) => ends.push(error?.code));
      bench.clock.runFor(after_us);
      bench.release(terminal);
      bench.clock.runFor(100_000);
      expect(ends.length, `after ${after_us} us`).toBe(1);
      expect(bench.connect(terminal), `after ${after_us} us`).toBeUndefined();
      expect(bench.transceive(terminal, pattern(5))).toEqual(pattern(5));
    }
  });
});

describe('hostile bytes around the PPS', () => {
  function reads(bench: Bench, terminal: Board): void {
    expect(bench.connect(terminal, 1_000)).toBeUndefined();
    expect(bench.transceive(terminal, pattern(5))).toEqual(Uint8Array.of(0x90, 0x00));
    bench.release(terminal);
  }

  test('an ATS of any bytes: the rate is one that it offers, and a card that answers is read', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 0, maxLength: 20 }),
        fc.constantFrom(...KBPS),
        (rest, max_kbps) => {
          const bench = new Bench();
          const terminal = bench.board('terminal', {}, { reader: { bitRateMax_kbps: max_kbps } });
          const ats = Uint8Array.of(rest.length + 1, ...rest);
          const asked: [number, number][] = [];
          watchCommands(terminal, (code, [, toCard, fromCard]) => {
            if (code === IN_PSL) asked.push([toCard!, fromCard!]);
          });
          const card = new RawCard(bench.field, 'card', { ...ORDINARY_CARD, ats }, (block) =>
            card.sendBlock(Uint8Array.of(block[0]!, 0x90, 0x00)),
          );
          card.enter();
          let code: string | undefined = 'none';
          terminal.driver.reader.connect(400, (error) => (code = error?.code));
          bench.until(() => code !== 'none', 3);
          const hasTa = rest.length > 1 && (rest[0]! & 0x10) !== 0;
          const ta = hasTa ? rest[1]! : 0;
          for (const [toCard, fromCard] of asked) {
            expect(toCard).toBe(fromCard);
            expect(ta & (ta >> 4) & toCard).toBe(toCard);
            expect(106 * 2 ** toCard).toBeLessThanOrEqual(max_kbps);
          }
          // However little the card says with such an ATS, the exchange ends.
          if (code === undefined) bench.transceive(terminal, pattern(5));
        },
      ),
      { numRuns: 150 },
    );
  });

  test('an answer of any bytes: the card is read at 106 kbit/s', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 70 }), fc.boolean(), (answer, isWhole) => {
        fc.pre(!(isWhole && answer.length === 1 && answer[0] === PPSS));
        const bench = new Bench();
        const terminal = bench.board('terminal', {}, { reader: { bitRateMax_kbps: 424 } });
        const ats = Uint8Array.of(0x05, 0x78, 0x77, 0x70, 0x02);
        const identity = { ...ORDINARY_CARD, ats, knowsNoPps: true };
        const card = new RawCard(bench.field, 'hostile', identity, (block) => {
          if (block[0] === PPSS) isWhole ? card.sendBlock(answer) : card.sendFrame(answer);
          else card.sendBlock(Uint8Array.of(block[0]!, 0x90, 0x00));
        });
        card.enter();
        reads(bench, terminal);
        expect(terminal.driver.reader.bitRateCounts).toEqual({ asked: 1, refused: 1, broken: 0 });
      }),
      { numRuns: 100 },
    );
  });

  test.each([
    ['an error frame', undefined],
    ['no status', []],
    ['any status', [0x10]],
    ['a long answer', [0x27, ...new Uint8Array(200)]],
    ['nothing at all', 'silence'],
  ] as const)('a chip that answers InPSL by %s: the card is read at 106 kbit/s', (_, answer) => {
    const { terminal, touch, reader } = couple(106, {});
    reader.bitRateMax_kbps = 424;
    const { host } = terminal.module.chip;
    const reply = host.reply.bind(host);
    let isPsl = false;
    watchCommands(terminal, (code) => {
      isPsl = code === IN_PSL;
    });
    host.reply = (data) => {
      if (!isPsl) reply(data);
      else if (answer === undefined) host.refuse();
      else if (answer !== 'silence') reply(Uint8Array.from(answer));
    };
    expect(touch(100)).toBeLessThan(500);
    expect(reader.bitRateCounts).toEqual({ asked: 1, refused: 1, broken: 0 });
  });
});
