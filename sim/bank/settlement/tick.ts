import { putU32 } from '../../../firmware/bytes.js';
import type { Crypto } from '../../../hal/crypto.js';
import { returnOver } from '../accounts/give.js';
import { BankError } from '../codes.js';
import type { Context } from '../context.js';
import { forgetRequests } from '../db/once.js';
import type { TransferRow } from '../db/rows.js';
import { keyInUse } from '../keys.js';
import { ageDebts } from '../platform/ageing.js';
import { UnitOfWork } from '../unit-of-work.js';
import { recoverLost } from './recovery.js';
import { relocate } from './transfers.js';

/** Transfers looked at in one transaction. */
const BATCH = 500;
/** The furthest that bank time moves at once. */
export const CLOCK_STEP_MAX_S = 366 * 86_400;
const CLOCK_PREFIX = new TextEncoder().encode('tapnote/1 clock');

/** What an operator signs to move bank time on: from where it is, so that each signature counts once. */
export function clockStatement(from_s: number, to_s: number): Uint8Array {
  const statement = new Uint8Array(CLOCK_PREFIX.length + 8);
  statement.set(CLOCK_PREFIX);
  putU32(statement, CLOCK_PREFIX.length, from_s);
  putU32(statement, CLOCK_PREFIX.length + 4, to_s);
  return statement;
}

/** A step of bank time, signed by an operator. */
export interface ClockStep {
  readonly now_s: number;
  readonly operator: number;
  /** Ed25519 over `clockStatement`, 64 bytes. */
  readonly signature: Uint8Array;
}

export function requireSigned(context: Context, crypto: Crypto, step: ClockStep): void {
  const operator = context.keys.operators.get(step.operator);
  const key = operator && keyInUse(operator, context.time_s);
  const statement = clockStatement(context.time_s, step.now_s);
  if (!key || !crypto.ed25519Verify(key.publicKey, statement, step.signature)) {
    throw new BankError('signature', 'no operator has signed this step from the present time');
  }
}

/** Moves bank time on, and does what has come due. */
export async function tick(context: Context, now_s: number): Promise<void> {
  requireTime(context, now_s);
  if (now_s > context.time_s) {
    await context.database.transaction(
      (sql) => sql.rows('update central_bank set time_s = $1', [now_s]),
      true,
    );
    context.time_s = now_s;
  }
  for (let after: Uint8Array | undefined = new Uint8Array(0); after; )
    after = await moveWaiting(context, after);
  await recoverLost(context);
  await returnOver(context);
  await ageDebts(context);
  await forgetRequests(context.database, context.time_s);
}

/** Everything that the bank signs ends some time after now, and must end before 32 bits do. */
function requireTime(context: Context, now_s: number): void {
  const { noteLife_s, certificateLife_s, recoverAfter_s } = context.parameters;
  const last_s = 0xffffffff - Math.max(noteLife_s, certificateLife_s) - recoverAfter_s;
  if (!Number.isInteger(now_s) || now_s < context.time_s || now_s > last_s) {
    throw new BankError('time', `${now_s} is before ${context.time_s} or after ${last_s}`);
  }
  if (now_s - context.time_s > CLOCK_STEP_MAX_S) {
    throw new BankError('time', `a step of more than ${CLOCK_STEP_MAX_S} seconds`);
  }
}

/**
 * What no payee has claimed in time comes back, and so does what none can claim: see transfers.ts. Goes
 * through what may have moved, in the order of hashes; returns the last one looked at, or undefined at the
 * end.
 */
async function moveWaiting(context: Context, after: Uint8Array): Promise<Uint8Array | undefined> {
  return context.database.transaction(async (sql) => {
    const due = await sql.rows<TransferRow>(
      `select t.* from transfers t join devices d on d.id = t.payee join devices p on p.id = t.payer
       where t.hash > $2 and (
         t.place = 'in-flight' and (t.claim_by_s < $1 or d.epoch > ('x' || encode(substring(t.invoice for 4), 'hex'))::bit(32)::bigint)
         or t.place = 'held' and (t.payer_state in ('resolved', 'accepted') or p.recovered))
       order by t.hash limit ${BATCH}`,
      [context.time_s, after],
    );
    if (due.length === 0) return undefined;
    const work = new UnitOfWork(context, sql);
    await work.keep(due);
    for (const row of work.transfers.values()) relocate(work, row);
    await work.write();
    return due.length === BATCH ? due[due.length - 1].hash : undefined;
  }, true);
}
