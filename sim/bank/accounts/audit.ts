import type { Context } from '../context.js';
import type { Sql } from '../db/database.js';
import { BILLED, DEBTS, type DebtState, OVERDRAFTS } from '../db/debt-accounts.js';
import { PLATFORM_CHECKS } from '../platform/checks.js';

/** Everything in minor units. README.md says what each term is. */
export interface AuditTerms {
  deposited: number;
  withdrawn: number;
  available: number;
  issued: number;
  redeemed: number;
  onDevices: number;
  owed: number;
  lost: number;
  inFlight: number;
  heldBack: number;
  /** Paid to sites for users who had not got it; less what has come back. */
  overdrawn: number;
}

/** What was paid and has no cover, by the device that caused it. */
export interface NamedDebt {
  /** In hex. */
  device: string;
  currency: string;
  amount: number;
  /**
   * `owed`: it may still be shown. `loss`: the device is convicted. `late`: it claimed what had been given
   * back.
   */
  kind: 'owed' | 'loss' | 'late';
}

/** What was paid for the bills of an account, and no balance has covered (R29). */
export interface NamedOverdraft {
  account: number;
  currency: string;
  amount: number;
  state: DebtState;
}

export interface Audit {
  /** No fault in the books, and no loss either. */
  ok: boolean;
  currencies: Record<string, AuditTerms>;
  /** What is wrong with the books, in words. */
  faults: string[];
  /** Losses, booked under the names of those who caused them; the books are right all the same. */
  losses: NamedDebt[];
  /** What devices owe that may still be covered. */
  owed: NamedDebt[];
  /** The same of accounts that are billed: `written-off` and `borne` are losses, the others may come back. */
  overdrafts: NamedOverdraft[];
}

/** Counts all the money, from the postings and, apart from them, from what devices have signed. */
export async function audit(context: Context): Promise<Audit> {
  return context.database.transaction(async (sql) => {
    const currencies = await readTerms(sql);
    const faults: string[] = [];
    for (const [currency, terms] of Object.entries(currencies))
      faults.push(...faultsOfTerms(currency, terms));
    for (const [what, query] of Object.entries({ ...CHECKS, ...PLATFORM_CHECKS })) {
      for (const row of await sql.rows<Record<string, unknown>>(query)) {
        faults.push(`${what}: ${JSON.stringify(row)}`);
      }
    }
    const debts = await readDebts(sql);
    const losses = debts.filter(({ kind }) => kind !== 'owed');
    const owed = debts.filter(({ kind }) => kind === 'owed');
    const overdrafts = await readOverdrafts(sql);
    const isLost = overdrafts.some(({ state }) => state === 'written-off' || state === 'borne');
    const ok = faults.length + losses.length === 0 && !isLost;
    return { ok, currencies, faults, losses, owed, overdrafts };
  });
}

const readDebts = (sql: Sql): Promise<NamedDebt[]> =>
  sql.rows<NamedDebt>(
    `select split_part(account, ':', 2) as device, currency, -sum(balance)::bigint as amount,
       split_part(account, ':', 1) as kind from balances
     where account ~ '^(owed|loss|late):' and balance < 0 group by 1, 2, 4 order by 1, 2, 4`,
  );

const readOverdrafts = (sql: Sql): Promise<NamedOverdraft[]> =>
  sql.rows<NamedOverdraft>(
    `select split_part(account, ':', 2)::int as account, currency, (-balance)::bigint as amount,
       split_part(account, ':', 1) as state from balances
     where account ~ '${OVERDRAFTS}' and balance < 0 order by 1, 2, 4`,
  );

async function readTerms(sql: Sql): Promise<Record<string, AuditTerms>> {
  const rows = await sql.rows<AuditTerms & { currency: string }>(`
    with sides as (
      select currency, amount, reason, split_part(debit, ':', 1) as source, split_part(credit, ':', 1) as target
      from postings where not (debit ~ '${BILLED}' or credit ~ '${BILLED}')
    ), moved as (
      select currency,
        coalesce(sum(amount) filter (where source = 'cash'), 0) as deposited,
        coalesce(sum(amount) filter (where target = 'cash'), 0) as withdrawn,
        coalesce(sum(amount) filter (where reason = 'load' and source = 'available'), 0) as issued,
        coalesce(sum(amount) filter (where target = 'available' and source <> 'cash'), 0)
          - coalesce(sum(amount) filter (where source = 'available' and target <> 'cash' and reason <> 'load'), 0)
          as redeemed
      from sides group by currency
    ), stand as (
      select currency, split_part(account, ':', 1) as place, sum(balance) as balance
      from balances group by 1, 2
    ), stands as (
      select currency,
        coalesce(sum(balance) filter (where place = 'available'), 0) as available,
        coalesce(sum(balance) filter (where place = 'device'), 0) as on_devices,
        coalesce(-sum(balance) filter (where place = 'owed'), 0) as owed,
        coalesce(-sum(balance) filter (where place in ('loss', 'late')), 0) as lost,
        coalesce(sum(balance) filter (where place = 'in-flight'), 0) as in_flight,
        coalesce(sum(balance) filter (where place = 'held'), 0) as held_back,
        coalesce(-sum(balance) filter (where place || ':' ~ '${OVERDRAFTS}'), 0) as overdrawn
      from stand group by currency
    )
    select currency, deposited::bigint, withdrawn::bigint, available::bigint, issued::bigint, redeemed::bigint,
      on_devices::bigint as "onDevices", owed::bigint, lost::bigint, in_flight::bigint as "inFlight",
      held_back::bigint as "heldBack", overdrawn::bigint
    from moved join stands using (currency)`);
  return Object.fromEntries(rows.map(({ currency, ...terms }) => [currency, terms]));
}

function faultsOfTerms(currency: string, terms: AuditTerms): string[] {
  const { deposited, withdrawn, available, issued, redeemed, onDevices, owed, lost, inFlight, heldBack } =
    terms;
  const { overdrawn } = terms;
  const faults: string[] = [];
  const out = onDevices + inFlight + heldBack - owed - lost;
  if (issued !== out + redeemed) faults.push(`${currency}: issued money is not all there`);
  if (deposited - withdrawn !== available + out - overdrawn)
    faults.push(`${currency}: deposits are not all there`);
  return faults;
}

/** Each finds what must not be: no row is no fault. */
const CHECKS: Record<string, string> = {
  'the ledger does not sum to zero': `
    select currency, sum(balance)::bigint as sum from balances group by currency having sum(balance) <> 0`,

  'a balance is not what its postings say': `
    with sums as (
      select account, currency, sum(amount) as balance from (
        select credit as account, currency, amount from postings
        union all select debit, currency, -amount from postings) as p group by account, currency)
    select account, currency, b.balance, s.balance::bigint as posted
    from balances b full join sums s using (account, currency)
    where b.balance is distinct from s.balance`,

  'an account has the wrong sign': `
    select account, currency, balance from balances where account not in ('cash', 'central')
      and case when account ~ '${DEBTS}' then balance > 0 else balance < 0 end`,

  'quota and backing are not what the frozen reserves allow': `
    with sums as (
      select split_part(account, ':', 2)::int as operator, currency, sum(balance) as balance from balances
      where account ~ '^(quota|backing|fractional):' group by 1, 2)
    select operator, currency, r.frozen, s.balance::bigint as reserves
    from reserves r full join sums s using (operator, currency)
    where coalesce(r.frozen, 0) <> coalesce(s.balance, 0)`,

  'what may be issued beyond the reserves is not by the ratio': `
    select operator, r.currency, r.frozen, o.reserve_permille, b.balance
    from reserves r join operators o on o.number = r.operator
    left join balances b on b.account = 'fractional:' || operator and b.currency = r.currency
    where coalesce(b.balance, 0) <> -(r.frozen * (1000 - o.reserve_permille) / o.reserve_permille)`,

  'reserves do not back what is out': `
    with sums as (
      select d.operator, b.currency, sum(b.balance) as balance from balances b
      join devices d on encode(d.id, 'hex') = split_part(b.account, ':', 2)
      where b.account ~ '^(device|in-flight|held):' group by d.operator, b.currency)
    select s.operator, s.currency, s.balance::bigint as out, b.balance as backing
    from sums s left join balances b on b.account = 'backing:' || operator and b.currency = s.currency
    where coalesce(b.balance, 0) <> s.balance`,

  'what flies and what waits is not what the transfers say': `
    with sums as (
      select payer as device, purpose,
        coalesce(sum(total) filter (where place = 'in-flight'), 0) as in_flight,
        coalesce(sum(total) filter (where place = 'held'), 0) as waiting
      from transfers group by payer, purpose)
    select encode(device, 'hex') as device, purpose, p.in_flight, p.waiting, s.in_flight::bigint as "sumInFlight",
      s.waiting::bigint as "sumWaiting"
    from positions p full join sums s using (device, purpose)
    where coalesce(p.in_flight, 0) <> coalesce(s.in_flight, 0) or coalesce(p.waiting, 0) <> coalesce(s.waiting, 0)`,

  'a position is not what came in less what was paid out': `
    with parts as (
      select device, purpose, amount from (
        select p.account as device, p.purpose, p.amount from (
          select decode(split_part(credit, ':', 2), 'hex') as account,
            coalesce(nullif(split_part(credit, ':', 3), ''), '0')::int as purpose, amount from postings
            where credit ~ '^(device|in-flight|held|owed|loss):'
          union all
          select decode(split_part(debit, ':', 2), 'hex'),
            coalesce(nullif(split_part(debit, ':', 3), ''), '0')::int, -amount from postings
            where debit ~ '^(device|in-flight|held|owed|loss):') as p) as q
    ), sums as (select device, purpose, sum(amount) as net from parts group by device, purpose)
    select encode(device, 'hex') as device, purpose, p.net, s.net::bigint as posted
    from positions p full join sums s using (device, purpose) where coalesce(p.net, 0) <> coalesce(s.net, 0)`,

  'more was paid for a transfer than it is worth': `
    select encode(hash, 'hex') as transfer, total, paid, place from transfers
    where paid > total or (place in ('payer', 'in-flight', 'held') and paid <> 0)`,

  'a device is stopped and not on the hot list, or the other way round': `
    select encode(id, 'hex') as device, suspended, reason from devices left join hot_list on device = id
    where suspended <> (coalesce(reason, 'lifted') <> 'lifted')`,

  'what was lost was given back against the rule of this bank': `
    select encode(id, 'hex') as device from devices, central_bank
    where recovered and ahead_s is null and lost_money = 'forfeited'`,

  'what a giver has back lies in an account still': `
    select b.account, b.currency, b.balance from balances b join targets t
      on b.account like 'available:%' and split_part(b.account, ':', 3) = t.number::text
    where t.returned and b.balance <> 0`,

  'loads are not what was issued': `
    select currency, l.amount::bigint as loads, p.amount::bigint as postings
    from (select l.currency, sum(l.amount) as amount from loads l group by l.currency) l
    full join (select currency, sum(amount) as amount from postings where reason = 'load' group by currency) p
      using (currency)
    where l.amount is distinct from p.amount`,

  // What the devices' own journals say, against the books, which count transfers from either side. A
  // convicted device's word counts for nothing.
  'a device has not what its journal and its counterparties say': `
    with parts as (
      select device as id, sum(remaining) as amount from notes where state in ('held', 'retired') group by device
      union all
      select d.id, r.value::bigint from devices d, jsonb_each_text(d.received) r
      union all
      select d.id, c.value::bigint from devices d, jsonb_each_text(d.claims) c
      union all
      select device, amount from loads where not delivered
      union all
      select payer, -total from transfers where payer_state = 'unseen' and place <> 'payer'
      union all
      select payer, total - paid from transfers where place = 'payee'
      union all
      select payee, case when place in ('payee', 'late') then total else -total end from transfers
        where (place in ('payee', 'late')) <> payee_booked
      union all
      select payer, total from transfers where place in ('in-flight', 'held')
    ), counted as (select id, sum(amount) as amount from parts group by id),
    nets as (select device as id, sum(net) as net from positions group by device)
    select encode(id, 'hex') as device, c.amount::bigint as counted, n.net::bigint as net
    from counted c full join nets n using (id) join devices d using (id)
    where not d.recovered and not d.convicted and coalesce(c.amount, 0) <> coalesce(n.net, 0)`,
};
