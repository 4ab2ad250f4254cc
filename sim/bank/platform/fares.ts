import { Bill, BillKind } from '../../../firmware/account/bill.js';
import { type Fares, faultOfFares, serviceDayOf } from '../../../firmware/account/fare.js';
import { type Journey, journeysOf, type Tap } from '../../../firmware/account/journeys.js';
import { accountRow } from '../accounts/accounts.js';
import { requireRegistered } from '../accounts/withdrawal-password.js';
import { BankError } from '../codes.js';
import type { Context } from '../context.js';
import type { Sql } from '../db/database.js';
import type { BillRow } from './bill-rows.js';
import type { BillName, Funds } from './funds.js';

/*
 * A tap at a gate is a bill of the maximum fare, and is deducted like any other. What its user has to pay is
 * found from all taps that are here (`journeysOf`), each time that one comes: the rest goes back, and when
 * a tap comes late that changes a journey, so does what went back. See docs/accounts.md, "Transit".
 */

const DAY_S = 86_400;
/** Journeys are told of so many days, at the most. */
export const TOLD_DAYS_MAX = 366;

/** A fare table, and since when journeys begin by it. */
export interface FaresRow {
  readonly from_s: number;
  readonly fares: Fares;
}

/** A bill of an entry or an exit, and what of it has gone back since its fare was found. */
interface TapRow extends Tap {
  readonly account: number;
  readonly site: number;
  readonly isOpen: boolean;
  readonly returned: number;
  readonly billed: number;
  readonly back: number;
}

/** What users are told. */
export interface JourneyTold extends Pick<Journey, 'fare' | 'charge'> {
  /** The merchant's account. */
  readonly site: number;
  readonly entry: PlaceTold | undefined;
  readonly exit: PlaceTold | undefined;
}
interface PlaceTold {
  readonly station: number;
  readonly time_s: number;
}

/**
 * The fare table of a merchant's gates, for journeys that begin from now on; the first one is for those
 * before as well. Throws BankError `unknown-account`, `unregistered`, `fares`.
 */
export async function setFares(context: Context, account: number, fares: Fares): Promise<void> {
  const fault = faultOfFares(fares);
  if (fault !== undefined) throw new BankError('fares', `a fare table has ${fault}`);
  await context.database.transaction(async (sql) => {
    await accountRow(sql, account);
    await requireRegistered(sql, account);
    await sql.rows(
      `insert into fare_tables (account, from_s, fares) values ($1, $2, $3)
       on conflict (account, from_s) do update set fares = excluded.fares`,
      [account, context.time_s, JSON.stringify(fares)],
    );
  });
}

export function faresOf(context: Context, account: number): Promise<FaresRow[]> {
  return context.database.transaction(async (sql) => {
    await accountRow(sql, account);
    return (await readFares(sql, new Set([account]))).get(account) ?? [];
  });
}

/** Journeys of a user that began in the last `days`, the oldest first. Throws BankError `unknown-account`. */
export function journeys(context: Context, account: number, days: number): Promise<JourneyTold[]> {
  const since_s = context.time_s - Math.min(days, TOLD_DAYS_MAX) * DAY_S;
  return context.database.transaction(async (sql) => {
    await accountRow(sql, account);
    const taps = await readTaps(sql, account, since_s - 2 * DAY_S, context.time_s + DAY_S);
    const told: JourneyTold[] = [];
    for (const [site, tables] of await readFares(sql, new Set(taps.map((tap) => tap.site)))) {
      const ofSite = taps.filter((tap) => tap.site === site);
      for (const { entry, exit, fare, charge } of journeysOf(faresAt(tables), ofSite))
        told.push({ site, entry: placeOf(entry), exit: placeOf(exit), fare, charge });
    }
    const began_s = ({ entry, exit }: JourneyTold) => (entry ?? exit)?.time_s ?? 0;
    return told.filter((each) => began_s(each) >= since_s).sort((a, b) => began_s(a) - began_s(b));
  });
}

const placeOf = (tap: Tap | undefined): PlaceTold | undefined =>
  tap && { station: tap.place, time_s: tap.time_s };

const isTap = ({ kind }: BillRow): boolean => kind === BillKind.entry || kind === BillKind.exit;

/**
 * After bills have come or changed, and are in the books: whoever tapped is charged what their journeys come
 * to. A tap has effect on the service day before its own and the one after, not further: an entry is open for
 * a day at the most. `funds` has the parties of these bills.
 */
export async function settleFares(sql: Sql, funds: Funds, rows: readonly BillRow[]): Promise<void> {
  const taps = rows.filter((row) => isTap(row) && row.account !== null);
  if (taps.length === 0) return;
  const tables = await readFares(sql, new Set(taps.map(({ site }) => site)));
  for (const account of new Set(taps.map((row) => row.account!))) {
    for (const [site, ofSite] of tables) {
      const times = taps
        .filter((tap) => tap.account === account && tap.site === site)
        .map((tap) => tap.time_s);
      if (times.length > 0) await settle(sql, funds, { account, site, times, faresAt: faresAt(ofSite) });
    }
  }
}

interface Touched {
  readonly account: number;
  readonly site: number;
  readonly times: readonly number[];
  readonly faresAt: (time_s: number) => Fares;
}

async function settle(sql: Sql, funds: Funds, touched: Touched): Promise<void> {
  const { account, site, times, faresAt } = touched;
  const [first_s, last_s] = [Math.min(...times), Math.max(...times)];
  const all = await readTaps(sql, account, first_s - 3 * DAY_S, last_s + 3 * DAY_S);
  const found = journeysOf(
    faresAt,
    all.filter((tap) => tap.site === site),
  );
  const dayOf = (time_s: number) => serviceDayOf(faresAt(time_s), time_s);
  const [from, until] = [dayOf(first_s) - 1, dayOf(last_s) + 1];
  const changes: { tap: TapRow; by: number }[] = [];
  const owe = (tap: TapRow | undefined, charge: number): void => {
    if (!tap) return;
    const left = tap.billed - tap.returned - tap.back;
    // While it is disputed its fare stands; but nothing goes back twice.
    const by = tap.isOpen ? left - charge : Math.min(0, left);
    if (by !== 0) changes.push({ tap, by });
  };
  for (const { entry, exit, charge } of found) {
    const day = dayOf((entry ?? exit)!.time_s);
    if (day < from || day > until) continue;
    owe(entry, charge);
    owe(exit, entry ? 0 : charge);
  }
  if (changes.length === 0) return;
  await funds.readDebts(changes.map(({ tap }) => tap));
  // What goes back comes first: what is charged anew may be paid from it.
  changes.sort((a, b) => b.by - a.by);
  for (const { tap, by } of changes) giveBack(funds, tap, by);
  await writeBack(sql, changes);
}

/** From the site to the user; below 0 it is the other way. */
function giveBack(funds: Funds, tap: TapRow, by: number): void {
  const [user, site] = [funds.party(tap.account)!, funds.party(tap.site)!];
  const [payer, payee] = by > 0 ? [site, user] : [user, site];
  const from = funds.take(payer, Math.abs(by), tap);
  const to = funds.giveBack(payee, Math.abs(by), tap);
  funds.movePieces(from, to, user.currency, 'fare', tap);
}

async function writeBack(
  sql: Sql,
  changes: readonly { readonly tap: BillName & { back: number }; readonly by: number }[],
): Promise<void> {
  await sql.rows(
    `insert into fares_back (terminal, sequence, back)
     select * from unnest($1::bytea[], $2::bigint[], $3::bigint[])
     on conflict (terminal, sequence) do update set back = excluded.back`,
    [
      changes.map(({ tap }) => tap.terminal),
      changes.map(({ tap }) => tap.sequence),
      changes.map(({ tap, by }) => tap.back + by),
    ],
  );
}

async function readFares(sql: Sql, sites: ReadonlySet<number>): Promise<Map<number, FaresRow[]>> {
  const tables = new Map<number, FaresRow[]>();
  if (sites.size === 0) return tables;
  const rows = await sql.rows<{ account: number; from_s: number; fares: string }>(
    `select account, from_s, fares::text as fares from fare_tables where account = any($1::int[])
     order by account, from_s`,
    [[...sites]],
  );
  for (const { account, from_s, fares } of rows) {
    const ofSite = tables.get(account) ?? [];
    ofSite.push({ from_s, fares: JSON.parse(fares) as Fares });
    tables.set(account, ofSite);
  }
  return tables;
}

const faresAt =
  (tables: readonly FaresRow[]) =>
  (time_s: number): Fares =>
    (tables.findLast(({ from_s }) => from_s <= time_s) ?? tables[0]).fares;

interface StoredTap {
  readonly bytes: Uint8Array;
  readonly account: number;
  readonly site: number;
  readonly state: string;
  readonly bearer: string;
  readonly returned: number;
  readonly back: number;
}

/**
 * What the user has to pay, or has paid before it was decided otherwise. What refunds and disputes have given
 * back lowers what a tap is authorised for.
 */
async function readTaps(sql: Sql, account: number, from_s: number, until_s: number): Promise<TapRow[]> {
  const rows = await sql.rows<StoredTap>(
    `select b.bytes, b.account, b.site, b.state, b.bearer, b.returned, coalesce(f.back, 0)::bigint as back
     from bills b left join fares_back f on f.terminal = b.terminal and f.sequence = b.sequence
     where b.account = $1 and b.kind in (${BillKind.entry}, ${BillKind.exit}) and b.state <> 'aside'
       and b.bearer <> 'platform' and b.time_s >= $2 and b.time_s < $3 order by b.time_s`,
    [account, from_s, until_s],
  );
  return rows.map(({ bytes, state, ...row }) => {
    const { terminal, sequence, kind, place, time_s, amount } = Bill.parse(bytes)!;
    const tap = { terminal, sequence, kind, place, time_s, amount: amount - row.returned, billed: amount };
    return { ...row, ...tap, isOpen: state === 'paid' };
  });
}
