import type { Crypto } from '../../hal/crypto.js';
import { getU16, getU32, isZero } from '../bytes.js';
import { isAmount } from '../objects/amount.js';
import { fieldTiny, fieldU16, fieldU32, Shape } from '../objects/shape.js';
import { signInPlace, verifySigned } from '../objects/signed.js';
import { PLATFORM_ID_BYTES, PSEUDONYM_BYTES } from './account-certificate.js';

const SHAPE = new Shape(
  16,
  23,
  `
  terminal 8
  sequence u32
  previous 32
  time_s u32
  kind tiny
  means tiny
  platform 4
  pseudonym 8
  serial u32
  counter u32
  amount u32
  place u16
  refers u32
  evidence 32
  signature 64
`,
);
const [
  TERMINAL,
  SEQUENCE,
  PREVIOUS,
  TIME,
  KIND,
  MEANS,
  PLATFORM,
  PSEUDONYM,
  SERIAL,
  COUNTER,
  AMOUNT,
  PLACE,
  REFERS,
  EVIDENCE,
] = SHAPE.offsets;

export const BILL_BYTES = SHAPE.length;
/** Name of a terminal's key. */
export const TERMINAL_ID_BYTES = 8;
export const BILL_HASH_BYTES = 32;
/** Offset of the bill that a refund is of, for searches. */
export const BILL_REFERS_AT = REFERS;

/** What a bill is about. No number ever changes its meaning. */
export const BillKind = Object.freeze({
  sale: 0,
  /** In at a gate: the fare is not known yet, and the amount may be 0. */
  entry: 1,
  /** Out at a gate: the fare, which may be 0. */
  exit: 2,
  /** Gives back from an earlier bill of this terminal. */
  refund: 3,
} as const);
export type BillKind = (typeof BillKind)[keyof typeof BillKind];

/** How the user was known. No number ever changes its meaning. */
export const Means = Object.freeze({
  code: 0,
  card: 1,
  /** By a recogniser alone: there is no evidence, and it is the merchant's word. */
  face: 2,
} as const);
export type Means = (typeof Means)[keyof typeof Means];

/** How a platform finds the key of a terminal: the first 8 bytes of SHA-256 of the public key (32 bytes). */
export const terminalIdOf = (crypto: Crypto, publicKey: Uint8Array): Uint8Array =>
  crypto.sha256(publicKey).slice(0, TERMINAL_ID_BYTES);

/** Before the first bill there is none: its `previous`; and there is no evidence. */
export const NO_HASH: Uint8Array = new Uint8Array(BILL_HASH_BYTES);

export interface BillFields {
  /** Counts a terminal's bills, from 1 on, without gaps. */
  sequence: number;
  /** SHA-256 of the bytes of the bill before; NO_HASH for the first. */
  previous: Uint8Array;
  /** By the terminal's clock. */
  time_s: number;
  kind: BillKind;
  means: Means;
  /** As `platformIdOf` names its key, 4 bytes. */
  platform: Uint8Array;
  /** Of the account certificate, 8 bytes; zeros with a face. */
  pseudonym: Uint8Array;
  /** Of the account certificate; with a face, the account's number in the platform's list. */
  serial: number;
  /** Of the code; 0 with a face. */
  counter: number;
  /** Minor units: what the user owes, or with a refund what goes back. */
  amount: number;
  /** Station, or merchant category. */
  place: number;
  /** The sequence of the bill that a refund is of; 0 for the other kinds. */
  refers: number;
  /** SHA-256 of the code's compact bytes; NO_HASH for a refund and with a face. */
  evidence: Uint8Array;
}

/**
 * Bill (R27): a terminal's record of one purchase, booked before any network is asked, and deducted later. A
 * view on its bytes; each names the hash of the one before.
 */
export class Bill {
  /** Its fields, for whoever shows bytes to people. */
  static get shape(): Shape {
    return SHAPE;
  }

  readonly sequence: number;
  readonly amount: number;

  private constructor(readonly bytes: Uint8Array) {
    this.sequence = getU32(bytes, SEQUENCE);
    this.amount = getU32(bytes, AMOUNT);
  }

  /** `terminalKey`: signing key, 64 bytes. Throws RangeError for fields that are no bill. */
  static build(crypto: Crypto, terminalKey: Uint8Array, fields: BillFields): Bill {
    const bytes = SHAPE.blank();
    bytes.set(terminalIdOf(crypto, terminalKey.subarray(32)), TERMINAL);
    fieldU32(bytes, SEQUENCE, fields.sequence);
    bytes.set(fields.previous, PREVIOUS);
    fieldU32(bytes, TIME, fields.time_s);
    fieldTiny(bytes, KIND, fields.kind);
    fieldTiny(bytes, MEANS, fields.means);
    bytes.set(fields.platform, PLATFORM);
    bytes.set(fields.pseudonym, PSEUDONYM);
    fieldU32(bytes, SERIAL, fields.serial);
    fieldU32(bytes, COUNTER, fields.counter);
    fieldU32(bytes, AMOUNT, fields.amount);
    fieldU16(bytes, PLACE, fields.place);
    fieldU32(bytes, REFERS, fields.refers);
    bytes.set(fields.evidence, EVIDENCE);
    const bill = new Bill(bytes);
    if (!isSound(bill)) throw new RangeError('these fields are no bill');
    signInPlace(crypto, terminalKey, bytes);
    return bill;
  }

  /** Undefined when a byte of the shape is off, or the fields are no bill. No signature is looked at. */
  static parse(bytes: Uint8Array): Bill | undefined {
    if (!SHAPE.fits(bytes)) return undefined;
    const bill = new Bill(bytes);
    return isSound(bill) ? bill : undefined;
  }

  verify(crypto: Crypto, terminalPublicKey: Uint8Array): boolean {
    return verifySigned(crypto, terminalPublicKey, this.bytes);
  }

  /** SHA-256 of the whole bill: the next one's `previous`, and what a receipt names as head. */
  hash(crypto: Crypto): Uint8Array {
    return crypto.sha256(this.bytes);
  }

  /** Name of the key that signs, 8 bytes: see `terminalIdOf`. */
  get terminal(): Uint8Array {
    return this.bytes.subarray(TERMINAL, TERMINAL + TERMINAL_ID_BYTES);
  }
  get previous(): Uint8Array {
    return this.bytes.subarray(PREVIOUS, PREVIOUS + BILL_HASH_BYTES);
  }
  get time_s(): number {
    return getU32(this.bytes, TIME);
  }
  get kind(): BillKind {
    return this.bytes[KIND] as BillKind;
  }
  get means(): Means {
    return this.bytes[MEANS] as Means;
  }
  get platform(): Uint8Array {
    return this.bytes.subarray(PLATFORM, PLATFORM + PLATFORM_ID_BYTES);
  }
  get pseudonym(): Uint8Array {
    return this.bytes.subarray(PSEUDONYM, PSEUDONYM + PSEUDONYM_BYTES);
  }
  get serial(): number {
    return getU32(this.bytes, SERIAL);
  }
  get counter(): number {
    return getU32(this.bytes, COUNTER);
  }
  get place(): number {
    return getU16(this.bytes, PLACE);
  }
  get refers(): number {
    return getU32(this.bytes, REFERS);
  }
  get evidence(): Uint8Array {
    return this.bytes.subarray(EVIDENCE, EVIDENCE + BILL_HASH_BYTES);
  }
}

/** Whether the fields go together: what a bill of this kind, by these means, can say. */
function isSound(bill: Bill): boolean {
  const { sequence, kind, means, amount, refers } = bill;
  if (sequence === 0 || kind > BillKind.refund || means > Means.face) return false;
  if ((sequence === 1) !== isZero(bill.previous)) return false;
  const isRefund = kind === BillKind.refund;
  if (isRefund ? refers === 0 || refers >= sequence : refers !== 0) return false;
  const mayBeFree = kind === BillKind.entry || kind === BillKind.exit;
  if (!isAmount(amount) && !(mayBeFree && amount === 0)) return false;
  const isFace = means === Means.face;
  if (isFace && !(isZero(bill.pseudonym) && bill.counter === 0)) return false;
  return isZero(bill.evidence) === (isRefund || isFace);
}
