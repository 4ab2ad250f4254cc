import { hex } from '../bytes.js';
import { BankError } from '../codes.js';
import type { Context } from '../context.js';
import { takeForLost } from '../fraud/hot-list.js';
import type { DeviceState } from '../sync/device-state.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { deviceRow, giveLimits, insertLoad, latestLimits } from './accounts.js';
import { availableLedgerAccount } from './ledger.js';

/**
 * A planned move: the device `to` has the limits of `from` from its next sync on, and what `from` gives back
 * at its own next sync, which is its last. Both are of one account. Nothing of a PIN moves, since no secret
 * leaves a device. Throws BankError `unknown-device`, `suspended`.
 */
export async function moveDevice(context: Context, from: Uint8Array, to: Uint8Array): Promise<void> {
  await context.database.transaction(async (sql) => {
    const [old, fresh] = [await deviceRow(sql, from), await deviceRow(sql, to)];
    if (old.account !== fresh.account || hex(from) === hex(to))
      throw new BankError('unknown-device', `${hex(to)} is no other device of account ${old.account}`);
    for (const [id, { suspended }] of [[from, old] as const, [to, fresh] as const])
      if (suspended) throw new BankError('suspended', `device ${hex(id)} is stopped`);
    await giveLimits(context, sql, to, await latestLimits(sql, from));
    await takeForLost(context, sql, from);
    await sql.rows('update devices set moves_to = $2 where id = $1', [from, to]);
  });
}

/** What a device that moves has given back to its account (minor units by purpose) is its successor's. */
export async function moveOn(
  work: UnitOfWork,
  { moves_to }: DeviceState,
  paid: Readonly<Record<string, number>>,
): Promise<void> {
  if (!moves_to) return;
  await work.readParties([moves_to]);
  const party = work.party(moves_to)!;
  if (party.convicted) return;
  for (const [key, amount] of Object.entries(paid)) {
    const purpose = Number(key);
    const ledgerAccount = availableLedgerAccount(party.account, party.operator, purpose);
    // No quota is needed: as much has just come back to it.
    const changes = [
      { ledgerAccount, amount: -amount },
      { party, purpose, net: amount },
    ];
    work.books.book(party.currency, changes, 'load');
    await insertLoad(work.sql, moves_to, party.currency, purpose, amount);
  }
}
