import type { Sql } from '../db/database.js';
import { publicOf } from '../key-store.js';

/** What a platform signs account certificates and receipts for bills with (R27). */
export interface PlatformKey {
  /** Of the operator that is the platform. */
  readonly number: number;
  /** As `platformIdOf` names it, 4 bytes. */
  readonly id: Uint8Array;
  /** What the store of the operators' keys signs with: see KeyStore. */
  readonly signingKey: Uint8Array;
  readonly publicKey: Uint8Array;
}

export async function readPlatformKeys(sql: Sql): Promise<Map<number, PlatformKey>> {
  const rows = await sql.rows<{ operator: number; id: Uint8Array; signing_key: Uint8Array }>(
    'select operator, id, signing_key from platforms order by operator',
  );
  return new Map(
    rows.map(({ operator, id, signing_key }) => [
      operator,
      { number: operator, id, signingKey: signing_key, publicKey: publicOf(signing_key) },
    ]),
  );
}
