import { moneyFormat } from '../../words.js';

/** As the page prints it: 1,400.00. */
const GROUPED = /^\d{1,3}(,\d{3})+(\.\d+)?$/;

/** One comma, and three digits behind it. */
const AMBIGUOUS = /^\d{1,3},\d{3}$/;
const AMBIGUOUS_DIGITS = 3;

/**
 * "12.50", "12,50" and "1,250.00" → minor units; undefined for what is no amount of the currency. How much it
 * may be is for others to say.
 */
export function minorOf(text: string, currency: string): number | undefined {
  const digits = moneyFormat(currency)(0).split('.')[1]?.length ?? 0;
  const trimmed = text.trim();
  // With three decimals "1,250" may mean either, a thousand times the other.
  if (digits === AMBIGUOUS_DIGITS && AMBIGUOUS.test(trimmed)) return undefined;
  const plain = GROUPED.test(trimmed) ? trimmed.replaceAll(',', '') : trimmed;
  const [, whole, part = ''] = /^(\d+)(?:[.,](\d+))?$/.exec(plain) ?? [];
  if (whole === undefined || part.length > digits) return undefined;
  return Number(whole + part.padEnd(digits, '0'));
}
