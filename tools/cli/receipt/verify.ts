import { Role } from '../../../firmware/objects/certificate.js';
import { Outcome } from '../../../firmware/objects/receipt.js';
import { type Party, ReceiptFault, StandaloneReceipt } from '../../../firmware/objects/standalone-receipt.js';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import { currencyText, hex } from '../../../sim/bank/bytes.js';
import { moneyText, nameOf, utc } from '../../../sim/words.js';
import { CliError } from '../cli-error.js';
import { readUserFile } from '../files/user-file.js';
import { Exit } from '../output/exit.js';
import { table } from '../output/table.js';

/** Far more than a receipt has: the answer to what is longer is the same, whatever it is. */
const FILE_BYTES_MAX = 4_096;

const FAULT_WORDS: Readonly<Record<ReceiptFault, string>> = {
  [ReceiptFault.malformed]: 'it is no receipt that stands alone, or not only that',
  [ReceiptFault.unsound]: 'its transfer says what no wallet signs',
  [ReceiptFault.otherTransfer]: 'the receipt in it is for another transfer',
  [ReceiptFault.otherDevice]: 'a certificate in it is of another device',
  [ReceiptFault.otherOperator]: 'an endorsement in it is of another operator than the certificate names',
  [ReceiptFault.expired]: 'a certificate or an endorsement in it had run out at the time of the payment',
  [ReceiptFault.root]: 'an operator in it is not endorsed by this root',
  [ReceiptFault.certificate]: 'a certificate in it is not signed by its operator',
  [ReceiptFault.signature]: 'the payer has not signed the transfer, or the payee not the receipt',
};

/** What the root's key alone does not show. */
const NOT_PROVEN = [
  'whether a device was, or is now, on the hot list',
  'whether the payer had the money, or paid with it twice: that shows when both have synced',
  'that the times are right: each is what a device said, and a device can lie',
  'who holds the devices: the operators know',
] as const;

/** What a receipt proves, for programs. Amounts in minor units. */
export interface Proven {
  readonly outcome: keyof typeof Outcome;
  readonly amount: number;
  readonly currency: string;
  readonly purpose: number;
  readonly payer: ProvenParty;
  readonly payee: ProvenParty;
  /** The later of the payer's clock and the invoice's time, which is the payee's. */
  readonly paid_s: number;
  /** The payee's clock. */
  readonly answered_s: number;
  readonly invoice: Uint8Array;
  /** Its name: SHA-256. */
  readonly transfer: Uint8Array;
  readonly notProven: readonly string[];
}

export interface ProvenParty {
  readonly device: Uint8Array;
  readonly role: string;
  readonly category: number;
  readonly tier: number;
  /** Number of the entry in its journal. */
  readonly sequence: number;
  readonly certifiedUntil_s: number;
  readonly operator: number;
  readonly operatorKey: Uint8Array;
  readonly endorsedUntil_s: number;
}

/** Reads a receipt from a file and checks it. `root`: public key, 32 bytes. Throws CliError. */
export function verifyFile(path: string, root: Uint8Array): Proven {
  const read = StandaloneReceipt.parse(readUserFile(path, FILE_BYTES_MAX));
  const fault = read ? read.fault(opensslCrypto, root) : ReceiptFault.malformed;
  if (!read || fault !== undefined) throw faulty(path, fault ?? ReceiptFault.malformed);
  return provenBy(read);
}

const faulty = (path: string, fault: ReceiptFault): CliError =>
  new CliError(Exit.violated, `receipt-${nameOf(ReceiptFault, fault)}`, `${path}: ${FAULT_WORDS[fault]}`);

function provenBy({ receipt, transfer, payer, payee }: StandaloneReceipt): Proven {
  return {
    outcome: receipt.outcome === Outcome.accepted ? 'accepted' : 'void',
    amount: transfer.total,
    currency: currencyText(transfer.currency),
    purpose: transfer.purpose,
    payer: party(payer, transfer.sequence),
    payee: party(payee, receipt.sequence),
    paid_s: transfer.created_s,
    answered_s: receipt.created_s,
    invoice: transfer.invoice,
    transfer: receipt.transfer,
    notProven: NOT_PROVEN,
  };
}

const party = ({ certificate, operator }: Party, sequence: number): ProvenParty => ({
  device: certificate.id,
  role: nameOf(Role, certificate.role),
  category: certificate.category,
  tier: certificate.tier,
  sequence,
  certifiedUntil_s: certificate.notAfter_s,
  operator: operator.number,
  operatorKey: operator.key,
  endorsedUntil_s: operator.notAfter_s,
});

/** The same for people. */
export function tellProven(proven: Proven, root: Uint8Array): string[] {
  const { outcome, amount, currency, purpose, payer, payee, paid_s, answered_s } = proven;
  const isAccepted = outcome === 'accepted';
  const sum = moneyText(amount, currency);
  const rows = [
    ['amount', purpose === 0 ? sum : `${sum}, for merchant category ${purpose} only`],
    ['payer', partyWords(payer)],
    ['payee', partyWords(payee)],
    [isAccepted ? 'paid' : 'offered', `${utc(paid_s)}, the later of what the clocks of the two said`],
    [outcome, `${utc(answered_s)}, by the payee’s clock`],
    ['invoice', hex(proven.invoice)],
    ['transfer', hex(proven.transfer)],
    ['root', hex(root)],
  ];
  return [
    isAccepted
      ? 'Proven: the payer handed this over, and the payee has signed that it has it.'
      : 'Proven: the payer offered this, and the payee has signed that it has not taken it and never will.',
    ...table(rows.map(([name, words]) => [`  ${name}`, words])),
    'Not proven by it:',
    ...NOT_PROVEN.map((line) => `  ${line}`),
  ];
}

const partyWords = (each: ProvenParty): string =>
  [
    `device ${hex(each.device)} (${each.role}${each.category === 0 ? '' : `, category ${each.category}`})`,
    `entry ${each.sequence} of its journal`,
    `certified until ${utc(each.certifiedUntil_s)} by operator ${each.operator}`,
    `which the root endorsed until ${utc(each.endorsedUntil_s)}`,
  ].join(', ');
