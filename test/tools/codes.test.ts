import { describe, expect, it } from 'vitest';
import { AccountCode } from '../../firmware/account/account-code.js';
import { base45Encode } from '../../firmware/account/base45.js';
import { scanned } from '../../sim/account/scanned.js';
import { blocksOf, type Level, pictureOf, qrVersion, svgOf } from '../../tools/cli/pos/qr-picture.js';
import { readCodes } from '../../tools/cli/pos/qr-reader.js';
import { GENERATORS } from '../../tools/codes/generators.js';
import { pixelsOf, READERS, randomCodes, wrongOf } from '../../tools/codes/round-trip.js';
import { isInstalled } from '../../tools/xs/process.js';
import { whyNotOn } from '../../tools/xs/run.js';
import { skipWithout } from '../support/external.js';

const CODES = 200;
const SEED = 16;

const noEngine = await whyNotOn('host');

describe('codes made by qr and by a device', () => {
  const texts = randomCodes(SEED, CODES);
  const skipped = skipWithout(isInstalled('zbarimg'), 'zbarimg');

  it('are codes, each another', () => {
    expect(new Set(texts).size).toBe(CODES);
    for (const text of texts) expect(AccountCode.parse(scanned(text))?.text).toBe(text);
  });

  for (const generator of Object.keys(GENERATORS)) {
    const noDevice = generator === 'device' && skipWithout(noEngine === undefined, `XS (${noEngine})`);
    it.skipIf(noDevice)(`made by ${generator}: read by every reader to the character`, async () => {
      const readers = Object.keys(READERS).filter((reader) => reader !== 'zbarimg' || !skipped);
      const wrong = await wrongOf(generator, readers, texts);
      expect([...wrong]).toEqual(readers.map((reader) => [reader, 0]));
    });
  }

  it('are not said to be read where they are not', async () => {
    const picture = pictureOf(texts[0], 3);
    const blank = { ...picture, data: new Uint8Array(picture.data.length).fill(255) };
    for (const [name, read] of Object.entries(READERS)) {
      if (name === 'zbarimg' && skipped) continue;
      expect(await read([blank]), name).toEqual([undefined]);
    }
  });

  it('are version 10 at level M, and 11 with an amount', () => {
    expect(qrVersion(texts[0], 'M')).toBe(10);
    expect(qrVersion(texts[1], 'M')).toBe(11);
    expect(pictureOf(texts[0], 1).width).toBe(57 + 8);
    // As block characters two modules are one line; the picture in SVG counts modules.
    expect([blocksOf(texts[0]).length, blocksOf(texts[0])[0].length]).toEqual([33, 65]);
    expect(svgOf(texts[0])).toContain('viewBox="0 0 65 65"');
  });

  it('are drawn in block characters as they are in pixels', async () => {
    const rows = blocksOf(texts[1]).flatMap((line) => [
      [...line].map((block) => (block === '█' || block === '▀' ? 255 : 0)),
      [...line].map((block) => (block === '█' || block === '▄' ? 255 : 0)),
    ]);
    const [width] = rows.map((row) => row.length);
    const scaled = rows.flatMap((row) => {
      const wide = row.flatMap((value) => [value, value, value]);
      return [wide, wide, wide];
    });
    const picture = { width: 3 * width, height: scaled.length, data: Uint8Array.from(scaled.flat()) };
    expect(await readCodes(pixelsOf(picture))).toEqual([texts[1]]);
  });
});

describe('QR versions by bytes', () => {
  const versions = (bytes: number): number[] => {
    const text = `TN1:${base45Encode(new Uint8Array(bytes))}`;
    return (['L', 'M', 'Q'] as Level[]).map((level) => qrVersion(text, level));
  };

  it('are these', () => {
    const table = [160, 202, 206, 250, 333, 500].map((bytes) => [bytes, ...versions(bytes)]);
    expect(table).toEqual([
      [160, 8, 9, 11],
      [202, 9, 10, 13],
      [206, 9, 11, 13],
      [250, 10, 12, 15],
      [333, 12, 14, 17],
      [500, 15, 18, 22],
    ]);
  });
});
