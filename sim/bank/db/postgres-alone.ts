import { DEBTS } from './debt-accounts.js';

/**
 * The part of the schema that PostgreSQL alone takes, of the engines that speak its SQL: see yugabyte.json.
 * The books are the same without it. What is lost is a second look at each transaction, which the audit
 * makes later, and some time.
 */
export const POSTGRES_ALONE = `
-- Invariants: looked at when the transaction is about to be committed, so that none is committed that
-- breaks one.

create function must(holds boolean, what text) returns void language plpgsql as $$
begin
  if holds is not true then raise exception 'books: %', what using errcode = 'integrity_constraint_violation'; end if;
end $$;

create function balance_of(wanted text, money text) returns bigint language sql stable as
  $$ select coalesce((select balance from balances where account = wanted and currency = money), 0) $$;

-- Debts are never positive, nothing else but the two sources is ever negative.
create function sign_holds() returns trigger language plpgsql as $$
declare b bigint := balance_of(new.account, new.currency);
begin
  if new.account ~ '${DEBTS}' then perform must(b <= 0, new.account || ' is a credit');
  else perform must(b >= 0, new.account || ' is negative'); end if;
  return null;
end $$;
create constraint trigger balances_sign after insert or update on balances deferrable initially deferred for each row
  when (new.account not in ('cash', 'central')) execute function sign_holds();

create function frozen_holds() returns trigger language plpgsql as $$
declare
  op text := case tg_table_name when 'reserves' then to_jsonb(new) ->> 'operator'
    else split_part(to_jsonb(new) ->> 'account', ':', 2) end;
  held bigint := coalesce((select frozen from reserves where operator = op::integer and currency = new.currency), 0);
  part bigint := (select reserve_permille from operators where number = op::integer);
begin
  perform must(balance_of('quota:' || op, new.currency) + balance_of('backing:' || op, new.currency)
    = held - balance_of('fractional:' || op, new.currency),
    'quota and backing of operator ' || op || ' are not what its frozen reserves allow');
  perform must(balance_of('fractional:' || op, new.currency) = -(held * (1000 - part) / part),
    'what operator ' || op || ' may issue beyond its reserves is not by its ratio');
  return null;
end $$;
create constraint trigger balances_frozen after insert or update on balances deferrable initially deferred for each row
  when (new.account ~ '^(quota|backing|fractional):') execute function frozen_holds();
create constraint trigger reserves_frozen after insert or update on reserves deferrable initially deferred for each row
  execute function frozen_holds();

-- The accounts of a device follow from its position, and from nothing else.
create function position_holds() returns trigger language plpgsql as $$
declare
  name text := encode(new.device, 'hex') || case new.purpose when 0 then '' else ':' || new.purpose end;
  p positions;
begin
  select * into p from positions where device = new.device and purpose = new.purpose;
  perform must(balance_of('device:' || name, p.currency) = greatest(0, p.net - p.in_flight - p.waiting), 'device:' || name);
  perform must(balance_of('in-flight:' || name, p.currency) = least(p.in_flight, greatest(0, p.net)), 'in-flight:' || name);
  perform must(balance_of('held:' || name, p.currency) = least(p.waiting, greatest(0, p.net - p.in_flight)), 'held:' || name);
  perform must(balance_of('owed:' || name, p.currency) + balance_of('loss:' || name, p.currency) = least(0, p.net),
    'debt of ' || name);
  return null;
end $$;
create constraint trigger positions_hold after insert or update on positions deferrable initially deferred for each row
  execute function position_holds();

-- Hashes and ciphertexts do not get smaller: whoever tries has the work for nothing.
alter table ledger_outbox alter column records set storage external;
alter table ledger_tiles alter column bytes set storage external;
alter table ledger_batches alter column openings set storage external;
alter table ledger_batches alter column names set storage external;
alter table ledger_batches alter column ciphertext set storage external;
`;
