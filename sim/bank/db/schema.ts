import { LEDGER_TABLES } from './ledger-tables.js';
import { PLATFORM_TABLES } from './platform-tables.js';
import { POSTGRES_ALONE } from './postgres-alone.js';
import { TARGET_TABLES } from './target-tables.js';

/** Of the tables below. Books of another version are not opened. */
export const SCHEMA_VERSION = 9;

/**
 * The tables. Plain SQL: bytea for ids, keys and signed objects, bigint for amounts (minor units) and times
 * (Unix seconds). What was signed is kept as it was signed; the other columns of its row only repeat it for
 * queries.
 */
export const SCHEMA = `
create table central_bank (
  one boolean primary key default true check (one),
  root_key bytea not null,
  time_s bigint not null,
  lost_money text not null check (lost_money in ('recovered', 'forfeited')),
  currency text not null check (length(currency) = 3),
  schema_version integer not null default ${SCHEMA_VERSION}
);

-- What a client asked under a key of its own, and what it was answered: see db/once.ts.
create table requests (
  key text primary key,
  request bytea not null,
  answer bytea,
  at_s bigint not null
);
create index requests_time on requests (at_s);

create table operators (
  number integer primary key check (number > 0),
  name text not null,
  sync_key bytea not null,
  -- Of what it has out and may still issue, how much it must have frozen: parts in a thousand.
  reserve_permille integer not null default 1000 check (reserve_permille between 1 and 1000)
);

-- The keys that operators sign with. A new one takes nothing from the one before it, which holds until its
-- date.
create table endorsements (
  id integer generated always as identity primary key,
  operator integer not null references operators,
  version integer not null check (version between 0 and 65535),
  signing_key bytea not null unique,
  endorsement bytea not null,
  certificate bytea not null,
  unique (operator, version)
);

create table accounts (
  id integer generated always as identity primary key,
  operator integer not null references operators,
  name text not null,
  currency text not null check (length(currency) = 3),
  settle_to text not null check (settle_to in ('device', 'account')),
  held_until_s bigint
);

-- Accounts of nobody known, each of one device: whoever gives the password is paid. See accounts/pay-out.ts.
create table withdrawals (
  account integer primary key references accounts,
  salt bytea not null,
  hash bytea not null,
  tries integer not null check (tries >= 0),
  locked_until_s bigint not null default 0
);

${TARGET_TABLES}
create table challenges (nonce bytea primary key, until_s bigint not null);

-- The registry of owners (R18). From sequence on: what the device's own journal says, as far as it was
-- uploaded.
create table devices (
  id bytea primary key,
  account integer not null references accounts,
  operator integer not null references operators,
  signing_key bytea not null unique,
  certificate bytea not null,
  certificate_until_s bigint not null,
  category integer not null,
  tier integer not null,
  place bigint not null,
  profile bytea not null,
  profile_version bigint not null,
  suspended boolean not null default false,
  convicted boolean not null default false,
  lost_s bigint,
  recovered boolean not null default false,
  unlock_pin boolean not null default false,
  contradicted boolean not null default false,
  broken boolean not null default false,
  issued_s bigint not null default 0,
  sequence bigint not null default 0,
  head bytea not null,
  epoch bigint not null default 0,
  epoch_sequence bigint not null default 0,
  epoch_head bytea not null,
  received jsonb not null default '{}',
  claims jsonb not null default '{}',
  told_profile bigint not null default -1,
  told_operators bigint not null default 0,
  told_hot_list bigint not null default 0,
  -- The device that gets what this one gives back: see accounts/move.ts.
  moves_to bytea references devices,
  -- It has not synced since the books were put back to an earlier time; and when it came and was found to
  -- know a later settlement: see restored.ts.
  resuming boolean not null default false,
  ahead_s bigint,
  check (not recovered or lost_s is not null)
);
create index devices_account on devices (account);

-- Every certificate of a device: the latest, which its row has too, may not have reached it.
create table certificates (
  device bytea not null references devices,
  bytes bytea not null,
  primary key (device, bytes)
);

-- Every profile that a device was given, as JSON: one that it has not got yet may be in force on it, and
-- so may the one before it.
create table profiles (
  device bytea not null references devices,
  version bigint not null,
  limits jsonb not null,
  primary key (device, version)
);

-- What the device's own fold over its journal says: the firmware's snapshot, by its keys.
create table replicas (
  device bytea not null references devices,
  key integer not null,
  page bytea not null,
  primary key (device, key)
);

-- Value that the bank owes a device, or that the device owes (net below what waits): see positions in
-- README.md.
create table positions (
  device bytea not null references devices,
  purpose integer not null check (purpose >= 0),
  currency text not null,
  net bigint not null,
  in_flight bigint not null check (in_flight >= 0),
  waiting bigint not null check (waiting >= 0),
  primary key (device, purpose)
);
create index positions_targets on positions (purpose) where purpose > 65535;

-- issued: in a settlement that the device may or may not have applied. dropped: it has applied another one.
create table notes (
  id bytea primary key,
  device bytea not null references devices,
  settlement bigint not null,
  currency text not null,
  purpose integer not null check (purpose >= 0),
  value bigint not null check (value > 0),
  expires_s bigint not null,
  remaining bigint not null,
  state text not null check (state in ('issued', 'held', 'retired', 'dropped')),
  bytes bytea not null
);
create index notes_device on notes (device, state);
create index notes_settlement on notes (settlement);

-- What the bank was shown, and when a sync began, in one order.
create sequence sightings;

-- place: where the value is. payer_state, payee_booked: what the journals of the two say, as far as they were
-- uploaded. sighting: when it was shown first.
create table transfers (
  hash bytea primary key,
  payer bytea not null references devices,
  payee bytea not null references devices,
  invoice bytea not null,
  currency text not null,
  purpose integer not null,
  total bigint not null check (total > 0),
  received bigint not null,
  sequence bigint not null,
  claim_by_s bigint not null,
  bytes bytea not null,
  seen_s bigint not null,
  place text not null check (place in ('payer', 'in-flight', 'held', 'payee', 'account', 'late')),
  why text not null check (why in ('', 'void', 'settled', 'overdue', 'unpaid')),
  unpaid boolean not null,
  paid bigint not null check (paid between 0 and total),
  accepted bytea,
  voided bytea,
  payer_state text not null check (payer_state in ('unseen', 'open', 'accepted', 'void', 'resolved')),
  payee_booked boolean not null,
  sighting bigint not null default nextval('sightings')
);
create index transfers_payer on transfers (payer, payer_state);
create index transfers_payee on transfers (payee, invoice);
create index transfers_short on transfers (payer) where place = 'payee' and paid < total;
create index transfers_waiting on transfers (claim_by_s) where place in ('in-flight', 'held');

create table voids (
  payee bytea not null,
  invoice bytea not null,
  transfer bytea not null,
  receipt bytea not null,
  primary key (payee, invoice, transfer)
);

create table journal (
  device bytea not null,
  sequence bigint not null,
  bytes bytea not null,
  head bytea not null,
  statement bytea,
  primary key (device, sequence)
);

-- Entries of a journal that the bank could not use, and whose doing that is.
create table asides (
  device bytea not null,
  sequence bigint not null,
  reason text not null,
  author bytea,
  primary key (device, sequence)
);

-- Everything that a device has signed under one of its sequence numbers, from whichever side it came.
create table statements (
  device bytea not null,
  sequence bigint not null,
  hash bytea not null,
  bytes bytea not null,
  previous bytea,
  head bytea,
  primary key (device, sequence, hash)
);

create table settlements (
  id bigint generated always as identity primary key,
  device bytea not null references devices,
  sequence bigint not null,
  facts text not null,
  bytes bytea not null,
  objects bytea[] not null,
  effects jsonb not null,
  state text not null check (state in ('issued', 'applied', 'dropped'))
);
create index settlements_device on settlements (device, sequence);

create table loads (
  id integer generated always as identity primary key,
  device bytea not null references devices,
  currency text not null,
  purpose integer not null,
  amount bigint not null check (amount > 0),
  delivered boolean not null default false
);
create index loads_pending on loads (device) where not delivered;

create table unloads (
  id integer generated always as identity primary key,
  device bytea not null references devices,
  amount bigint not null check (amount > 0),
  taken bigint
);
create index unloads_pending on unloads (device) where taken is null;

-- Double entry: each row takes from one account what it gives to another.
create table postings (
  id bigint generated always as identity primary key,
  debit text not null,
  credit text not null,
  currency text not null,
  amount bigint not null check (amount > 0),
  reason text not null,
  reference bytea,
  at_s bigint not null,
  check (debit <> credit)
);
create index postings_debit on postings (debit);
create index postings_credit on postings (credit);

create table balances (
  account text not null,
  currency text not null,
  balance bigint not null,
  primary key (account, currency)
);

create table proofs (
  id integer generated always as identity primary key,
  device bytea not null unique references devices,
  kind text not null,
  bytes bytea not null,
  at_s bigint not null
);

-- What the bank says on its own word: a rule that the device's firmware keeps was broken, where no third
-- party could check it.
create table breaches (
  device bytea not null references devices,
  rule text not null,
  sequence bigint not null,
  at_s bigint not null,
  primary key (device, rule)
);

-- A device that was taken off stays here as lifted: every change of the list has a version of its own.
create table hot_list (
  version integer generated always as identity primary key,
  device bytea not null unique references devices,
  reason text not null check (reason in ('proof', 'breach', 'lost', 'suspended', 'lifted'))
);

-- Settlements that devices would not take: why (a refusal of theirs), and the object that they would not
-- have, if it was one.
create table declined (
  id integer generated always as identity primary key,
  device bytea not null references devices,
  at_s bigint not null,
  refusal integer not null,
  object bytea
);

-- What each operator has frozen with the central bank; counted apart from the postings.
create table reserves (
  operator integer not null references operators,
  currency text not null,
  frozen bigint not null check (frozen >= 0),
  primary key (operator, currency)
);

${PLATFORM_TABLES}
${LEDGER_TABLES}
${POSTGRES_ALONE}`;
