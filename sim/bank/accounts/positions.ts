import { hex } from '../bytes.js';
import type { Context } from '../context.js';
import type { Place } from '../db/rows.js';

/** Value that a device holds, of which `undelivered` waits for its next sync. Minor units. */
export interface Holding {
  readonly held: number;
  readonly undelivered: number;
}

/**
 * The books as somebody sees them who also sees the devices: for tests and simulations that compare the two.
 */
export interface Positions {
  /** By device id in hex. */
  readonly devices: ReadonlyMap<string, Holding>;
  /** By transfer hash in hex. */
  readonly places: ReadonlyMap<string, Place>;
}

export async function positions(context: Context, currency: string): Promise<Positions> {
  return context.database.transaction(async (sql) => {
    const devices = await sql.rows<{ id: Uint8Array; held: number; undelivered: number }>(
      `select d.id, coalesce(p.held, 0)::bigint as held, coalesce(l.amount, 0)::bigint as undelivered
       from devices d
       left join (select device, sum(net - in_flight - waiting) as held from positions where currency = $1 group by device) p
         on p.device = d.id
       left join (select device, sum(amount) as amount from loads where not delivered group by device) l on l.device = d.id`,
      [currency],
    );
    const transfers = await sql.rows<{ hash: Uint8Array; place: Place }>('select hash, place from transfers');
    return {
      devices: new Map(devices.map(({ id, held, undelivered }) => [hex(id), { held, undelivered }])),
      places: new Map(transfers.map(({ hash, place }) => [hex(hash), place])),
    };
  });
}

/** What one device holds by the books. */
export async function holdingOf(context: Context, device: Uint8Array, currency: string): Promise<Holding> {
  return context.database.transaction(async (sql) => {
    const [holding] = await sql.rows<Holding>(
      `select (select coalesce(sum(net - in_flight - waiting), 0)::bigint from positions
           where device = $1 and currency = $2) as held,
         (select coalesce(sum(amount), 0)::bigint from loads where device = $1 and not delivered) as undelivered`,
      [device, currency],
    );
    return holding;
  });
}
