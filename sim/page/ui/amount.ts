import { moneyFormat } from '../../words.js';

/** "12.50" → 1250; undefined for what is no amount of the currency. */
export function minorOf(text: string, currency: string): number | undefined {
  const digits = moneyFormat(currency)(0).split('.')[1]?.length ?? 0;
  const [, whole, part = ''] = /^\s*(\d{1,9})(?:[.,](\d+))?\s*$/.exec(text) ?? [];
  if (whole === undefined || part.length > digits) return undefined;
  return Number(whole + part.padEnd(digits, '0'));
}
