/** Money that one account gave to devices of others, for somebody (R26): see accounts/give.ts. */
export const TARGET_TABLES = `
-- Whom money is for that one account gave to devices of others, and until when (R26): numbers are above all
-- merchant categories, so both are purposes of positions, notes and accounts. returned: what lay in accounts
-- has gone back to the giver.
create table targets (
  number integer generated always as identity (start with 65536) primary key,
  giver integer not null references accounts,
  purpose integer not null check (purpose between 0 and 65535),
  place bigint not null,
  payee bytea not null check (length(payee) = 8),
  until_s bigint not null,
  returned boolean not null default false,
  unique (giver, purpose, place, payee, until_s)
);
create index targets_due on targets (until_s) where not returned;
`;
