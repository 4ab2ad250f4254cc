/** The proof of one payment, for the owner of a device that made or received it. */
import { join, sameBytes } from '../../../firmware/bytes.js';
import { ownDevice } from '../accounts/accounts.js';
import { paymentAt } from '../accounts/receipts.js';
import { BankError } from '../codes.js';
import type { Context } from '../context.js';
import type { Sql } from '../db/database.js';
import { parseCheckpoint } from './checkpoint.js';
import { BLIND_BYTES, entriesOf, NAME_BYTES, OPENING_BYTES, parseRecord } from './leaf.js';
import { readLog, readTile } from './log-rows.js';
import { printProof } from './proof.js';
import { ENTRIES, TILE_WIDTH, TiledTree } from './tiles.js';

/**
 * A proof that the payment in entry `sequence` of the device's journal is in the log of its operator, for
 * whoever has that log's policy. Throws BankError `unknown-payment`, `unanswered`, `unlogged`.
 */
export async function proveToOwner(
  context: Context,
  account: number,
  device: Uint8Array,
  sequence: number,
): Promise<string> {
  return context.database.transaction(async (sql) => {
    await ownDevice(sql, account, device);
    const [{ operator }] = await sql.rows<{ operator: number }>(
      'select operator from devices where id = $1',
      [device],
    );
    const { receipt } = await paymentAt(context, sql, device, sequence);
    const leaf = await lastLeafOf(sql, operator, receipt.transfer);
    const checkpoint = (await readLog(sql, operator))?.published ?? '';
    const size = parseCheckpoint(checkpoint)?.size ?? 0;
    if (!leaf || leaf.index >= size)
      throw new BankError('unlogged', 'the log of its operator does not show this payment, or not yet');
    const { index, opening } = leaf;
    const tree = new TiledTree(context.crypto, size, async (name) => (await readTile(sql, operator, name))!);
    const extra = join(await entryAt(sql, operator, index), opening);
    return printProof({ extra, index, hashes: await tree.inclusion(index), checkpoint });
  });
}

async function entryAt(sql: Sql, operator: number, index: number): Promise<Uint8Array> {
  const [number, at] = [Math.floor(index / TILE_WIDTH), index % TILE_WIDTH];
  const bundle = await readTile(sql, operator, { level: ENTRIES, number, width: at + 1 });
  return entriesOf(bundle!)![at];
}

interface BatchRow {
  readonly first: number;
  readonly openings: Uint8Array;
}

/** What the log says last about a transfer, and its opening. */
async function lastLeafOf(
  sql: Sql,
  operator: number,
  transfer: Uint8Array,
): Promise<{ index: number; opening: Uint8Array } | undefined> {
  const batches = await sql.rows<BatchRow>(
    `select first, openings from ledger_batches
     where operator = $1 and position($2 in names) > 0 order by first desc`,
    [operator, transfer.slice(0, NAME_BYTES)],
  );
  for (const { first, openings } of batches) {
    for (let i = openings.length / OPENING_BYTES - 1; i >= 0; i--) {
      const opening = openings.slice(i * OPENING_BYTES, (i + 1) * OPENING_BYTES);
      if (sameBytes(parseRecord(opening.subarray(BLIND_BYTES)).transfer, transfer))
        return { index: first + i, opening };
    }
  }
  return undefined;
}
