import type { Context } from './context.js';
import type { Sql } from './database.js';

/** Everything in minor units. README.md says what each term is. */
export interface AuditTerms {
  deposited: number;
  withdrawn: number;
  available: number;
  issued: number;
  redeemed: number;
  held: number;
  owed: number;
  inFlight: number;
}

export interface Audit {
  ok: boolean;
  currencies: Record<string, AuditTerms>;
  /** What is wrong, in words; empty when `ok`. */
  faults: string[];
}

/** Counts all the money, from the postings and, apart from them, from what devices have signed. */
export async function audit(context: Context): Promise<Audit> {
  return context.database.transaction(async (sql) => {
    const currencies = await readTerms(sql);
    const faults: string[] = [];
    for (const [currency, terms] of Object.entries(currencies))
      faults.push(...faultsOfTerms(currency, terms));
    for (const [what, query] of Object.entries(CHECKS)) {
      for (const row of await sql.rows<Record<string, unknown>>(query)) {
        faults.push(`${what}: ${JSON.stringify(row)}`);
      }
    }
    return { ok: faults.length === 0, currencies, faults };
  });
}

async function readTerms(sql: Sql): Promise<Record<string, AuditTerms>> {
  const rows = await sql.rows<AuditTerms & { currency: string }>(`
    with moved as (
      select currency,
        coalesce(sum(amount) filter (where debit = 'cash'), 0) as deposited,
        coalesce(sum(amount) filter (where credit = 'cash'), 0) as withdrawn,
        coalesce(sum(amount) filter (where reason = 'load'), 0) as issued,
        coalesce(sum(amount) filter (where credit like 'available:%' and debit ~ '^(device|flight):'), 0)
          - coalesce(sum(amount) filter (where debit like 'available:%' and credit ~ '^(device|flight):'
              and reason <> 'load'), 0) as redeemed
      from postings group by currency
    ), stand as (
      select currency,
        coalesce(sum(balance) filter (where account like 'available:%'), 0) as available,
        coalesce(sum(balance) filter (where account like 'device:%' and balance > 0), 0) as held,
        coalesce(-sum(balance) filter (where account like 'device:%' and balance < 0), 0) as owed,
        coalesce(sum(balance) filter (where account like 'flight:%'), 0) as in_flight
      from balances group by currency
    )
    select currency, deposited::bigint, withdrawn::bigint, available::bigint, issued::bigint, redeemed::bigint,
      held::bigint, owed::bigint, in_flight::bigint as "inFlight"
    from moved join stand using (currency)`);
  return Object.fromEntries(rows.map(({ currency, ...terms }) => [currency, terms]));
}

function faultsOfTerms(currency: string, terms: AuditTerms): string[] {
  const { deposited, withdrawn, available, issued, redeemed, held, owed, inFlight } = terms;
  const faults: string[] = [];
  if (issued + owed !== held + inFlight + redeemed) faults.push(`${currency}: issued money is not all there`);
  if (deposited - withdrawn !== available + held - owed + inFlight) {
    faults.push(`${currency}: deposits are not all there`);
  }
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

  'an operator is above its quota': `
    select account, currency, balance from balances where account like 'quota:%' and balance < 0`,

  'reserves do not back what is out': `
    with out as (
      select d.operator, b.currency, b.balance from balances b join devices d
        on b.account = 'device:' || encode(d.id, 'hex')
      union all
      select d.operator, t.currency, t.total from transfers t join devices d on d.id = t.payer
        where t.place = 'flight'
    ), sums as (select operator, currency, sum(balance) as balance from out group by operator, currency)
    select s.operator, s.currency, s.balance::bigint as out, b.balance as backing
    from sums s left join balances b on b.account = 'backing:' || operator and b.currency = s.currency
    where coalesce(b.balance, 0) <> s.balance`,

  'a flight is not what its transfer says': `
    select encode(t.hash, 'hex') as transfer, t.total, b.balance
    from transfers t left join balances b on b.account = 'flight:' || encode(t.hash, 'hex')
      and b.currency = t.currency
    where coalesce(b.balance, 0) <> case when t.place = 'flight' then t.total else 0 end`,

  'loads are not what was issued': `
    select currency, l.amount::bigint as loads, p.amount::bigint as postings
    from (select l.currency, sum(l.amount) as amount from loads l group by l.currency) l
    full join (select currency, sum(amount) as amount from postings where reason = 'load' group by currency) p
      using (currency)
    where l.amount is distinct from p.amount`,

  // What the devices' own journals say, against the ledger, which counts transfers from either side.
  'a device has not what its journal and its counterparties say': `
    with parts as (
      select device as id, currency, sum(remaining) as amount from notes
        where state in ('held', 'retired') group by device, currency
      union all
      select d.id, r.key, r.value::bigint from devices d, jsonb_each_text(d.received) r
      union all
      select d.id, split_part(c.key, ':', 1), c.value::bigint from devices d, jsonb_each_text(d.claims) c
      union all
      select device, currency, amount from loads where not delivered
      union all
      select payer, currency, -total from transfers where payer_state = 'unseen'
      union all
      select payee, currency, case when place = 'payee' then total else -total end from transfers
        where (place = 'payee') <> payee_booked
    ), sums as (select id, currency, sum(amount) as amount from parts group by id, currency)
    select encode(d.id, 'hex') as device, s.currency, s.amount::bigint as counted, b.balance
    from sums s join devices d using (id)
    left join balances b on b.account = 'device:' || encode(d.id, 'hex') and b.currency = s.currency
    where not d.recovered and coalesce(b.balance, 0) <> s.amount`,
};
