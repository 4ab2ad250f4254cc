/** What a log says of one payment that was settled: byte layouts in docs/ledger.md. */
import { concat, getU16, getU32, join, putU16, putU32 } from '../../../firmware/bytes.js';
import type { Crypto } from '../../../hal/crypto.js';
import { currencyBytes, currencyText, utf8 } from '../bytes.js';
import { HASH_BYTES } from './merkle.js';

export const LeafType = {
  /** Value has gone from payer to payee. */
  payment: 1,
  /** It has gone back: the payee had refused it as well. */
  reversal: 2,
  /** The payee was paid though the payer had the value back: a loss. */
  late: 3,
} as const;
export type LeafType = (typeof LeafType)[keyof typeof LeafType];

/** The bank's own words about a payment: for the central bank, and for whom it is shown. */
export interface PaymentRecord {
  /** SHA-256 of the transfer. */
  readonly transfer: Uint8Array;
  readonly payer: Uint8Array;
  readonly payee: Uint8Array;
  readonly payerOperator: number;
  readonly payeeOperator: number;
  readonly currency: string;
  readonly purpose: number;
  /** Minor units. */
  readonly amount: number;
  /** Bank time. */
  readonly settled_s: number;
}

/** The public part: what anybody can read in the log. */
export interface Entry {
  readonly type: LeafType;
  /** Whose log it is. */
  readonly operator: number;
  /** Year and month in one number: 202611. */
  readonly period: number;
  /** Hides the record until its opening is shown. */
  readonly commitment: Uint8Array;
  /** SHA-256 of the ciphertext for the central bank. */
  readonly ciphertext: Uint8Array;
}

const VERSION = 1;
export const ENTRY_BYTES = 72;
export const RECORD_BYTES = 65;
export const BLIND_BYTES = 32;
/** A blind, then a record. */
export const OPENING_BYTES = BLIND_BYTES + RECORD_BYTES;

/** Of the name of a transfer: enough to find the batch that it is in. */
export const NAME_BYTES = 4;

const COMMITMENT_AT = 8;
const CIPHERTEXT_AT = COMMITMENT_AT + HASH_BYTES;
const COMMITMENT = utf8('tapnote/1 ledger commitment');

export function recordBytes(record: PaymentRecord): Uint8Array {
  const bytes = new Uint8Array(RECORD_BYTES);
  bytes.set(record.transfer);
  bytes.set(record.payer, 32);
  bytes.set(record.payee, 40);
  putU16(bytes, 48, record.payerOperator);
  putU16(bytes, 50, record.payeeOperator);
  bytes.set(currencyBytes(record.currency), 52);
  putU16(bytes, 55, record.purpose);
  putU32(bytes, 57, record.amount);
  putU32(bytes, 61, record.settled_s);
  return bytes;
}

/** `bytes`: 65. */
export const parseRecord = (bytes: Uint8Array): PaymentRecord => ({
  transfer: bytes.slice(0, 32),
  payer: bytes.slice(32, 40),
  payee: bytes.slice(40, 48),
  payerOperator: getU16(bytes, 48),
  payeeOperator: getU16(bytes, 50),
  currency: currencyText(bytes.subarray(52, 55)),
  purpose: getU16(bytes, 55),
  amount: getU32(bytes, 57),
  settled_s: getU32(bytes, 61),
});

/** `opening`: 97 bytes. Without the blind nobody can try records. */
export const commitmentTo = (crypto: Pick<Crypto, 'sha256'>, opening: Uint8Array): Uint8Array =>
  crypto.sha256(COMMITMENT, opening);

export function entryBytes({ type, operator, period, commitment, ciphertext }: Entry): Uint8Array {
  const head = new Uint8Array(COMMITMENT_AT);
  head[0] = VERSION;
  head[1] = type;
  putU16(head, 2, operator);
  putU32(head, 4, period);
  return concat(head, commitment, ciphertext);
}

/** Undefined for what is no entry of this version. */
export function parseEntry(bytes: Uint8Array): Entry | undefined {
  const type = Object.values(LeafType).find((each) => each === bytes[1]);
  if (bytes.length !== ENTRY_BYTES || bytes[0] !== VERSION || type === undefined) return undefined;
  return {
    type,
    operator: getU16(bytes, 2),
    period: getU32(bytes, 4),
    commitment: bytes.slice(COMMITMENT_AT, CIPHERTEXT_AT),
    ciphertext: bytes.slice(CIPHERTEXT_AT),
  };
}

export function periodOf(time_s: number): number {
  const date = new Date(time_s * 1_000);
  return date.getUTCFullYear() * 100 + date.getUTCMonth() + 1;
}

const LENGTH_BYTES = 2;
/** An entry as bundles have it: behind its length. */
export const BUNDLED_BYTES = LENGTH_BYTES + ENTRY_BYTES;

export function bundled(entry: Uint8Array): Uint8Array {
  const length = new Uint8Array(LENGTH_BYTES);
  putU16(length, 0, entry.length);
  return join(length, entry);
}

/** The entries of a bundle; undefined when it has another length than so many of ours, or another in it. */
export function entriesOf(bundle: Uint8Array): Uint8Array[] | undefined {
  const entries: Uint8Array[] = [];
  for (let at = 0; at < bundle.length; at += BUNDLED_BYTES) {
    const isWhole = at + BUNDLED_BYTES <= bundle.length && getU16(bundle, at) === ENTRY_BYTES;
    if (!isWhole) return undefined;
    entries.push(bundle.subarray(at + LENGTH_BYTES, at + BUNDLED_BYTES));
  }
  return entries;
}
