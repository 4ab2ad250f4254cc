import { PURPOSE_MAX, TARGETS_MAX } from '../../../firmware/limits.js';
import { hex } from '../bytes.js';
import { BankError } from '../codes.js';
import type { Sql } from '../db/database.js';

/** A gift has a number of its own, which is on its notes: what one account gives in the same words is one. */
export interface Target {
  readonly number: number;
  /** Account that gave it, and its operator. */
  readonly giver: number;
  readonly operator: number;
  readonly purpose: number;
  readonly place: number;
  /** Zeros: any. */
  readonly payee: Uint8Array;
  /** U32_MAX: never. */
  readonly until_s: number;
}

export const isTargetNumber = (purpose: number): boolean => purpose > PURPOSE_MAX;

/** Those of these purposes that are targets, by their numbers. */
export async function readTargets(sql: Sql, purposes: Iterable<number>): Promise<Map<number, Target>> {
  const numbers = [...purposes].filter(isTargetNumber);
  if (numbers.length === 0) return new Map();
  const rows = await sql.rows<Target>(
    `select number, giver, a.operator, purpose, place, payee, until_s
     from targets t join accounts a on a.id = t.giver where number = any($1::int[])`,
    [numbers],
  );
  return new Map(rows.map((row) => [row.number, row]));
}

/** What an account has given of which something is neither paid nor back: `left`, minor units. */
export const givenBy = (sql: Sql, account: number): Promise<(Target & { left: number })[]> =>
  sql.rows(
    `select * from (
       select t.number, t.giver, a.operator, t.purpose, t.place, t.payee, t.until_s,
         (select coalesce(sum(greatest(0, net)), 0) from positions p where p.purpose = t.number)::bigint
         + (select coalesce(sum(balance), 0) from balances b where b.account in
             (select 'available:' || d.account || ':' || t.number
              from positions p join devices d on d.id = p.device where p.purpose = t.number))::bigint as left
       from targets t join accounts a on a.id = t.giver where t.giver = $1) given
     where given.left > 0 order by number`,
    [account],
  );

/**
 * A wallet looks at so many targets: money of more would lie there and not be found. Throws BankError
 * `targets`; never for a purpose that is none.
 */
export async function requireTargets(sql: Sql, device: Uint8Array, purpose: number): Promise<void> {
  if (!isTargetNumber(purpose)) return;
  const [{ others }] = await sql.rows<{ others: number }>(
    `select count(*)::bigint as others from positions
     where device = $1 and purpose > $2 and purpose <> $3 and (net > 0 or in_flight > 0)`,
    [device, PURPOSE_MAX, purpose],
  );
  if (others >= TARGETS_MAX)
    throw new BankError('targets', `device ${hex(device)} has money of ${TARGETS_MAX} targets`);
}
