import { requireAmount } from '../accounts/accounts.js';
import { requirePrimeOrder } from '../accounts/enrol.js';
import { availableAccount, CASH, Ledger } from '../accounts/ledger.js';
import { BankError } from '../codes.js';
import type { Context } from '../context.js';
import type { Sql } from '../db/database.js';
import { issue } from './certificates.js';
import { platformKeyOf } from './make-platform.js';
import { unpromised } from './promised.js';
import { DEFAULT_TERMS, requireTerms, type Terms } from './terms.js';

/** Somebody on the list of a campus or a company whose users all come at once. */
export interface NewUser {
  readonly name: string;
  /** Of the user's device: Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** Minor units that are paid in; 0: none. */
  readonly deposit: number;
  /** Where nothing is given, `DEFAULT_TERMS`. Withholding is agreed upon later, by `setTerms`. */
  readonly terms: Partial<Omit<Terms, 'withholding'>>;
}

export interface Admitted {
  readonly account: number;
  /** An AccountCertificate. */
  readonly certificate: Uint8Array;
}

/**
 * Accounts, money, terms and certificates of many users, as one by one, in one transaction: all of them or
 * none. Returns them in the order of `users`. Throws BankError `unknown-operator`, `platform`, `amount`,
 * `terms`, `key`; `promised` when the money and the line of one do not cover a quota.
 */
export async function admit(
  context: Context,
  operator: number,
  currency: string,
  users: readonly NewUser[],
): Promise<Admitted[]> {
  platformKeyOf(context, operator);
  const wanted = users.map((user) => ({ ...user, terms: { ...DEFAULT_TERMS, ...user.terms } }));
  for (const user of wanted) requireUser(context, user);
  if (wanted.length === 0) return [];
  return context.database.transaction(async (sql) => {
    const accounts = await openAccounts(sql, operator, currency, wanted);
    const ledger = new Ledger(sql, context.time_s);
    for (const [i, { deposit }] of wanted.entries())
      if (deposit > 0) ledger.post(CASH, availableAccount(accounts[i], 0), currency, deposit, 'deposit');
    await ledger.flush();
    await sql.rows(
      `insert into user_terms (account, line, quota, life_s, tier, scene, face_day_max)
       select * from unnest($1::int[], $2::bigint[], $3::bigint[], $4::bigint[], $5::int[], $6::int[], $7::bigint[])`,
      [
        accounts,
        wanted.map(({ terms }) => terms.line),
        wanted.map(({ terms }) => terms.quota),
        wanted.map(({ terms }) => terms.life_s),
        wanted.map(({ terms }) => terms.tier),
        wanted.map(({ terms }) => terms.scene),
        wanted.map(({ terms }) => terms.faceDayMax),
      ],
    );
    const certificates = await issue(
      context,
      sql,
      operator,
      wanted.map(({ publicKey, terms }, i) => ({ account: accounts[i], publicKey, terms })),
    );
    return accounts.map((account, i) => ({ account, certificate: certificates[i] }));
  });
}

type Wanted = Omit<NewUser, 'terms'> & { readonly terms: Terms };

function requireUser(context: Context, { name, publicKey, deposit, terms }: Wanted): void {
  requirePrimeOrder(publicKey);
  if (deposit !== 0) requireAmount(deposit);
  requireTerms(context, terms);
  const free = unpromised({ available: deposit, line: terms.line, owed: 0, quotas: 0 });
  if (free < terms.quota)
    throw new BankError('promised', `${name} would have ${free} for a quota of ${terms.quota}`);
}

/** The numbers of new accounts. Which of two namesakes gets which makes no difference: they are empty yet. */
async function openAccounts(
  sql: Sql,
  operator: number,
  currency: string,
  users: readonly Wanted[],
): Promise<number[]> {
  const rows = await sql.rows<{ id: number; name: string }>(
    `insert into accounts (operator, name, currency, settle_to)
     select $1, x.name, $2, 'device' from unnest($3::text[]) as x (name) returning id, name`,
    [operator, currency, users.map(({ name }) => name)],
  );
  const named = new Map<string, number[]>();
  for (const { id, name } of rows) {
    const ids = named.get(name);
    if (ids) ids.push(id);
    else named.set(name, [id]);
  }
  return users.map(({ name }) => named.get(name)!.pop()!);
}
