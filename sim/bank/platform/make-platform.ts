import { platformIdOf } from '../../../firmware/account/account-certificate.js';
import { BankError } from '../codes.js';
import type { Context } from '../context.js';
import { publicOf } from '../key-store.js';
import type { PlatformKey } from './platform-keys.js';

/** Throws BankError `unknown-operator`, and `platform` for an operator that is none. */
export function platformKeyOf({ keys }: Context, operator: number): PlatformKey {
  if (!keys.operators.has(operator)) throw new BankError('unknown-operator', `no operator ${operator}`);
  const key = keys.platforms.get(operator);
  if (!key) throw new BankError('platform', `operator ${operator} keeps no accounts of users`);
  return key;
}

/**
 * Makes an operator a platform, unless it is one: with a key of its own, in the store of the operators' keys.
 * Returns its public key, 32 bytes, for terminals. Throws BankError `unknown-operator`, `token`.
 */
export async function makePlatform(context: Context, operator: number): Promise<Uint8Array> {
  const { crypto, keys, keyStores } = context;
  if (!keys.operators.has(operator)) throw new BankError('unknown-operator', `no operator ${operator}`);
  const made = keys.platforms.get(operator);
  if (made) return made.publicKey;
  const publicKey = await context.database.transaction(async (sql) => {
    const [known] = await sql.rows<{ signing_key: Uint8Array }>(
      'select signing_key from platforms where operator = $1',
      [operator],
    );
    const signingKey = known?.signing_key ?? keyStores.operators.make(`platform ${operator}`);
    if (!known)
      await sql.rows('insert into platforms (operator, id, signing_key) values ($1, $2, $3)', [
        operator,
        platformIdOf(crypto, publicOf(signingKey)),
        signingKey,
      ]);
    return publicOf(signingKey);
  });
  await context.reloadKeys();
  return publicKey;
}
