import { type JournalEntry, parseEntry } from '../../../firmware/ledger/journal-entry.js';
import { Certificate } from '../../../firmware/objects/certificate.js';
import { Receipt } from '../../../firmware/objects/receipt.js';
import { type Party, StandaloneReceipt } from '../../../firmware/objects/standalone-receipt.js';
import { Transfer } from '../../../firmware/objects/transfer.js';
import { hex } from '../bytes.js';
import { BankError } from '../codes.js';
import type { Context } from '../context.js';
import type { Sql } from '../db/database.js';
import { keyOfVersion } from '../keys.js';
import { ownDevice } from './accounts.js';

/** Of a transfer, what a receipt needs. */
interface TransferWords {
  readonly hash: Uint8Array;
  readonly payee: Uint8Array;
  readonly invoice: Uint8Array;
  readonly bytes: Uint8Array;
  readonly accepted: Uint8Array | null;
  readonly voided: Uint8Array | null;
}

/**
 * The receipt of the payment that entry `sequence` of the device's journal is of, on whichever side: as the
 * device itself exports it, and where it cannot any more. Throws BankError `unknown-payment`, `unanswered`,
 * `unproven`.
 */
export async function receiptOf(
  context: Context,
  account: number,
  device: Uint8Array,
  sequence: number,
): Promise<Uint8Array> {
  return context.database.transaction(async (sql) => {
    await ownDevice(sql, account, device);
    const { receipt, transfer } = await paymentAt(context, sql, device, sequence);
    const payer = await partyOf(context, sql, transfer.payer);
    const payee = await partyOf(context, sql, transfer.payee);
    const built = StandaloneReceipt.build(receipt, transfer, payer, payee);
    if (!built || built.fault(context.crypto, context.keys.rootPublic) !== undefined)
      throw new BankError('unproven', 'a certificate or an endorsement has been replaced since');
    return built.bytes;
  });
}

/** Throws BankError `unknown-payment`, `unanswered`. */
export async function paymentAt(
  context: Context,
  sql: Sql,
  device: Uint8Array,
  sequence: number,
): Promise<{ receipt: Receipt; transfer: Transfer }> {
  const [row] = await sql.rows<{ bytes: Uint8Array }>(
    'select bytes from journal where device = $1 and sequence = $2',
    [device, sequence],
  );
  const entry = row && parseEntry(device, row.bytes);
  const hash = entry && transferNamed(context, entry);
  const [words] = hash
    ? await sql.rows<TransferWords>(
        'select hash, payee, invoice, bytes, accepted, voided from transfers where hash = $1',
        [hash],
      )
    : [];
  if (!entry || !words)
    throw new BankError('unknown-payment', `entry ${sequence} of ${hex(device)} is no payment known here`);
  const receipt = 'receipt' in entry ? entry.receipt : await lastWord(sql, words);
  if (!receipt) throw new BankError('unanswered', 'the payee has not said what became of it');
  return { receipt, transfer: Transfer.parse(words.bytes)! };
}

/** Hash of the transfer that an entry is of or about; undefined for a settlement. */
export function transferNamed({ crypto }: Context, entry: JournalEntry): Uint8Array | undefined {
  if (entry.kind === 'settled') return undefined;
  return entry.kind === 'out' ? entry.transfer.hash(crypto) : entry.receipt.transfer;
}

/**
 * A void holds against an acceptance: see settlement/transfers.ts. Of voids, the one that names the transfer:
 * what closed its invoice before it was seen stands alone for nothing.
 */
async function lastWord(
  sql: Sql,
  { hash, payee, invoice, accepted, voided }: TransferWords,
): Promise<Receipt | undefined> {
  const [naming] = voided
    ? await sql.rows<{ receipt: Uint8Array }>(
        'select receipt from voids where payee = $1 and invoice = $2 and transfer = $3',
        [payee, invoice, hash],
      )
    : [];
  const word = voided ? naming?.receipt : accepted;
  return word ? Receipt.parse(word) : undefined;
}

async function partyOf({ keys }: Context, sql: Sql, device: Uint8Array): Promise<Party> {
  const [row] = await sql.rows<{ certificate: Uint8Array }>('select certificate from devices where id = $1', [
    device,
  ]);
  const certificate = Certificate.parse(row.certificate)!;
  const { issuer, endorsement } = certificate;
  return { certificate, operator: keyOfVersion(keys.operators.get(issuer)!, endorsement)!.endorsement };
}
