import type { Crypto } from '../../hal/crypto.js';
import { concat, sameBytes } from '../bytes.js';
import { CERTIFICATE_BYTES, Certificate } from './certificate.js';
import { OPERATOR_BYTES, Operator } from './operator.js';
import { RECEIPT_BYTES, Receipt } from './receipt.js';
import { isSound } from './sound.js';
import { Transfer } from './transfer.js';

/** Array of 7: the type, 10, and six objects. The transfer is last, since its length varies. */
const HEAD = Uint8Array.of(0x87, 10);
const PAYER_AT = HEAD.length + RECEIPT_BYTES;
const PAYEE_AT = PAYER_AT + CERTIFICATE_BYTES + OPERATOR_BYTES;
const TRANSFER_AT = PAYEE_AT + CERTIFICATE_BYTES + OPERATOR_BYTES;

/** What keeps a receipt from proving anything. None ever changes its meaning. */
export const ReceiptFault = {
  /** Not these objects in this order, or something before, between or after them. */
  malformed: 1,
  /** The transfer says what no wallet signs. */
  unsound: 2,
  /** The receipt is the last word on another transfer. */
  otherTransfer: 3,
  /** A certificate is not the payer's, or not the payee's. */
  otherDevice: 4,
  /** An endorsement is not the one that the certificate names, by operator and version. */
  otherOperator: 5,
  /** A certificate, or its operator's endorsement, had run out when the transfer was signed. */
  expired: 6,
  /** The root has not signed an endorsement. */
  root: 7,
  /** The operator has not signed a certificate. */
  certificate: 8,
  /** The payer has not signed the transfer, or the payee the receipt. */
  signature: 9,
} as const;
export type ReceiptFault = (typeof ReceiptFault)[keyof typeof ReceiptFault];

/** Who signed, and what says whose the key is. */
export interface Party {
  readonly certificate: Certificate;
  /** The endorsement of the certificate's operator. */
  readonly operator: Operator;
}

/**
 * A receipt that stands alone: the payee's last word on one transfer, with all that it takes to check it by
 * the root's key. Both sides of a payment make the same bytes.
 */
export class StandaloneReceipt {
  private constructor(
    readonly bytes: Uint8Array,
    readonly receipt: Receipt,
    readonly transfer: Transfer,
    readonly payer: Party,
    readonly payee: Party,
  ) {}

  /** Read as whoever gets it will read it, and undefined where that fails; nothing else is checked. */
  static build(
    receipt: Receipt,
    transfer: Transfer,
    payer: Party,
    payee: Party,
  ): StandaloneReceipt | undefined {
    return StandaloneReceipt.parse(
      concat(
        HEAD,
        receipt.bytes,
        payer.certificate.bytes,
        payer.operator.bytes,
        payee.certificate.bytes,
        payee.operator.bytes,
        transfer.bytes,
      ),
    );
  }

  /** Undefined when any byte of the shape is off. The signatures are not looked at. */
  static parse(bytes: Uint8Array): StandaloneReceipt | undefined {
    if (bytes.length <= TRANSFER_AT || bytes[0] !== HEAD[0] || bytes[1] !== HEAD[1]) return undefined;
    const receipt = Receipt.parse(bytes.subarray(HEAD.length, PAYER_AT));
    const transfer = receipt && Transfer.parse(bytes.subarray(TRANSFER_AT));
    const payer = transfer && partyAt(bytes, PAYER_AT);
    const payee = payer && partyAt(bytes, PAYEE_AT);
    return payee ? new StandaloneReceipt(bytes, receipt, transfer, payer, payee) : undefined;
  }

  /**
   * What is wrong with it; undefined when it proves what it says. What costs little comes first; then the
   * signatures, from the root (its Ed25519 public key, 32 bytes) down. The date is the transfer's.
   */
  fault(crypto: Crypto, root: Uint8Array): ReceiptFault | undefined {
    const { receipt, transfer, payer, payee } = this;
    if (!isSound(transfer)) return ReceiptFault.unsound;
    if (!this.#isForTransfer(crypto)) return ReceiptFault.otherTransfer;
    if (!sameBytes(payer.certificate.id, transfer.payer) || !sameBytes(payee.certificate.id, transfer.payee))
      return ReceiptFault.otherDevice;
    return (
      certifiedFault(crypto, root, payer, transfer.created_s) ??
      certifiedFault(crypto, root, payee, transfer.created_s) ??
      (transfer.verify(crypto, payer.certificate.publicKey) &&
      receipt.verify(crypto, payee.certificate.publicKey)
        ? undefined
        : ReceiptFault.signature)
    );
  }

  #isForTransfer(crypto: Crypto): boolean {
    const { receipt, transfer } = this;
    return (
      sameBytes(receipt.payee, transfer.payee) &&
      sameBytes(receipt.payer, transfer.payer) &&
      sameBytes(receipt.invoice, transfer.invoice) &&
      sameBytes(receipt.transfer, transfer.hash(crypto))
    );
  }
}

function partyAt(bytes: Uint8Array, at: number): Party | undefined {
  const operatorAt = at + CERTIFICATE_BYTES;
  const certificate = Certificate.parse(bytes.subarray(at, operatorAt));
  const operator = certificate && Operator.parse(bytes.subarray(operatorAt, operatorAt + OPERATOR_BYTES));
  return operator && { certificate, operator };
}

/** An endorsement's `notBefore_s` is not looked at, as in a touch: a device's clock is a lower bound. */
function certifiedFault(
  crypto: Crypto,
  root: Uint8Array,
  { certificate, operator }: Party,
  time_s: number,
): ReceiptFault | undefined {
  const isIts = certificate.issuer === operator.number && certificate.endorsement === operator.version;
  if (!isIts) return ReceiptFault.otherOperator;
  if (time_s > certificate.notAfter_s || time_s > operator.notAfter_s) return ReceiptFault.expired;
  if (!operator.verify(crypto, root)) return ReceiptFault.root;
  return certificate.verify(crypto, operator.key) ? undefined : ReceiptFault.certificate;
}
