import { hex } from '../../../sim/bank/bytes.js';
import { type Entry, LeafType, type PaymentRecord } from '../../../sim/bank/ledger/leaf.js';
import { moneyText, nameOf, utc } from '../../../sim/words.js';

/** What a command found out: for programs, and for people. */
export interface Told {
  readonly value: unknown;
  readonly lines: readonly string[];
}

export const typeName = (type: LeafType): string => nameOf(LeafType, type);

/** One payment, in rows of two cells. */
export function paymentRows({ type, operator, period }: Entry, record: PaymentRecord): string[][] {
  const { currency, purpose, amount } = record;
  const sum = moneyText(amount, currency);
  return [
    ['what', `${typeName(type)}, in the log of operator ${operator}, month ${period}`],
    ['amount', purpose === 0 ? sum : `${sum}, for merchant category ${purpose} only`],
    ['payer', `device ${hex(record.payer)}, of operator ${record.payerOperator}`],
    ['payee', `device ${hex(record.payee)}, of operator ${record.payeeOperator}`],
    ['settled', utc(record.settled_s)],
    ['transfer', hex(record.transfer)],
  ];
}
