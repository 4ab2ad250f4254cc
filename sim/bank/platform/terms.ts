import { AMOUNT_MAX } from '../../../firmware/limits.js';
import { accountRow, requireFree } from '../accounts/accounts.js';
import { requireRegistered } from '../accounts/withdrawal-password.js';
import { BankError } from '../codes.js';
import type { Context } from '../context.js';
import type { Sql } from '../db/database.js';
import { platformKeyOf } from './make-platform.js';

/** What a platform and a user agree upon (R29). Amounts in minor units. */
export interface Terms {
  /** The most that the account may owe. */
  readonly line: number;
  /** What one certificate is good for. */
  readonly quota: number;
  /** How long one holds. */
  readonly life_s: number;
  /** Strength of the user's identity, 0 to 23. */
  readonly tier: number;
  /** The only scene where certificates hold; 0: anywhere. */
  readonly scene: number;
  /** The most that bills by the user's face come to on one day; 0: none are paid. */
  readonly faceDayMax: number;
  /** Another account of the same currency, from which debts may be taken; null: that is not agreed. */
  readonly withholding: number | null;
}

export const DEFAULT_TERMS: Terms = {
  line: 0,
  quota: 20_000,
  life_s: 3 * 86_400,
  tier: 1,
  scene: 0,
  faceDayMax: 0,
  withholding: null,
};

export interface TermsRow extends Terms {
  readonly account: number;
  /** The user leaves: since when. */
  readonly leaving_s: number | null;
}

/**
 * New terms for an account, whose operator is a platform. Certificates that it has stay as they are. What is
 * not given stays as it was. Throws BankError `unknown-account`, `unregistered`, `held`, `platform`, `terms`,
 * `debt`.
 */
export function setTerms(context: Context, account: number, given: Partial<Terms>): Promise<Terms> {
  return context.database.transaction(async (sql) => {
    const row = await accountRow(sql, account);
    await requireRegistered(sql, account);
    requireFree(context, row);
    platformKeyOf(context, row.operator);
    const known = await findTerms(sql, account);
    const terms = { ...DEFAULT_TERMS, ...known, ...given };
    requireTerms(context, terms);
    if (terms.withholding !== null) {
      const other = await accountRow(sql, terms.withholding);
      await requireRegistered(sql, other.id);
      if (other.id === account || other.currency !== row.currency)
        throw new BankError('terms', `account ${other.id} is the same one, or has another currency`);
    }
    const { line, quota, life_s, tier, scene, faceDayMax, withholding } = terms;
    await sql.rows(
      `insert into user_terms (account, line, quota, life_s, tier, scene, face_day_max, withholding)
       values ($1, $2, $3, $4, $5, $6, $7, $8)
       on conflict (account) do update set line = excluded.line, quota = excluded.quota,
         life_s = excluded.life_s, tier = excluded.tier, scene = excluded.scene,
         face_day_max = excluded.face_day_max, withholding = excluded.withholding, leaving_s = null`,
      [account, line, quota, life_s, tier, scene, faceDayMax, withholding],
    );
    return { line, quota, life_s, tier, scene, faceDayMax, withholding };
  });
}

/** Throws BankError `terms` for what no certificate can be good for. */
export function requireTerms({ parameters }: Context, { quota, life_s }: Terms): void {
  if (quota < 1 || quota > AMOUNT_MAX) throw new BankError('terms', `a quota of ${quota} is no amount`);
  if (life_s < 1 || life_s > parameters.certificateLife_s)
    throw new BankError('terms', `a certificate holds for 1 to ${parameters.certificateLife_s} seconds`);
}

async function findTerms(sql: Sql, account: number): Promise<TermsRow | undefined> {
  const [row] = await sql.rows<TermsRow>(
    `select account, line, quota, life_s, tier, scene, face_day_max as "faceDayMax", withholding, leaving_s
     from user_terms where account = $1`,
    [account],
  );
  return row;
}

/** Throws BankError `terms` for an account that has none. */
export async function termsOf(sql: Sql, account: number): Promise<TermsRow> {
  const row = await findTerms(sql, account);
  if (!row) throw new BankError('terms', `account ${account} has no terms with its platform`);
  return row;
}
