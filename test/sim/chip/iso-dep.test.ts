import { describe, expect, test } from 'vitest';
import { appendCrcA } from '../../../sim/chip/crc-a.js';
import { ORDINARY_CARD, RawCard, RawReader } from '../../../sim/chip/raw-peers.js';
import { bytesOf, hex, hostBench } from './host.js';

const FWT_14_MS = (4096 / 13_560) * 2 ** 14;

/** A chip as a card whose host echoes, and a reader that gave it this CID. */
function activated(cid = 0) {
  const bench = hostBench();
  bench.wake();
  bench.ask('12 30');
  bench.ask(`8c 04 0400 112233 20 ${'00'.repeat(28)} 00 00`);
  const reader = new RawReader(bench.field, 'reader', Uint8Array.of(0xe0, 0x80 | cid));
  reader.enter();
  reader.setCarrier(true);
  bench.clock.runFor(6_000);
  let ats = '';
  reader.activate((target) => (ats = hex(target?.ats ?? new Uint8Array(0))));
  bench.clock.runFor(20_000);
  expect(ats).toBe('0575339203');
  const block = (text: string, wait_ms = 20): string | undefined => {
    let answer: string | undefined;
    reader.sendBlock(bytesOf(text), (bytes) => (answer = bytes && hex(bytes)), wait_ms * 1000);
    bench.clock.runFor(wait_ms * 1000 + 5_000);
    return answer;
  };
  /** Block in, the command that the host gets, its answer, block out. */
  const exchange = (text: string, command: string, answer: string): string | undefined => {
    let out: string | undefined;
    reader.sendBlock(bytesOf(text), (bytes) => (out = bytes && hex(bytes)), 60_000);
    expect(bench.ask('86')).toEqual(['ack', `8700${command}`]);
    bench.ask(`8e ${answer}`);
    return out;
  };
  return { ...bench, reader, block, exchange };
}

describe('the chip as a card', () => {
  test('answers the blocks of its own CID with it, and no others', () => {
    for (const cid of [0, 1, 14]) {
      const { block, exchange } = activated(cid);
      const own = `0${cid.toString(16)}`;
      const other = `0${((cid + 1) % 15).toString(16)}`;
      expect(block(`0a${other}aabb`)).toBeUndefined();
      expect(block(`ba${other}`)).toBeUndefined();
      expect(block(`ca${other}`)).toBeUndefined();
      expect(block(`ba${own}`)).toBe(`ab${own}`);
      expect(exchange(`0a${own}aabb`, 'aabb', 'ccdd')).toBe(`0a${own}ccdd`);
      expect(block(`ca${own}`)).toBe(`ca${own}`);
    }
  });

  test('with CID 0 answers blocks without one too, without one; with another it does not', () => {
    const zero = activated(0);
    expect(zero.exchange('02aa', 'aa', 'bb')).toBe('02bb');
    expect(zero.exchange('0b00aa', 'aa', 'bb')).toBe('0b00bb');
    expect(zero.block('c2')).toBe('c2');
    const three = activated(3);
    expect(three.block('02aa')).toBeUndefined();
    expect(three.block('b2')).toBeUndefined();
    expect(three.block('c2')).toBeUndefined();
    expect(three.exchange('0a03aa', 'aa', 'bb')).toBe('0a03bb');
  });

  test('answers a NAD with its halves exchanged, in the first block only, beside a CID too', () => {
    const { exchange, block } = activated();
    expect(exchange('06 21 aa', 'aa', 'bb')).toBe('0612bb');
    expect(exchange('0f 00 53 aa', 'aa', 'bb')).toBe('0f0035bb');
    expect(exchange('02 aa', 'aa', 'bb')).toBe('02bb');
    expect(block('06 88 aa')).toBeUndefined(); // bits that are always 0
    expect(block('06')).toBeUndefined();
  });

  test.each([
    ['11 00', 1, 1],
    ['01', 1, 1],
    ['11 05', 2, 2],
    ['11 02', 4, 1],
    ['11 0a', 4, 4],
  ])('keeps what its ATS offers: PPS %s', (pps, toCard, toReader) => {
    const { block, reader, field, clock } = activated();
    expect(block(`d0 ${pps}`)).toBe('d0');
    const rates: number[] = [];
    field.listener = ({ start_us, end_us, bytes, direction }) => {
      // A card's frame above 106 kbit/s begins with 512 periods of the carrier.
      const lead_us = direction === 'card-to-reader' && toReader > 1 ? 512 / 13.56 : 0;
      rates.push(Math.round(((2 + 9 * bytes.length) * 9.4395) / (end_us - start_us - lead_us)));
    };
    reader.sendBlock(bytesOf('b2'), () => {}, 20_000, toCard as 1 | 2 | 4);
    clock.runFor(25_000);
    expect(rates).toEqual([toCard, toReader]);
  });

  test.each(['d0 11 03', 'd0 11 0c', 'd1 11 05', 'd0 12 05', 'd0 11', 'd0'])(
    'does not answer a PPS that asks for what it has not got: %s',
    (pps) => {
      const { block } = activated();
      expect(block(pps)).toBeUndefined();
      expect(block('b2')).toBe('a3');
    },
  );

  test('takes PPS before the first block only', () => {
    const { block } = activated();
    expect(block('b2')).toBe('a3');
    expect(block('d0 11 05')).toBeUndefined();
  });
});

describe('the chip as a reader', () => {
  /**
   * How long the chip waits, ms, for a card of this FWI that has asked for time by WTXM and then says
   * nothing.
   */
  function patience_ms(fwi: number, wtxm: number): number {
    const { ask, wake, field, clock } = hostBench();
    wake();
    const ats = Uint8Array.of(0x05, 0x78, 0x80, fwi << 4, 0x02);
    let asked = false;
    let granted_us = 0;
    let gaveUp_us = 0;
    const card = new RawCard(field, 'card', { ...ORDINARY_CARD, ats }, (block) => {
      if (block[0] === 0xf2) granted_us = clock.now_us;
      else if (granted_us > 0) gaveUp_us ||= clock.now_us;
      else if (!asked) {
        asked = true;
        card.sendBlock(Uint8Array.of(0xf2, wtxm));
      }
    });
    card.enter();
    ask('4a 01 00');
    ask('40 01 aa', 20_000);
    return (gaveUp_us - granted_us) / 1000;
  }

  test.each([
    [7, 1],
    [7, 40],
    [7, 59],
    [9, 20],
    [9, 59],
    [12, 59],
    [14, 1],
    [14, 59],
  ])(
    'gives a card of FWI %i that asks for %i times more what it asks for, up to that of FWI 14',
    (fwi, wtxm) => {
      const expected = Math.min((4096 / 13_560) * 2 ** fwi * wtxm, FWT_14_MS);
      expect(Math.abs(patience_ms(fwi, wtxm) - expected)).toBeLessThan(2);
    },
  );

  test.each([
    [-200, 0],
    [2_000, 1],
  ])(
    'asks again for an answer that starts %i us after the time is over, and not for one on its way',
    (late_us, asks) => {
      const { ask, wake, field } = hostBench();
      wake();
      const fwt_us = (4096 / 13.56) * 2 ** 4;
      const ats = Uint8Array.of(0x05, 0x78, 0x80, 0x40, 0x02);
      let naks = 0;
      const card = new RawCard(field, 'card', { ...ORDINARY_CARD, ats }, (block) => {
        if ((block[0]! & 0xf6) === 0xb2) naks++;
        else card.sendFrame(appendCrcA(bytesOf('0201020304')), fwt_us + late_us);
      });
      card.enter();
      ask('4a 01 00');
      expect(ask('40 01 aa', 500)).toEqual(['ack', '410001020304']);
      expect(naks).toBe(asks);
    },
  );

  test('takes no block with an address from a card that it gave none', () => {
    const { ask, wake, field } = hostBench();
    wake();
    const card = new RawCard(field, 'card', ORDINARY_CARD, (block) =>
      card.sendBlock(Uint8Array.of(block[0]! | 0x04, 0x12, 0xaa)),
    );
    card.enter();
    ask('4a 01 00');
    expect(ask('40 01 aa', 500)).toEqual(['ack', '410b']);
  });
});
