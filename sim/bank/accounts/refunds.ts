import { Receipt } from '../../../firmware/objects/receipt.js';
import { Sales } from '../../../firmware/payment/sales.js';
import { hex } from '../bytes.js';
import type { Sql } from '../db/database.js';

/** A part of a payment that refunds a sale, both by the hashes of their transfers (32 bytes). */
export interface Refund {
  readonly refund: Uint8Array;
  readonly sale: Uint8Array;
  /** Minor units. */
  readonly amount: number;
}

interface Dealing {
  readonly till: Uint8Array;
  readonly buyer: Uint8Array;
  readonly hash: Uint8Array;
  readonly total: number;
  readonly sequence: number;
  readonly accepted: Uint8Array | null;
  readonly is_sale: boolean;
}

/**
 * What payments refund (`hashes` of transfers, of any kind): a payment by a device of a merchant category
 * refunds what that device has taken from the same payer before, by the rule that the terminal keeps offline
 * (firmware/payment/sales.ts).
 */
export async function refundsAmong(sql: Sql, hashes: readonly Uint8Array[]): Promise<Refund[]> {
  if (hashes.length === 0) return [];
  const rows = await sql.rows<Dealing>(
    `with pairs as (
       select t.payer as till, t.payee as buyer from transfers t join devices d on d.id = t.payer
       where t.hash = any($1::bytea[]) and d.category <> 0 group by t.payer, t.payee)
     select till, buyer, hash, total, sequence, accepted, true as is_sale
     from pairs join transfers on payer = buyer and payee = till where place in ('payee', 'late')
     union all
     select till, buyer, hash, total, sequence, accepted, false
     from pairs join transfers on payer = till and payee = buyer where place in ('payee', 'late', 'in-flight')`,
    [hashes],
  );
  const wanted = new Set(hashes.map(hex));
  return [...byPair(rows).values()].flatMap(refundsOf).filter(({ refund }) => wanted.has(hex(refund)));
}

/** In the order of the till's journal. */
function byPair(rows: readonly Dealing[]): Map<string, Dealing[]> {
  const pairs = new Map<string, Dealing[]>();
  for (const row of [...rows].sort((a, b) => placeOf(a) - placeOf(b))) {
    const key = `${hex(row.till)} ${hex(row.buyer)}`;
    pairs.set(key, [...(pairs.get(key) ?? []), row]);
  }
  return pairs;
}

/** Number in the till's journal: of its receipt for what it took, of its transfer for what it paid. */
const placeOf = ({ is_sale, accepted, sequence }: Dealing): number =>
  is_sale && accepted ? Receipt.parse(accepted)!.sequence : sequence;

function refundsOf(dealings: readonly Dealing[]): Refund[] {
  const sales = new Sales();
  const taken = new Map<number, Uint8Array>();
  return dealings.flatMap((dealing) => {
    const place = placeOf(dealing);
    if (!dealing.is_sale)
      return sales
        .payBack(dealing.total)
        .map(({ sale, amount }) => ({ refund: dealing.hash, sale: taken.get(sale)!, amount }));
    sales.add(place, dealing.total);
    taken.set(place, dealing.hash);
    return [];
  });
}
