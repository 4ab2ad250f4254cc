/**
 * The tables. Plain SQL: bytea for ids, keys and signed objects, bigint for amounts (minor units) and times
 * (Unix seconds). What was signed is kept as it was signed; the other columns of its row only repeat it for
 * queries.
 */
export const SCHEMA = `
create table central_bank (
  one boolean primary key default true check (one),
  root_key bytea not null,
  time_s bigint not null
);

create table operators (
  number integer primary key check (number > 0),
  name text not null,
  signing_key bytea not null,
  agreement_secret bytea not null,
  endorsement bytea not null,
  certificate bytea not null
);

create table accounts (
  id integer generated always as identity primary key,
  operator integer not null references operators,
  name text not null,
  currency text not null check (length(currency) = 3),
  settle_to text not null check (settle_to in ('device', 'account'))
);

create table challenges (nonce bytea primary key, until_s bigint not null);

-- The registry of owners (R18). From sequence on: what the device's own journal says, as far as it was
-- uploaded.
create table devices (
  id bytea primary key,
  account integer not null references accounts,
  operator integer not null references operators,
  signing_key bytea not null unique,
  certificate bytea not null,
  profile bytea not null,
  profile_version bigint not null,
  suspended boolean not null default false,
  proven boolean not null default false,
  lost_s bigint,
  recovered boolean not null default false,
  unlock_pin boolean not null default false,
  contradicted boolean not null default false,
  sequence bigint not null default 0,
  head bytea not null,
  epoch bigint not null default 0,
  epoch_sequence bigint not null default 0,
  epoch_head bytea not null,
  received jsonb not null default '{}',
  claims jsonb not null default '{}',
  told_profile bigint not null default -1,
  told_operators bigint not null default 0,
  told_hot_list bigint not null default 0
);
create index devices_account on devices (account);

-- issued: in a settlement that the device may or may not have applied. dropped: it has applied another one.
create table notes (
  id bytea primary key,
  device bytea not null references devices,
  settlement bigint not null,
  currency text not null,
  purpose integer not null,
  value bigint not null check (value > 0),
  expires_s bigint not null,
  remaining bigint not null,
  state text not null check (state in ('issued', 'held', 'retired', 'dropped')),
  bytes bytea not null
);
create index notes_device on notes (device, state);
create index notes_settlement on notes (settlement);

-- place: where the value is. payer_state, payee_booked: what the journals of the two say, as far as they were
-- uploaded.
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
  place text not null check (place in ('payer', 'flight', 'payee', 'account')),
  timed_out boolean not null,
  accepted bytea,
  voided bytea,
  payer_state text not null check (payer_state in ('unseen', 'open', 'accepted', 'void', 'resolved')),
  payee_booked boolean not null
);
create index transfers_payer on transfers (payer, payer_state);
create index transfers_payee on transfers (payee, invoice);
create index transfers_flight on transfers (claim_by_s) where place = 'flight';

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

create table hot_list (
  version integer generated always as identity primary key,
  device bytea not null unique references devices,
  reason text not null check (reason in ('proof', 'lost'))
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
`;
