import type { Crypto } from '../../hal/crypto.js';
import { concat, getU32 } from '../bytes.js';
import { isAmount } from '../objects/amount.js';
import { fieldU32, Shape } from '../objects/shape.js';
import { signInPlace, verifySigned } from '../objects/signed.js';
import { AccountCertificate } from './account-certificate.js';
import { base45Decode, base45Encode, base45Into, base45Length } from './base45.js';

/*
 * The second layer, as it is signed. The hash is SHA-256 of the first layer, and does not travel: whoever
 * reads the code has the first layer at hand.
 */
const PLAIN_TYPE = 21;
const PRICED_TYPE = 22;
const PLAIN = new Shape(
  6,
  PLAIN_TYPE,
  `
  certificate 32 known
  created_s u32
  validity_s 1
  counter u32
  signature 64
`,
);
const PRICED = new Shape(
  7,
  PRICED_TYPE,
  `
  certificate 32 known
  created_s u32
  validity_s 1
  counter u32
  amount u32
  signature 64
`,
);
/** The first fields of both stand at the same places. */
const [CERTIFICATE, CREATED, VALIDITY, COUNTER, AMOUNT] = PRICED.offsets;

/** What a code begins with: the version of this format, and the type of its second layer. */
export const CODE_VERSION = 1;
const HEAD_BYTES = 2;
export const CODE_PREFIX = 'TN1:';

const WRAPPED_BYTES = HEAD_BYTES + AccountCertificate.shape.compactBytes;
/** Of the whole code, both layers: 202 bytes, and 206 with an amount. */
export const CODE_BYTES = WRAPPED_BYTES + PLAIN.compactBytes;
export const PRICED_CODE_BYTES = WRAPPED_BYTES + PRICED.compactBytes;

/** Characters of a code of so many bytes. */
export const codeCharacters = (bytes: number): number => CODE_PREFIX.length + base45Length(bytes);
const CODE_CHARACTERS = codeCharacters(CODE_BYTES);
const PRICED_CODE_CHARACTERS = codeCharacters(PRICED_CODE_BYTES);

/** Whether a text, a byte a character, begins as codes do. */
export function hasPrefix(text: Uint8Array): boolean {
  for (let i = 0; i < CODE_PREFIX.length; i++) if (text[i] !== CODE_PREFIX.charCodeAt(i)) return false;
  return true;
}

export interface AccountCodeFields {
  created_s: number;
  /** How long it may be shown, from `created_s` on: 1 to 255 seconds. */
  validity_s: number;
  /** Counts the user's codes: each has a higher one than those before. */
  counter: number;
  /** Minor units, where the terminal has shown its price first. */
  amount?: number | undefined;
}

/** The code of an account (R28): a platform's certificate of the user, and the user's signature of now. */
export class AccountCode {
  /** Fields of the second layer, without and with an amount, for whoever shows bytes to people. */
  static get shapes(): readonly Shape[] {
    return [PLAIN, PRICED];
  }

  /** `layer`: the second layer in CBOR; its hash of the first may be missing. */
  private constructor(
    readonly certificate: AccountCertificate,
    private readonly shape: Shape,
    private readonly layer: Uint8Array,
  ) {}

  /** `userKey`: signing key, 64 bytes. Throws RangeError for a number that does not fit. */
  static build(
    crypto: Crypto,
    userKey: Uint8Array,
    certificate: AccountCertificate,
    { created_s, validity_s, counter, amount }: AccountCodeFields,
  ): AccountCode {
    if (!(Number.isInteger(validity_s) && validity_s > 0 && validity_s < 256))
      throw new RangeError(`${validity_s} seconds do not fit one byte`);
    if (amount !== undefined && !isAmount(amount)) throw new RangeError(`${amount} is no amount`);
    const shape = amount === undefined ? PLAIN : PRICED;
    const layer = shape.blank();
    layer.set(crypto.sha256(certificate.bytes), CERTIFICATE);
    fieldU32(layer, CREATED, created_s);
    layer[VALIDITY] = validity_s;
    fieldU32(layer, COUNTER, counter);
    if (amount !== undefined) fieldU32(layer, AMOUNT, amount);
    signInPlace(crypto, userKey, layer);
    return new AccountCode(certificate, shape, layer);
  }

  /**
   * Reads the text of a QR code, a byte a character, as a scanner gives it. Undefined when it is none, to the
   * last character: another text never gives the same code. The signatures are not looked at.
   */
  static parse(text: Uint8Array): AccountCode | undefined {
    const { length } = text;
    if (length !== CODE_CHARACTERS && length !== PRICED_CODE_CHARACTERS) return undefined;
    if (!hasPrefix(text)) return undefined;
    const bytes = base45Decode(text, CODE_PREFIX.length);
    return bytes && AccountCode.fromBytes(bytes);
  }

  /**
   * Reads both layers as they travel: see `bytes`. Undefined when they are none, to the last byte. The
   * signatures are not looked at.
   */
  static fromBytes(bytes: Uint8Array): AccountCode | undefined {
    const [version, type] = bytes;
    if (version !== CODE_VERSION || (type !== PLAIN_TYPE && type !== PRICED_TYPE)) return undefined;
    const shape = type === PLAIN_TYPE ? PLAIN : PRICED;
    const first = AccountCertificate.expand(bytes, HEAD_BYTES);
    if (!first) return undefined;
    const layer = shape.blank();
    if (shape.expand(bytes, first.end, layer) !== bytes.length) return undefined;
    const code = new AccountCode(first.certificate, shape, layer);
    const isSound = code.validity_s > 0 && (code.amount === undefined || isAmount(code.amount));
    return isSound ? code : undefined;
  }

  /** Both layers as they travel: CODE_BYTES, or PRICED_CODE_BYTES with an amount. */
  get bytes(): Uint8Array {
    const head = Uint8Array.of(CODE_VERSION, this.shape === PLAIN ? PLAIN_TYPE : PRICED_TYPE);
    return concat(head, this.certificate.compact, this.shape.compact(this.layer));
  }

  /** What the QR code says, in alphanumeric characters alone: 307 of them, and 313 with an amount. */
  get text(): string {
    return CODE_PREFIX + base45Encode(this.bytes);
  }

  /** `text`, a byte a character, as a scanner gives it and a QR code is drawn from it. */
  get textBytes(): Uint8Array {
    const { bytes } = this;
    const text = new Uint8Array(codeCharacters(bytes.length));
    for (let i = 0; i < CODE_PREFIX.length; i++) text[i] = CODE_PREFIX.charCodeAt(i);
    base45Into(text, CODE_PREFIX.length, bytes);
    return text;
  }

  /** Whether the certified user has signed it. The certificate is verified apart. */
  verify(crypto: Crypto): boolean {
    return verifySigned(crypto, this.certificate.publicKey, this.secondLayer(crypto));
  }

  /** The second layer in CBOR, with the hash of the first: as it is signed, and then its signature. */
  secondLayer(crypto: Crypto): Uint8Array {
    const layer = this.layer.slice();
    layer.set(crypto.sha256(this.certificate.bytes), CERTIFICATE);
    return layer;
  }

  get created_s(): number {
    return getU32(this.layer, CREATED);
  }
  get validity_s(): number {
    return this.layer[VALIDITY];
  }
  get counter(): number {
    return getU32(this.layer, COUNTER);
  }
  /** Minor units; undefined where the user has left it open. */
  get amount(): number | undefined {
    return this.shape === PRICED ? getU32(this.layer, AMOUNT) : undefined;
  }
}
