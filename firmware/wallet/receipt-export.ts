import { type JournalEntry, parseEntry } from '../ledger/journal-entry.js';
import type { Certificate } from '../objects/certificate.js';
import type { Receipt } from '../objects/receipt.js';
import { type Party, StandaloneReceipt } from '../objects/standalone-receipt.js';
import type { Transfer } from '../objects/transfer.js';
import type { Wallet } from './wallet.js';

/** Why a wallet exports no receipt. None ever changes its meaning. */
export const ExportRefusal = {
  /** The PIN is wrong. */
  pin: 1,
  pinLocked: 2,
  /** There is no PIN that could show who asks. */
  pinUnset: 3,
  /** The flash cannot count a try of the PIN. */
  pinUncounted: 4,
  /** No entry has this number, or it is not here any more. */
  noEntry: 5,
  /** The entry is no payment: a settlement, or an invoice that was closed before a transfer came. */
  noPayment: 6,
  /** The payee's word is not here: the transfer is in flight, or the bank has resolved it. */
  unanswered: 7,
  /** The transfer that this receipt answers is not here any more. */
  transferGone: 8,
  /** The counterparty's certificate is not remembered any more. */
  certificateGone: 9,
  /** What is here does not prove it: a certificate or an endorsement has been replaced since. */
  unproven: 10,
} as const;
export type ExportRefusal = (typeof ExportRefusal)[keyof typeof ExportRefusal];

type Payment = { readonly receipt: Receipt; readonly transfer: Transfer };

/**
 * The receipt of the payment that an entry of the journal is of, on whichever side: `sequence` is the entry
 * of the transfer, or of the receipt. Or why there is none. It shows what HISTORY shows, so it takes what
 * HISTORY takes: the PIN (ASCII digits).
 */
export function exportReceipt(
  wallet: Wallet,
  pin: Uint8Array,
  sequence: number,
): StandaloneReceipt | ExportRefusal {
  const refusal = refuseOwner(wallet, pin);
  if (refusal !== undefined) return refusal;
  const payment = paymentAt(wallet, sequence);
  return typeof payment === 'number' ? payment : proven(wallet, payment);
}

/** Why this PIN does not show that the owner asks; undefined when it does. It is no consent to a payment. */
export function refuseOwner(wallet: Wallet, pin: Uint8Array): ExportRefusal | undefined {
  const verdict = wallet.pin.verify(pin);
  if (verdict === 'right') return undefined;
  if (verdict === 'wrong') return ExportRefusal.pin;
  if (verdict === 'locked') return ExportRefusal.pinLocked;
  return verdict === 'unset' ? ExportRefusal.pinUnset : ExportRefusal.pinUncounted;
}

function paymentAt(wallet: Wallet, sequence: number): Payment | ExportRefusal {
  if (!wallet.isCertified) return ExportRefusal.noEntry;
  const bytes = wallet.entry(sequence);
  const entry = bytes && parseEntry(wallet.certificate.id, bytes, wallet.crypto.equal);
  if (!entry) return ExportRefusal.noEntry;
  if (entry.kind === 'settled') return ExportRefusal.noPayment;
  if (entry.kind === 'out') return withReceipt(wallet, entry.transfer, sequence);
  if (entry.kind === 'answer') return withTransfer(wallet, entry.receipt);
  const { receipt, transfer } = entry;
  return transfer ? { receipt, transfer } : ExportRefusal.noPayment;
}

/** The payee's answer comes after the transfer. */
function withReceipt(wallet: Wallet, transfer: Transfer, sequence: number): Payment | ExportRefusal {
  const hash = transfer.hash(wallet.crypto).slice();
  const isIt = (entry: JournalEntry) =>
    entry.kind === 'answer' && wallet.crypto.equal(entry.receipt.transfer, hash);
  const answer = find(wallet, transfer.invoice, sequence + 1, isIt);
  return answer?.kind === 'answer' ? { receipt: answer.receipt, transfer } : ExportRefusal.unanswered;
}

function withTransfer(wallet: Wallet, receipt: Receipt): Payment | ExportRefusal {
  const isIt = (entry: JournalEntry) =>
    entry.kind === 'out' && wallet.crypto.equal(entry.transfer.hash(wallet.crypto), receipt.transfer);
  const out = find(wallet, receipt.invoice, 1, isIt);
  return out?.kind === 'out' ? { receipt, transfer: out.transfer } : ExportRefusal.transferGone;
}

function find(
  wallet: Wallet,
  invoice: Uint8Array,
  from: number,
  isIt: (entry: JournalEntry) => boolean,
): JournalEntry | undefined {
  let found: JournalEntry | undefined;
  wallet.journal.search(invoice, from, (entry) => {
    if (isIt(entry)) found = entry;
    return found !== undefined;
  });
  return found;
}

/** With the certificates of both sides; checked as whoever gets it will check it. */
function proven(wallet: Wallet, { receipt, transfer }: Payment): StandaloneReceipt | ExportRefusal {
  const { crypto, certificate, trust } = wallet;
  const isPayer = crypto.equal(transfer.payer, certificate.id);
  const own = partyOf(wallet, certificate);
  const others = trust.certificateCache.certificatesOf(isPayer ? transfer.payee : transfer.payer);
  if (others.length === 0) return ExportRefusal.certificateGone;
  for (const other of others) {
    const theirs = partyOf(wallet, other);
    if (!own || !theirs) continue;
    const [payer, payee] = isPayer ? [own, theirs] : [theirs, own];
    const built = StandaloneReceipt.build(receipt, transfer, payer, payee);
    if (built && built.fault(crypto, trust.root) === undefined) return built;
  }
  return ExportRefusal.unproven;
}

function partyOf({ trust }: Wallet, certificate: Certificate): Party | undefined {
  const operator = trust.operator(certificate.issuer, certificate.endorsement);
  return operator && { certificate, operator };
}
