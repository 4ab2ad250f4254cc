import type { Crypto } from '../../hal/crypto.js';
import { getU32, NOTHING, sameBytes } from '../bytes.js';
import { AMOUNT_MAX } from '../limits.js';
import { CERTIFICATE_BYTES, Certificate } from '../objects/certificate.js';
import { fieldU32, Shape } from '../objects/shape.js';
import { signInPlace, verifySigned } from '../objects/signed.js';
import { Refusal } from '../protocol/refusal.js';
import { type GenuineCertificate, isRefusal, type Trust } from '../trust/trust.js';
import { buildNdef, type NdefRecord, parseNdef, Tnf } from './ndef.js';
import { TagFault } from './tag-fault.js';

/** UTF-8, then zeros. */
export const LABEL_BYTES = 24;

const SHAPE = new Shape(
  8,
  11,
  `
  certificate ${CERTIFICATE_BYTES}
  amount u32
  currency 3
  label ${LABEL_BYTES}
  created_s u32
  notAfter_s u32
  signature 64
`,
);
const [CERTIFICATE, AMOUNT, CURRENCY, LABEL, CREATED, UNTIL] = SHAPE.offsets;
export const PAYEE_TAG_BYTES = SHAPE.length;

/**
 * Type of our record: an external type of NFC Forum's record type definition, so `urn:nfc:ext:` stands before
 * it in other places. `.example` (RFC 2606) is nobody's, as AID `F0` is.
 */
export const RECORD_TYPE = 'tapnote.example:payee';
const TYPE = Uint8Array.from(RECORD_TYPE, (character) => character.charCodeAt(0));

export interface PayeeTagFields {
  /** Minor units; 0 leaves it to whoever pays. */
  readonly amount: number;
  /** ISO 4217, 3 ASCII bytes. */
  readonly currency: Uint8Array;
  /** What it is for: UTF-8, at most LABEL_BYTES bytes, no control characters. */
  readonly label: Uint8Array;
  readonly created_s: number;
  /** Last second in which it holds. */
  readonly notAfter_s: number;
}

/** The wallet of a payee. */
export interface PayeeView {
  readonly crypto: Crypto;
  readonly signingKey: Uint8Array;
  readonly certificate: Certificate;
  readonly currency: Uint8Array;
  readonly own_s: number;
}

/**
 * What a passive tag shows (R3): who is to be paid, how much and for what, signed by the payee's device. It
 * moves no money: it says only whom the next touch may pay. A view on its bytes.
 */
export class PayeeTag {
  /** Its fields, for whoever shows bytes to people. */
  static get shape(): Shape {
    return SHAPE;
  }

  private constructor(
    readonly bytes: Uint8Array,
    readonly certificate: Certificate,
  ) {}

  /** `key`: the payee's signing key, 64 bytes. Throws RangeError for what does not fit. */
  static build(crypto: Crypto, key: Uint8Array, certificate: Certificate, fields: PayeeTagFields): PayeeTag {
    const { amount, label } = fields;
    if (!isLabel(label)) throw new RangeError(`a label of ${label.length} bytes, or with control characters`);
    if (amount > AMOUNT_MAX) throw new RangeError(`${amount} is no amount`);
    const bytes = SHAPE.blank();
    bytes.set(certificate.bytes, CERTIFICATE);
    fieldU32(bytes, AMOUNT, amount);
    bytes.set(fields.currency, CURRENCY);
    bytes.set(label, LABEL);
    fieldU32(bytes, CREATED, fields.created_s);
    fieldU32(bytes, UNTIL, fields.notAfter_s);
    signInPlace(crypto, key, bytes);
    return new PayeeTag(bytes, certificate);
  }

  /**
   * A tag that shows the holder of `wallet`: from now on, and no longer than its certificate. Throws
   * RangeError for what does not fit.
   */
  static of(wallet: PayeeView, fields: Pick<PayeeTagFields, 'amount' | 'label' | 'notAfter_s'>): PayeeTag {
    const { crypto, signingKey, certificate, currency, own_s: created_s } = wallet;
    const notAfter_s = Math.min(fields.notAfter_s, certificate.notAfter_s);
    return PayeeTag.build(crypto, signingKey, certificate, { ...fields, currency, created_s, notAfter_s });
  }

  /** Undefined when any byte of the shape is off. The signatures are not looked at. */
  static parse(bytes: Uint8Array): PayeeTag | undefined {
    if (!SHAPE.fits(bytes)) return undefined;
    const own = bytes.slice();
    const certificate = Certificate.parse(own.subarray(CERTIFICATE, CERTIFICATE + CERTIFICATE_BYTES));
    if (!certificate || getU32(own, AMOUNT) > AMOUNT_MAX) return undefined;
    return isLabel(unpadded(own)) ? new PayeeTag(own, certificate) : undefined;
  }

  /** Whether the certified payee has signed it. The certificate is verified apart. */
  verify(crypto: Crypto): boolean {
    return verifySigned(crypto, this.certificate.publicKey, this.bytes);
  }

  /** Minor units; undefined where whoever pays says how much. */
  get amount(): number | undefined {
    return getU32(this.bytes, AMOUNT) || undefined;
  }
  get currency(): Uint8Array {
    return this.bytes.subarray(CURRENCY, CURRENCY + 3);
  }
  /** UTF-8, without the zeros behind it. */
  get label(): Uint8Array {
    return unpadded(this.bytes);
  }
  /** For the record: a wallet's clock is a lower bound, so that no date of beginning is looked at. */
  get created_s(): number {
    return getU32(this.bytes, CREATED);
  }
  get notAfter_s(): number {
    return getU32(this.bytes, UNTIL);
  }

  /** The message that a tag carries. */
  get message(): Uint8Array {
    return buildNdef([{ tnf: Tnf.external, type: TYPE, id: NOTHING, payload: this.bytes }]);
  }
}

function unpadded(bytes: Uint8Array): Uint8Array {
  let end = LABEL + LABEL_BYTES;
  while (end > LABEL && bytes[end - 1] === 0) end--;
  return bytes.subarray(LABEL, end);
}

/** No control character, so no zero between its bytes either. */
const isLabel = (label: Uint8Array): boolean =>
  label.length <= LABEL_BYTES && label.every((byte) => byte >= 0x20 && byte !== 0x7f);

/** The one payee of a message, among records of other kinds; nothing about it is verified. */
export function payeeIn(message: Uint8Array): PayeeTag | TagFault {
  const records = parseNdef(message);
  if (typeof records === 'number') return records;
  const ours = records.filter(isOurs);
  if (ours.length === 0)
    return records.every(({ tnf }) => tnf === Tnf.empty) ? TagFault.empty : TagFault.foreign;
  if (ours.length > 1) return TagFault.several;
  return PayeeTag.parse(ours[0].payload) ?? TagFault.malformed;
}

/** External types are compared without regard to case (record type definition 1.0, 3.3). */
const isOurs = ({ tnf, type }: NdefRecord): boolean =>
  tnf === Tnf.external && sameBytes(type.map(lowerCase), TYPE);

const lowerCase = (byte: number): number => (byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte);

/** What whoever reads a tag knows. */
export interface TagReaderView {
  readonly crypto: Crypto;
  readonly trust: Trust;
  /** ISO 4217, 3 ASCII bytes. */
  readonly currency: Uint8Array;
  readonly own_s: number;
}

const FAULT_OF: Readonly<Record<number, TagFault>> = {
  [Refusal.certificateExpired]: TagFault.certificateExpired,
  [Refusal.hotListed]: TagFault.hotListed,
};

/**
 * Why a payee tag is not believed; else its certificate. As in a touch the operator's signature comes first,
 * then dates and the hot list; then what the payee has signed.
 */
export function admitPayee(
  tag: PayeeTag,
  { crypto, trust, currency, own_s }: TagReaderView,
): GenuineCertificate | TagFault {
  const admitted = trust.admit(tag.certificate, own_s);
  if (isRefusal(admitted)) return FAULT_OF[admitted] ?? TagFault.certificate;
  if (!tag.verify(crypto)) return TagFault.signature;
  if (own_s > tag.notAfter_s) return TagFault.expired;
  return sameBytes(tag.currency, currency) ? admitted : TagFault.currency;
}
