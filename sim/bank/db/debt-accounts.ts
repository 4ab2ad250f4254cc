/** States of what a user's bills came to and no balance has covered (R29): see platform/debts.ts. */
const DEBT_STATES = ['advanced', 'recorded', 'disputed', 'written-off', 'borne'] as const;
export type DebtState = (typeof DEBT_STATES)[number];

/** A pattern of PostgreSQL: ledger accounts of these kinds. */
const kinds = (...names: readonly string[]): string => ['^(', names.join('|'), '):'].join('');

/** Ledger accounts that are debts or losses, and so never positive. */
export const DEBTS = kinds('owed', 'loss', 'late', 'advance', 'fractional', ...DEBT_STATES);
/** Those of accounts that are billed. */
export const OVERDRAFTS = kinds(...DEBT_STATES);
/** Where bills are posted, beside the accounts themselves: never money of devices. */
export const BILLED = kinds('bills', ...DEBT_STATES);
