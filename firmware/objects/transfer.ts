import type { Crypto } from '../../hal/crypto.js';
import { getU32, putU16, putU32 } from '../bytes.js';
import { HOPS_MAX, TRANSFER_NOTES_MAX } from '../limits.js';
import { isAmount } from './amount.js';
import { isTarget, tagOf } from './note.js';
import { Shape } from './shape.js';
import { signInPlace, verifySigned } from './signed.js';

const HEAD = `
  payer 8 known
  payee 8 known
  invoice 8 asked
  total u32 known
  currency 3 known
  purpose u16 rare
  target u32 rare
  sequence u32
  previous 32
  created_s u32
  claimBy_s u32
  received u32 rare
  hops tiny rare
  hopsLimit tiny
  expires_s u32
`;
const INPUT = `
  array 2
  note 8 known
  amount u32
`;

/** One shape for each number of notes, 0 to TRANSFER_NOTES_MAX. */
const SHAPES = Array.from({ length: TRANSFER_NOTES_MAX + 1 }, (_, notes) => {
  const inputs = `array ${notes}\n${INPUT.repeat(notes)}`;
  return new Shape(18, 4, `${HEAD}${inputs}signature 64`);
});
const [
  PAYER,
  PAYEE,
  INVOICE,
  TOTAL,
  CURRENCY,
  PURPOSE,
  TARGET,
  SEQUENCE,
  PREVIOUS,
  CREATED,
  CLAIM_BY,
  RECEIVED,
  HOPS,
  HOPS_LIMIT,
  EXPIRES,
] = SHAPES[0].offsets;
/** The head of the array of inputs; then 15 bytes an input: array head, byte string of 8, integer of 4. */
const INPUTS = EXPIRES + 4;
const INPUT_BYTES = 15;

/** Offset of the invoice's id, for searches: the same as in a receipt. */
export const TRANSFER_INVOICE_AT = INVOICE;

export const TRANSFER_BYTES_MAX = SHAPES[TRANSFER_NOTES_MAX].length;

/** What holds for every fen of a transfer, or of a lot of received value. */
export interface Terms {
  /** How often it has changed hands already, at the most; 0 for notes. */
  hops: number;
  /** How often it may, at the least. */
  hopsLimit: number;
  /** When the first part of it expires. */
  expires_s: number;
}

export interface NoteInput {
  /** Note, 8 bytes. */
  id: Uint8Array;
  amount: number;
}

export interface TransferFields {
  payer: Uint8Array;
  payee: Uint8Array;
  invoice: Uint8Array;
  currency: Uint8Array;
  purpose: number;
  /** Of its notes; 0, or left out, when they have none. */
  target?: number;
  /** The payer's journal sequence number of this entry. */
  sequence: number;
  /** Hash of the payer's journal before this entry, 32 bytes. */
  previous: Uint8Array;
  created_s: number;
  /** After this time the bank may return the value to the payer; a later claim still counts. */
  claimBy_s: number;
  /** How much of the total comes from received value. */
  received: number;
  terms: Terms;
  notes: readonly NoteInput[];
}

/** What the other side of a touch has already, of a transfer. */
export interface KnownOfTransfer {
  readonly payer: Uint8Array;
  readonly payee: Uint8Array;
  readonly currency: Uint8Array;
  /** The invoice at hand, 8 bytes; undefined where there is none, and its id travels. */
  readonly invoice: Uint8Array | undefined;
  /** Notes that were shown, in the order of the inputs. */
  readonly notes: readonly { readonly id: Uint8Array }[];
}

/**
 * Transfer: the payer hands value to one payee. The only object that moves money. A view on its bytes; what a
 * touch asks for again and again is taken out once.
 */
export class Transfer {
  /** Its fields by the number of notes, for whoever shows bytes to people. */
  static get shapes(): readonly Shape[] {
    return SHAPES;
  }

  readonly payer: Uint8Array;
  readonly invoice: Uint8Array;
  readonly total: number;
  readonly received: number;
  readonly expires_s: number;
  readonly noteCount: number;
  readonly #fields: DataView;
  #packed: Uint8Array | undefined;

  private constructor(
    readonly bytes: Uint8Array,
    /** Whether `parse` found these bytes good: what was built has not been through it. */
    readonly isParsed: boolean,
  ) {
    const fields = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#fields = fields;
    this.payer = bytes.subarray(PAYER, PAYER + 8);
    this.invoice = bytes.subarray(INVOICE, INVOICE + 8);
    this.total = fields.getUint32(TOTAL);
    this.received = fields.getUint32(RECEIVED);
    this.expires_s = fields.getUint32(EXPIRES);
    this.noteCount = bytes[INPUTS] & 0x1f;
  }

  static build(crypto: Crypto, payerKey: Uint8Array, fields: TransferFields): Transfer {
    const bytes = SHAPES[fields.notes.length].blank();
    bytes.set(fields.payer, PAYER);
    bytes.set(fields.payee, PAYEE);
    bytes.set(fields.invoice, INVOICE);
    bytes.set(fields.currency, CURRENCY);
    putU16(bytes, PURPOSE, fields.purpose);
    putU32(bytes, TARGET, fields.target ?? 0);
    putU32(bytes, SEQUENCE, fields.sequence);
    bytes.set(fields.previous, PREVIOUS);
    putU32(bytes, CREATED, fields.created_s);
    putU32(bytes, CLAIM_BY, fields.claimBy_s);
    putU32(bytes, RECEIVED, fields.received);
    bytes[HOPS] = fields.terms.hops;
    bytes[HOPS_LIMIT] = fields.terms.hopsLimit;
    putU32(bytes, EXPIRES, fields.terms.expires_s);
    let total = fields.received;
    for (let i = 0; i < fields.notes.length; i++) {
      const at = INPUTS + 1 + i * INPUT_BYTES;
      bytes.set(fields.notes[i].id, at + 2);
      putU32(bytes, at + 11, fields.notes[i].amount);
      total += fields.notes[i].amount;
    }
    putU32(bytes, TOTAL, total);
    signInPlace(crypto, payerKey, bytes);
    return new Transfer(bytes, false);
  }

  /**
   * Undefined when any byte of the shape is off, when the inputs do not add up to the total, an input is zero
   * or named twice, the terms contradict the inputs, or received value has a target.
   */
  static parse(bytes: Uint8Array): Transfer | undefined {
    if (bytes.length <= INPUTS) return undefined;
    const count = bytes[INPUTS] & 0x1f;
    return count <= TRANSFER_NOTES_MAX && SHAPES[count].fits(bytes) ? Transfer.sane(bytes) : undefined;
  }

  /** Of bytes that fit the shape. */
  private static sane(bytes: Uint8Array): Transfer | undefined {
    const transfer = new Transfer(bytes, true);
    return transfer.#adds() ? transfer : undefined;
  }

  /**
   * As it travels in a touch: PROTOCOL.md, Compact forms. `isAsked`: to a payee who has its invoice at hand.
   */
  compact(isAsked: boolean): Uint8Array {
    const packed = isAsked ? this.#packed : undefined;
    this.#packed = undefined;
    return packed ?? SHAPES[this.noteCount].compact(this.bytes, isAsked);
  }

  /** Keeps the compact form for a payee who has its invoice at hand, until it is asked for. */
  pack(): void {
    this.#packed = this.compact(true);
  }

  /**
   * The transfer whose compact form begins at `at`, and the position behind it; undefined for none. `known`:
   * what does not travel.
   */
  static expand(
    compact: Uint8Array,
    at: number,
    known: KnownOfTransfer,
  ): { transfer: Transfer; end: number } | undefined {
    const { notes } = known;
    if (notes.length > TRANSFER_NOTES_MAX) return undefined;
    const shape = SHAPES[notes.length];
    const bytes = shape.blank();
    bytes.set(known.payer, PAYER);
    bytes.set(known.payee, PAYEE);
    bytes.set(known.currency, CURRENCY);
    if (known.invoice) bytes.set(known.invoice, INVOICE);
    for (let i = 0; i < notes.length; i++) bytes.set(notes[i].id, INPUTS + 3 + i * INPUT_BYTES);
    const end = shape.expand(compact, at, bytes, known.invoice !== undefined);
    if (end < 0) return undefined;
    let total = getU32(bytes, RECEIVED);
    for (let i = 0; i < notes.length; i++) total += getU32(bytes, INPUTS + 12 + i * INPUT_BYTES);
    putU32(bytes, TOTAL, total);
    const transfer = Transfer.sane(bytes);
    return transfer && { transfer, end };
  }

  #adds(): boolean {
    const { received, hops, hopsLimit } = this;
    if (hops === 0 ? received !== 0 : received === 0) return false;
    if (hops >= hopsLimit || hopsLimit > HOPS_MAX) return false;
    if (!isTarget(this.target) || (this.target !== 0 && received !== 0)) return false;
    let left = this.total;
    if (!isAmount(left) || received > left) return false;
    left -= received;
    const count = this.noteCount;
    for (let i = 0; i < count; i++) {
      const part = this.noteAmount(i);
      if (part === 0 || part > left) return false;
      left -= part;
      for (let j = 0; j < i; j++) if (this.#sameNote(i, j)) return false;
    }
    return left === 0;
  }

  #sameNote(i: number, j: number): boolean {
    const a = this.noteId(i);
    const b = this.noteId(j);
    for (let k = 0; k < 8; k++) if (a[k] !== b[k]) return false;
    return true;
  }

  verify(crypto: Crypto, payerPublicKey: Uint8Array): boolean {
    return verifySigned(crypto, payerPublicKey, this.bytes);
  }

  /** SHA-256 of the whole object, signature included: its name everywhere. */
  hash(crypto: Crypto): Uint8Array {
    return crypto.sha256(this.bytes);
  }

  get payee(): Uint8Array {
    return this.bytes.subarray(PAYEE, PAYEE + 8);
  }
  get currency(): Uint8Array {
    return this.bytes.subarray(CURRENCY, CURRENCY + 3);
  }
  get purpose(): number {
    return this.#fields.getUint16(PURPOSE);
  }
  get target(): number {
    return this.#fields.getUint32(TARGET);
  }
  /** See `tagOf`. */
  get tag(): number {
    return tagOf(this);
  }
  get sequence(): number {
    return this.#fields.getUint32(SEQUENCE);
  }
  get previous(): Uint8Array {
    return this.bytes.subarray(PREVIOUS, PREVIOUS + 32);
  }
  get created_s(): number {
    return this.#fields.getUint32(CREATED);
  }
  get claimBy_s(): number {
    return this.#fields.getUint32(CLAIM_BY);
  }
  get hops(): number {
    return this.bytes[HOPS];
  }
  get hopsLimit(): number {
    return this.bytes[HOPS_LIMIT];
  }
  noteId(index: number): Uint8Array {
    const at = INPUTS + 3 + index * INPUT_BYTES;
    return this.bytes.subarray(at, at + 8);
  }
  noteAmount(index: number): number {
    return this.#fields.getUint32(INPUTS + 12 + index * INPUT_BYTES);
  }
}
