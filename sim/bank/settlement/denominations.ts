import { AMOUNT_MAX } from '../../../firmware/limits.js';
import type { Parameters } from '../context.js';

/** A sum comes in so many notes at the most: what a wallet keeps room for, however full it is. */
const NOTES_OF_A_SUM_MAX = 32;

/** 1, 2, 5, 10 and so on, as far as an amount goes: minor units. */
export const ONE_TWO_FIVE: readonly number[] = Array.from(
  { length: 29 },
  (_, i) => [1, 2, 5][i % 3] * 10 ** Math.floor(i / 3),
).filter((value) => value <= AMOUNT_MAX);

/**
 * The values of the notes in which a sum is issued: fixed denominations, the largest first, or one note where
 * none are fixed (R23). Minor units.
 */
export function valuesOf({ denominations }: Pick<Parameters, 'denominations'>, sum: number): number[] {
  const values: number[] = [];
  for (let left = sum; left > 0; left -= values[values.length - 1])
    values.push(denominations.findLast((value) => value <= left) ?? Math.min(left, AMOUNT_MAX));
  return values;
}

/** Of all sums up to `limit`, how many notes the one takes that takes most. */
function mostNotes(denominations: readonly number[], limit: number, known: Map<number, number>): number {
  const value = denominations.findLast((each) => each <= limit);
  if (value === undefined) return 0;
  const before = known.get(limit);
  if (before !== undefined) return before;
  const count = Math.floor(limit / value);
  const most = Math.max(
    count + mostNotes(denominations, limit - count * value, known),
    count - 1 + mostNotes(denominations, value - 1, known),
  );
  known.set(limit, most);
  return most;
}

/**
 * What is wrong with a list of denominations, in words; undefined when every amount can be issued in them, in
 * not too many notes.
 */
export function faultOfDenominations(denominations: readonly number[]): string | undefined {
  if (denominations.length === 0) return undefined;
  if (denominations[0] !== 1) return 'the smallest is not 1, so that not every sum can be issued';
  for (const [i, value] of denominations.entries()) {
    if (!Number.isInteger(value) || value > AMOUNT_MAX) return `${value} is no amount`;
    if (i > 0 && value <= denominations[i - 1]) return 'they do not rise';
  }
  const most = mostNotes(denominations, AMOUNT_MAX, new Map());
  return most > NOTES_OF_A_SUM_MAX ? `a sum may come in ${most} notes: more than a wallet takes` : undefined;
}
