/** A part of the schema: see schema.ts. */
export const LEDGER_TABLES = `
-- The transparency logs of the operators (R25): see ledger/README.md. What settlement has to say and no log
-- has taken yet, a row a transaction.
create table ledger_outbox (
  id bigint generated always as identity primary key,
  records bytea not null
);

-- checkpoint: what the log has signed last. published: what it shows, cosigned as its policy wants it.
create table ledger_logs (
  operator integer primary key references operators,
  size bigint not null check (size >= 0),
  checkpoint text not null,
  published text,
  policy text
);

-- level -1: the entries themselves.
create table ledger_tiles (
  operator integer not null references ledger_logs,
  level integer not null,
  number bigint not null,
  bytes bytea not null,
  primary key (operator, level, number)
);

-- Leaves with one ciphertext. names: the first four bytes of each transfer. A period that was forgotten has
-- neither ciphertext nor openings.
create table ledger_batches (
  operator integer not null references ledger_logs,
  first bigint not null,
  period integer not null,
  openings bytea not null,
  names bytea not null,
  hash bytea not null,
  ciphertext bytea,
  primary key (operator, first)
);
create index ledger_batches_hash on ledger_batches (hash);
`;
