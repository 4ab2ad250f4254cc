import { randomCodes } from '../../tools/codes/round-trip.js';
import { reference, testEverywhere } from './everywhere.js';
import { recordDrawn, suite } from './suites/qr.js';

/** Codes of accounts, and texts of every length from one character on, so that each version comes. */
const LENGTHS = 419;
const texts = [
  ...randomCodes(65, 100),
  ...Array.from({ length: LENGTHS / 7 }, (_, i) => '0A $%*+-./:Z9'.repeat(40).slice(0, 1 + 7 * i)),
];

testEverywhere({
  module: './test/xs/suites/qr.js',
  suite,
  input: { texts, drawn: recordDrawn(reference.qr, texts) },
});
