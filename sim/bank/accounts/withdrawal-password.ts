import { BankError } from '../codes.js';
import { type Context, randomBytes } from '../context.js';
import type { Sql } from '../db/database.js';

/** What a withdrawal password is: characters of `!` to `~`. */
export const PASSWORD = /^[\x21-\x7e]{6,64}$/;
/** Wrong ones in a row; then none is taken for a day. */
export const PASSWORD_TRIES_MAX = 5;
/** RFC 7914: 32 MB for each try. */
const SCRYPT = { N: 2 ** 15, r: 8, p: 1, dkLen: 32 };
const SALT_BYTES = 16;

/** A password as the bank keeps it. */
export interface Reserved {
  readonly salt: Uint8Array;
  /** scrypt, 32 bytes. */
  readonly hash: Uint8Array;
}

/** The slow hash by which a password is compared. It is loaded for that alone: many ask for the form only. */
export async function hashOf(password: string, salt: Uint8Array): Promise<Uint8Array> {
  const { scryptAsync } = await import('@noble/hashes/scrypt.js');
  return scryptAsync(new TextEncoder().encode(password), salt, SCRYPT);
}

export async function reserve(context: Context, password: string): Promise<Reserved> {
  if (!PASSWORD.test(password))
    throw new BankError('malformed', 'a password is 6 to 64 characters of ASCII without spaces');
  const salt = randomBytes(context, SALT_BYTES);
  return { salt, hash: await hashOf(password, salt) };
}

export async function keepReserved(sql: Sql, account: number, { salt, hash }: Reserved): Promise<void> {
  await sql.rows(
    `insert into withdrawals (account, salt, hash, tries) values ($1, $2, $3, $4)
     on conflict (account) do update set salt = excluded.salt, hash = excluded.hash`,
    [account, salt, hash, PASSWORD_TRIES_MAX],
  );
}

/** Throws BankError `unregistered` for an account that only its withdrawal password opens. */
export async function requireRegistered(sql: Sql, account: number): Promise<void> {
  const found = await sql.rows('select 1 from withdrawals where account = $1', [account]);
  if (found.length > 0)
    throw new BankError('unregistered', `account ${account} is of nobody known: its password pays it out`);
}
