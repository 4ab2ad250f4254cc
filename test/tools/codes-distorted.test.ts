import { describe, expect, it } from 'vitest';
import { pictureOf } from '../../tools/cli/pos/qr-picture.js';
import { readCodes } from '../../tools/cli/pos/qr-reader.js';
import { pixelsOf, randomCodes } from '../../tools/codes/round-trip.js';
import {
  blurred,
  covered,
  type Distortion,
  inPerspective,
  inverted,
  mirrored,
  turned,
} from '../support/distorted.js';

const CODES = 6;
const SEED = 28;
/** Pixels of a module. */
const SCALE = 3;
const QUIET = 4 * SCALE;
const NOISE = 24;

const DISTORTIONS: Readonly<Record<string, Distortion>> = {
  inverted,
  mirrored,
  'in perspective, one edge 15 % shorter': inPerspective(0.15),
  'blurred over 3 x 3 pixels, with noise': blurred(NOISE, SEED),
  'covered over 12 % of its area': covered(0.12, QUIET),
  ...Object.fromEntries(
    [5, 17, 30, 45, 90, 133, 180, 222, 271, 349].map((angle) => [`turned by ${angle}°`, turned(angle)]),
  ),
};

describe('a code on its way from a screen to a scanner is read', () => {
  const texts = randomCodes(SEED, CODES);

  for (const [name, distort] of Object.entries(DISTORTIONS))
    it(name, async () => {
      for (const text of texts)
        expect(await readCodes(pixelsOf(distort(pictureOf(text, SCALE))))).toEqual([text]);
    });

  it('and is not, where half of it is covered', async () => {
    const hidden = covered(0.5, QUIET)(pictureOf(texts[0], SCALE));
    expect(await readCodes(pixelsOf(hidden))).toEqual([]);
  });
});
