/** Accounts that are billed first and deducted later (R27, R29), a part of the schema: platform/README.md. */
export const PLATFORM_TABLES = `
-- Operators that keep accounts of users: what certifies them, and signs receipts for bills.
create table platforms (
  operator integer primary key references operators,
  id bytea not null unique check (length(id) = 4),
  signing_key bytea not null,
  serial bigint not null default 0,
  deny_version bigint not null default 0
);

-- What a platform and a user have agreed upon. withholding: the account from which debts may be taken.
create table user_terms (
  account integer primary key references accounts,
  line bigint not null check (line >= 0),
  quota bigint not null check (quota > 0),
  life_s bigint not null check (life_s > 0),
  tier integer not null check (tier between 0 and 23),
  scene integer not null check (scene between 0 and 65535),
  face_day_max bigint not null check (face_day_max >= 0),
  withholding integer references accounts check (withholding <> account),
  leaving_s bigint
);
create index user_terms_withholding on user_terms (withholding) where withholding is not null;

-- billed: by all bills under it that the user has to pay.
create table account_certificates (
  operator integer not null references platforms,
  serial bigint not null,
  account integer not null references user_terms,
  until_s bigint not null,
  quota bigint not null check (quota > 0),
  billed bigint not null default 0 check (billed >= 0),
  revoked_s bigint,
  why text not null default '' check (why in ('', 'counter', 'copied', 'debt', 'leaving')),
  bytes bytea not null,
  primary key (operator, serial)
);
create index account_certificates_account on account_certificates (account, until_s);
create index account_certificates_denied on account_certificates (operator, until_s) where revoked_s is not null;

-- counted_from: the receipt that it may have acted on when it made its last bill, and since which it counts.
-- time_s: of that last bill.
create table terminals (
  id bytea primary key check (length(id) = 8),
  public_key bytea not null unique,
  account integer not null references accounts,
  limits jsonb not null,
  scene integer not null,
  tier_min integer not null,
  category integer not null check (category between 0 and 65535),
  since_s bigint not null,
  suspended_s bigint,
  why text not null default '' check (why in ('', 'counter', 'fork')),
  sequence bigint not null default 0,
  head bytea not null,
  time_s bigint not null,
  counted_from bigint not null default 0,
  counted_from_s bigint not null,
  resuming boolean not null default false
);
create index terminals_account on terminals (account);

-- Receipts that were given, and may have been acted on by bills that are still to come.
create table bill_receipts (
  terminal bytea not null references terminals,
  time_s bigint not null,
  sequence bigint not null,
  primary key (terminal, time_s, sequence)
);

-- Bills of one site, for users of one platform, that were deducted together: one posting for all of them.
create table bill_batches (
  id bigint generated always as identity primary key,
  account integer not null references accounts,
  operator integer not null references platforms,
  currency text not null,
  bills bigint not null check (bills > 0),
  amount bigint not null check (amount > 0),
  at_s bigint not null
);
create index bill_batches_account on bill_batches (account, id);

-- account: of the user, where the bill says whom. site: the merchant's. bearer: who bears what it comes to.
-- returned: of a sale, by refunds and by a dispute.
create table bills (
  terminal bytea not null references terminals,
  sequence bigint not null,
  hash bytea not null,
  bytes bytea not null,
  evidence bytea not null,
  operator integer,
  serial bigint,
  counter bigint,
  account integer references accounts,
  site integer not null references accounts,
  kind integer not null,
  means integer not null,
  amount bigint not null check (amount >= 0),
  refers bigint not null,
  time_s bigint not null,
  taken_s bigint not null,
  state text not null check (state in ('paid', 'aside', 'disputed')),
  reason text not null check ((state = 'aside') = (reason <> '')),
  bearer text not null check (bearer in ('user', 'platform', 'site', 'nobody')),
  returned bigint not null default 0 check (returned between 0 and amount),
  batch bigint references bill_batches,
  primary key (terminal, sequence),
  check ((state = 'aside') = (bearer = 'nobody'))
);
create index bills_code on bills (operator, serial, counter) where state <> 'aside';
create index bills_face on bills (account, time_s) where means = 2;
create index bills_account on bills (account, taken_s);
create index bills_taps on bills (account, time_s) where kind in (1, 2);
create index bills_batch on bills (batch);

-- Of a bill, what no balance has covered: every fen has an owner and a state. amount = what is left of it in
-- the state + what has come back, and how.
create table debts (
  terminal bytea not null,
  sequence bigint not null,
  account integer not null references accounts,
  currency text not null,
  amount bigint not null check (amount > 0),
  remaining bigint not null check (remaining >= 0),
  state text not null check (state in ('advanced', 'recorded', 'disputed', 'written-off', 'borne')),
  recovered bigint not null default 0 check (recovered >= 0),
  withheld bigint not null default 0 check (withheld >= 0),
  returned bigint not null default 0 check (returned >= 0),
  since_s bigint not null,
  primary key (terminal, sequence, account),
  foreign key (terminal, sequence) references bills,
  check (amount = remaining + recovered + withheld + returned)
);
create index debts_open on debts (account) where remaining > 0;
create index debts_due on debts (since_s) where remaining > 0;

create table disputes (
  terminal bytea not null,
  sequence bigint not null,
  at_s bigint not null,
  decided text not null default '' check (decided in ('', 'user', 'site')),
  ground text not null,
  primary key (terminal, sequence),
  foreign key (terminal, sequence) references bills
);

-- What is held against a user, and what is not any more.
create table credit_record (
  id bigint generated always as identity primary key,
  account integer not null references accounts,
  at_s bigint not null,
  what text not null check (what in ('overdrawn', 'late', 'overdue', 'copied', 'written-off', 'cleared')),
  amount bigint not null check (amount >= 0)
);
create index credit_record_account on credit_record (account, id);

-- Two bills under one number, or one that does not follow from the one before: the terminal has signed both.
create table bill_forks (
  terminal bytea not null references terminals,
  sequence bigint not null,
  known bytea not null,
  other bytea not null,
  at_s bigint not null,
  primary key (terminal, sequence, other)
);

-- Of a merchant's gates: for journeys that begin from then on.
create table fare_tables (
  account integer not null references accounts,
  from_s bigint not null,
  fares jsonb not null,
  primary key (account, from_s)
);

-- Of a bill of an entry or an exit, what has gone back since the fare was found, beside refunds.
create table fares_back (
  terminal bytea not null,
  sequence bigint not null,
  back bigint not null check (back >= 0),
  primary key (terminal, sequence),
  foreign key (terminal, sequence) references bills
);
`;
