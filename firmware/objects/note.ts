import type { Crypto } from '../../hal/crypto.js';
import { HOPS_MAX, PURPOSE_MAX } from '../limits.js';
import { isAmount } from './amount.js';
import { fieldTiny, fieldU16, fieldU32, Shape } from './shape.js';
import { signInPlace, verifySigned } from './signed.js';

const SHAPE = new Shape(
  16,
  2,
  `
  id 8
  issuer u32
  endorsement u16 rare
  value u32
  currency 3 known
  owner 8 known
  issued_s u32
  expires_s u32
  hopsMax tiny
  purpose u16 rare
  registry u16 rare
  place u32 rare
  payee 8 rare
  target u32 rare
  signature 64
`,
);
const [
  ID,
  ISSUER,
  ENDORSEMENT,
  VALUE,
  CURRENCY,
  OWNER,
  ISSUED,
  EXPIRES,
  HOPS,
  PURPOSE,
  REGISTRY,
  PLACE,
  PAYEE,
  TARGET,
] = SHAPE.offsets;

export const NOTE_BYTES = SHAPE.length;

export interface NoteFields {
  /** 8 bytes, unique in the registry. */
  id: Uint8Array;
  issuer: number;
  /** Version of the issuer's endorsement whose key signs; 0 when left out. */
  endorsement?: number;
  /** Minor units. */
  value: number;
  /** ISO 4217 code, 3 ASCII bytes. */
  currency: Uint8Array;
  /** Device that may spend it, 8 bytes. */
  owner: Uint8Array;
  issued_s: number;
  expires_s: number;
  /** How often its value may change hands before it must meet a bank. */
  hopsMax: number;
  /** 0, or the only merchant category that it may be paid to. */
  purpose: number;
  registry: number;
  /** The only place where it may be spent; 0, or left out: anywhere. */
  place?: number;
  /** The only device that it may be paid to, 8 bytes; left out: any. */
  payee?: Uint8Array;
  /**
   * Number of the target under which its bank keeps it apart, above PURPOSE_MAX: it is paid with no other
   * money. 0, or left out: none.
   */
  target?: number;
}

/** Note (currency string): an operator's promise to one device. Spent in parts, the change stays on it. */
export class Note {
  /** Its fields, for whoever shows bytes to people. */
  static get shape(): Shape {
    return SHAPE;
  }

  readonly #fields: DataView;

  private constructor(readonly bytes: Uint8Array) {
    this.#fields = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  static build(crypto: Crypto, issuerKey: Uint8Array, fields: NoteFields): Note {
    const bytes = SHAPE.blank();
    bytes.set(fields.id, ID);
    fieldU32(bytes, ISSUER, fields.issuer);
    fieldU16(bytes, ENDORSEMENT, fields.endorsement ?? 0);
    fieldU32(bytes, VALUE, fields.value);
    bytes.set(fields.currency, CURRENCY);
    bytes.set(fields.owner, OWNER);
    fieldU32(bytes, ISSUED, fields.issued_s);
    fieldU32(bytes, EXPIRES, fields.expires_s);
    fieldTiny(bytes, HOPS, fields.hopsMax);
    fieldU16(bytes, PURPOSE, fields.purpose);
    fieldU16(bytes, REGISTRY, fields.registry);
    fieldU32(bytes, PLACE, fields.place ?? 0);
    if (fields.payee) bytes.set(fields.payee, PAYEE);
    fieldU32(bytes, TARGET, fields.target ?? 0);
    signInPlace(crypto, issuerKey, bytes);
    return new Note(bytes);
  }

  /** Undefined when any byte of the shape is off, or value, hops or target are out of bounds. */
  static parse(bytes: Uint8Array): Note | undefined {
    return SHAPE.fits(bytes) ? Note.sane(bytes) : undefined;
  }

  /** Of bytes that fit the shape. */
  private static sane(bytes: Uint8Array): Note | undefined {
    const note = new Note(bytes);
    const sane = isAmount(note.value) && note.hopsMax > 0 && note.hopsMax <= HOPS_MAX;
    return sane && isTarget(note.target) ? note : undefined;
  }

  verify(crypto: Crypto, issuerPublicKey: Uint8Array): boolean {
    return verifySigned(crypto, issuerPublicKey, this.bytes);
  }

  /** As it travels in a touch: PROTOCOL.md, Compact forms. */
  get compact(): Uint8Array {
    return SHAPE.compact(this.bytes);
  }

  /**
   * The note whose compact form begins at `at`, in this currency (3) and of this owner (8), and the position
   * behind it; undefined for none.
   */
  static expand(
    compact: Uint8Array,
    at: number,
    currency: Uint8Array,
    owner: Uint8Array,
  ): { note: Note; end: number } | undefined {
    const bytes = SHAPE.blank();
    bytes.set(currency, CURRENCY);
    bytes.set(owner, OWNER);
    const end = SHAPE.expand(compact, at, bytes);
    const note = end < 0 ? undefined : Note.sane(bytes);
    return note && { note, end };
  }

  get id(): Uint8Array {
    return this.bytes.subarray(ID, ID + 8);
  }
  get issuer(): number {
    return this.#fields.getUint32(ISSUER);
  }
  get endorsement(): number {
    return this.#fields.getUint16(ENDORSEMENT);
  }
  get value(): number {
    return this.#fields.getUint32(VALUE);
  }
  get currency(): Uint8Array {
    return this.bytes.subarray(CURRENCY, CURRENCY + 3);
  }
  get owner(): Uint8Array {
    return this.bytes.subarray(OWNER, OWNER + 8);
  }
  get issued_s(): number {
    return this.#fields.getUint32(ISSUED);
  }
  get expires_s(): number {
    return this.#fields.getUint32(EXPIRES);
  }
  get hopsMax(): number {
    return this.bytes[HOPS];
  }
  get purpose(): number {
    return this.#fields.getUint16(PURPOSE);
  }
  get registry(): number {
    return this.#fields.getUint16(REGISTRY);
  }
  get place(): number {
    return this.#fields.getUint32(PLACE);
  }
  /** Whether it names no payee. */
  get isForAnyone(): boolean {
    return this.#fields.getUint32(PAYEE) === 0 && this.#fields.getUint32(PAYEE + 4) === 0;
  }
  /** All zeros: any. */
  get payee(): Uint8Array {
    return this.bytes.subarray(PAYEE, PAYEE + 8);
  }
  get target(): number {
    return this.#fields.getUint32(TARGET);
  }
  /** See `tagOf`. */
  get tag(): number {
    return tagOf(this);
  }
}

/** Numbers of targets and merchant categories never meet. */
export const isTarget = (target: number): boolean => target === 0 || target > PURPOSE_MAX;

/** What money must have in common to be paid as one: the target, where it has one, else the purpose. */
export const tagOf = ({ target, purpose }: { readonly target: number; readonly purpose: number }): number =>
  target === 0 ? purpose : target;
