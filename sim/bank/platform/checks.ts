import { OVERDRAFTS } from '../db/debt-accounts.js';

/** A part of the audit: each finds what must not be, and no row is no fault. */
export const PLATFORM_CHECKS: Readonly<Record<string, string>> = {
  'an overdraft is not what the debts of bills say': `
    with sums as (
      select account, currency, state, sum(remaining) as amount from debts
      group by account, currency, state having sum(remaining) <> 0
    ), booked as (
      select split_part(account, ':', 2)::int as account, currency, split_part(account, ':', 1) as state,
        -balance as amount from balances where account ~ '${OVERDRAFTS}' and balance <> 0)
    select account, currency, state, s.amount::bigint as debts, b.amount as booked
    from sums s full join booked b using (account, currency, state) where s.amount is distinct from b.amount`,

  'money lies between users and sites': `
    select account, currency, balance from balances where account like 'bills:%' and balance <> 0`,

  'a site was not paid what its bills come to': `
    with sums as (select batch, count(*) as bills, sum(amount) as amount from bills
      where batch is not null group by batch)
    select id, n.bills, n.amount, s.bills::bigint as counted, s.amount::bigint as sum
    from bill_batches n full join sums s on s.batch = n.id
    where n.bills is distinct from s.bills or n.amount is distinct from s.amount`,

  'a batch was not posted': `
    with posted as (
      select credit, currency, sum(amount) as amount from postings
      where reason = 'bills' and debit like 'bills:%' group by credit, currency
    ), sums as (
      select 'available:' || account as credit, currency, sum(amount) as amount from bill_batches
      group by account, currency)
    select credit, currency, p.amount::bigint as posted, s.amount::bigint as sum
    from posted p full join sums s using (credit, currency) where p.amount is distinct from s.amount`,

  'a bill that was paid is in no batch, or one that was not is': `
    select encode(terminal, 'hex') as terminal, sequence, state, batch from bills
    where (batch is not null) <> (state <> 'aside' and kind <> 3 and amount > 0)`,

  'a code has paid twice at one site': `
    select operator, serial, counter, site from bills where state <> 'aside' and counter is not null
    group by operator, serial, counter, site having count(*) > 1`,

  'what a certificate was billed is not what its bills say': `
    with sums as (
      select operator, serial, sum(amount) as amount from bills
      where state <> 'aside' and counter is not null and bearer <> 'platform' group by operator, serial)
    select c.operator, c.serial, c.billed, s.amount::bigint as bills
    from account_certificates c left join sums s on s.operator = c.operator and s.serial = c.serial
    where c.billed <> coalesce(s.amount, 0)`,

  'more went back for a bill than refunds and disputes say': `
    with sums as (
      select terminal, refers as sequence, sum(amount) as amount from bills
      where kind = 3 and state <> 'aside' group by terminal, refers)
    select encode(b.terminal, 'hex') as terminal, b.sequence, b.returned, s.amount::bigint as refunds
    from bills b left join sums s on s.terminal = b.terminal and s.sequence = b.sequence
    where b.returned <> case when b.bearer = 'site' then b.amount else coalesce(s.amount, 0) end`,

  'a debt has no bill of its account': `
    select encode(d.terminal, 'hex') as terminal, d.sequence, d.account from debts d
    join bills b on b.terminal = d.terminal and b.sequence = d.sequence
    where d.account not in (b.account, b.site) or b.state = 'aside'
      or (d.state = 'borne') <> (b.bearer = 'platform' and d.account = b.account)
      or (d.state = 'disputed' and d.remaining > 0) <> (b.state = 'disputed' and d.account = b.account
        and d.remaining > 0)`,

  'a terminal does not end with its last bill': `
    select encode(t.id, 'hex') as terminal, t.sequence, count(b.sequence) as bills, max(b.sequence) as last
    from terminals t left join bills b on b.terminal = t.id group by t.id, t.sequence
    having t.sequence <> count(b.sequence) or t.sequence <> coalesce(max(b.sequence), 0)`,

  'more went back of a fare than there was': `
    select encode(f.terminal, 'hex') as terminal, f.sequence, f.back, b.amount, b.returned from fares_back f
    join bills b on b.terminal = f.terminal and b.sequence = f.sequence
    where b.kind not in (1, 2) or b.state = 'aside' or f.back + b.returned > b.amount`,

  'what went back of fares was not posted': `
    with moved as (
      select b.terminal, b.sequence,
        sum(case when split_part(p.debit, ':', 2) = b.site::text then p.amount else -p.amount end) as amount
      from postings p join bills b on b.terminal = substring(p.reference from 1 for 8)
        and b.sequence = ('x' || encode(substring(p.reference from 9 for 4), 'hex'))::bit(32)::bigint
      where p.reason = 'fare' group by b.terminal, b.sequence)
    select encode(terminal, 'hex') as terminal, sequence, m.amount::bigint as posted, f.back
    from moved m full join fares_back f using (terminal, sequence)
    where coalesce(m.amount, 0) <> coalesce(f.back, 0)`,
};
