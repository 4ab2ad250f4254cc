import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NFC_APDU_BYTES_MAX } from '../../../hal/nfc.js';
import type { Pn532ModuleOptions } from '../../../sim/chip/pn532-module.js';
import { RawReader } from '../../../sim/chip/raw-peers.js';
import { Bench, pattern, watchCommands } from '../../sim/chip/bench.js';

const LINKS = [
  ['hsu', true],
  ['i2c', true],
  ['i2c', false],
  ['spi', true],
  ['spi', false],
] as const;
const HANDS_UP = ['whole', 'blocks'] as const;
const TG_SET_DATA = 0x8e;
const TG_SET_META_DATA = 0x94;

const echo = (command: Uint8Array): Uint8Array => command.slice(0, 200);

function couple(module: Partial<Pn532ModuleOptions>) {
  const bench = new Bench();
  const { link, irq } = module;
  const wires = { ...(link && { link }), ...(irq !== undefined && { irq }) };
  const terminal = bench.board('terminal', wires);
  const card = bench.board('card', module);
  const log = bench.listen(card, echo);
  expect(bench.connect(terminal)).toBeUndefined();
  return { bench, terminal, card, log };
}

describe.each(HANDS_UP)('a command in pieces, of a chip that hands up "%s"', (handsUp) => {
  test.each(LINKS)('comes whole, over %s (IRQ line: %s)', (link, irq) => {
    const { bench, terminal, log, card } = couple({ link, irq, quirks: { handsUp } });
    for (const length of [61, 62, 207, 262, 263, 700, NFC_APDU_BYTES_MAX]) {
      log.commands.length = 0;
      expect(bench.transceive(terminal, pattern(length))).toEqual(echo(pattern(length)));
      expect(log.commands).toEqual([pattern(length)]);
    }
    expect(card.driver.lastError).toBeUndefined();
  });

  test('leaves nothing behind when it is torn, wherever', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 800 }), (byte) => {
        const { bench, terminal, card, log } = couple({ quirks: { handsUp } });
        bench.field.cutAtByte(byte, () => card.module.chip.leaveField());
        expect(bench.transceive(terminal, pattern(700))).toMatchObject({ code: 'removed' });
        bench.until(() => log.deactivations.length === 1);
        card.module.chip.enterField();
        log.commands.length = 0;
        expect(bench.connect(terminal)).toBeUndefined();
        const next = pattern(300, 2);
        expect(bench.transceive(terminal, next)).toEqual(echo(next));
        expect(log.commands).toEqual([next]);
      }),
      { numRuns: 20 },
    );
  });
});

describe('an answer of a card', () => {
  /** The commands by which it went to the chip, and what the reader got. */
  function answered(length: number) {
    const bench = new Bench();
    const terminal = bench.board('terminal');
    const card = bench.board('card');
    let sent = 0;
    bench.listen(card, () => pattern(length), { onSent: () => void sent++ });
    bench.connect(terminal);
    const codes: number[] = [];
    watchCommands(card, (code) => {
      if (code === TG_SET_DATA || code === TG_SET_META_DATA) codes.push(code);
    });
    const response = bench.transceive(terminal, pattern(5));
    bench.clock.runFor(50_000);
    return { codes, response, sent };
  }

  test.each([1, 2, 255, 261, 262])('of %i bytes takes one TgSetData, and no TgSetMetaData', (length) => {
    expect(answered(length)).toEqual({ codes: [TG_SET_DATA], response: pattern(length), sent: 1 });
  });

  test.each([
    [263, [TG_SET_META_DATA, TG_SET_DATA]],
    [524, [TG_SET_META_DATA, TG_SET_DATA]],
    [525, [TG_SET_META_DATA, TG_SET_META_DATA, TG_SET_DATA]],
  ])('of %i bytes is chained', (length, codes) => {
    expect(answered(length)).toEqual({ codes, response: pattern(length), sent: 1 });
  });
});

describe('the first frame that comes with the activation', () => {
  /** Longer than the reader takes from the ATS to its first command. */
  const LAG_US = 25_000;

  test.each(LINKS)('can be the first command, over %s (IRQ line: %s): it is answered', (link, irq) => {
    const bench = new Bench();
    const terminal = bench.board('terminal', { link, irq });
    const card = bench.board('card', { link, irq, quirks: { activationLag_us: LAG_US } });
    const log = bench.listen(card, echo);
    for (let touch = 1; touch <= 3; touch++) {
      expect(bench.connect(terminal)).toBeUndefined();
      expect(bench.transceive(terminal, pattern(20, touch))).toEqual(pattern(20, touch));
      expect(bench.transceive(terminal, pattern(300, touch))).toEqual(echo(pattern(300, touch)));
      expect(log.activations).toBe(touch);
      bench.release(terminal);
      bench.until(() => log.deactivations.length === touch);
    }
  });

  test('is the RATS, which is no command, or the command, whenever the chip tells of the activation', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60_000 }), fc.integer({ min: 4, max: 600 }), (lag_us, length) => {
        const bench = new Bench();
        const terminal = bench.board('terminal');
        const log = bench.listen(bench.board('card', { quirks: { activationLag_us: lag_us } }), echo);
        expect(bench.connect(terminal)).toBeUndefined();
        expect(bench.transceive(terminal, pattern(length))).toEqual(echo(pattern(length)));
        expect(log.commands).toEqual([pattern(length)]);
      }),
      { numRuns: 40 },
    );
  });

  test('is nothing to answer when it is shorter than a command can be', () => {
    const bench = new Bench();
    const log = bench.listen(bench.board('card', { quirks: { activationLag_us: LAG_US } }), echo);
    const reader = new RawReader(bench.field, 'hostile');
    bench.clock.runFor(50_000);
    reader.enter();
    reader.setCarrier(true);
    bench.clock.runFor(6_000);
    reader.activate(() =>
      bench.clock.schedule(2_000, () => reader.sendBlock(pattern(3).fill(2, 0, 1), () => {})),
    );
    bench.clock.runFor(300_000);
    expect(log).toMatchObject({ activations: 1, commands: [] });
    reader.setCarrier(false);
    reader.leave();
    const terminal = bench.board('terminal');
    bench.until(() => log.deactivations.length === 1);
    expect(bench.connect(terminal)).toBeUndefined();
  });
});
