import { parseEntry } from '../../../firmware/ledger/journal-entry.js';
import { hex } from '../bytes.js';
import { BankError } from '../codes.js';
import type { Context } from '../context.js';
import type { Sql } from '../db/database.js';
import type { Place, TransferRow } from '../db/rows.js';
import { deviceRow } from './accounts.js';
import { transferNamed } from './receipts.js';

/**
 * Whether a payment stands: `pending` until the journals of both sides have shown it, since only then it is
 * known that the payer has paid this once and had the money; `returned` when its value is the payer's again.
 */
export type Verification = 'pending' | 'verified' | 'returned';

/** What the registration centre has of one payment (R18, R21). */
export interface RegistryRecord {
  /** Name of the transfer, 32 bytes. */
  readonly transfer: Uint8Array;
  readonly payer: Uint8Array;
  readonly payee: Uint8Array;
  /** Whose the value is, 8 bytes; null while it is in flight. */
  readonly owner: Uint8Array | null;
  /** Minor units. */
  readonly amount: number;
  readonly currency: string;
  readonly purpose: number;
  /** Bank time at which either side has shown it first. */
  readonly seen_s: number;
  readonly place: Place;
  readonly verification: Verification;
}

/**
 * The record of the payment in entry `sequence` of the journal of a device (8 bytes), on whichever side it
 * was. Throws BankError `unknown-device`, `unknown-payment`.
 */
export async function recordOf(
  context: Context,
  device: Uint8Array,
  sequence: number,
): Promise<RegistryRecord> {
  return context.database.transaction(async (sql) => {
    await deviceRow(sql, device);
    const hash = await nameAt(context, sql, device, sequence);
    const [row] = await sql.rows<TransferRow>(
      'select * from transfers where hash = $1 or (payer = $2 and sequence = $3) order by hash = $1 desc limit 1',
      [hash ?? new Uint8Array(0), device, sequence],
    );
    if (!row)
      throw new BankError('unknown-payment', `entry ${sequence} of ${hex(device)} is no payment known here`);
    const { payer, payee, total: amount, currency, purpose, seen_s, place } = row;
    const of = { payer, payee, amount, currency, purpose, seen_s, place };
    return { transfer: row.hash, ...of, owner: ownerOf(row), verification: verificationOf(row) };
  });
}

/** What the device's own journal has under that number; undefined when it has not come here. */
async function nameAt(
  context: Context,
  sql: Sql,
  device: Uint8Array,
  sequence: number,
): Promise<Uint8Array | undefined> {
  const [row] = await sql.rows<{ bytes: Uint8Array }>(
    'select bytes from journal where device = $1 and sequence = $2',
    [device, sequence],
  );
  const entry = row && parseEntry(device, row.bytes);
  return entry && transferNamed(context, entry);
}

const isPayees = ({ place }: TransferRow): boolean => place === 'payee' || place === 'late';

function ownerOf(row: TransferRow): Uint8Array | null {
  if (row.place === 'in-flight') return null;
  return isPayees(row) ? row.payee : row.payer;
}

function verificationOf(row: TransferRow): Verification {
  if (row.place === 'in-flight') return 'pending';
  if (!isPayees(row)) return 'returned';
  return row.payer_state !== 'unseen' && row.payee_booked ? 'verified' : 'pending';
}
