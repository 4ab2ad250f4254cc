import { sameBytes } from '../../../firmware/bytes.js';
import { bytesOfEntry, type JournalEntry } from '../../../firmware/ledger/journal-entry.js';
import { Ledger } from '../../../firmware/ledger/ledger.js';
import { restore, snapshot } from '../../../firmware/ledger/snapshot.js';
import { Note } from '../../../firmware/objects/note.js';
import type { Context } from '../context.js';
import type { Sql } from '../db/database.js';

/** Transfers in flight are always written out: the replica has no journal beside it. */
const ALL_FLIGHTS = Number.MAX_SAFE_INTEGER;

/** A page of a snapshot, as firmware would write it to its flash. */
interface PageRow {
  readonly device: Uint8Array;
  readonly key: number;
  readonly page: Uint8Array;
}

/**
 * A device's ledger as the device itself keeps it: the firmware's own fold over the journal, taken up where
 * the last page ended. So hops, expiry, the rule of the lots, counters and dealings are replayed by the very
 * code that a wallet runs.
 */
export class Replica {
  private constructor(
    readonly ledger: Ledger,
    private readonly device: Uint8Array,
  ) {}

  static async read(context: Context, sql: Sql, device: Uint8Array): Promise<Replica> {
    return (await Replica.readAll(context, sql, [device]))[0];
  }

  /** In the order of the devices. */
  static async readAll(context: Context, sql: Sql, devices: readonly Uint8Array[]): Promise<Replica[]> {
    const rows = await sql.rows<PageRow>(
      'select device, key, page from replicas where device = any($1::bytea[])',
      [devices],
    );
    return devices.map((device) => {
      const own = rows.filter((row) => sameBytes(row.device, device));
      const pages = new Map(own.map(({ key, page }) => [key, page]));
      const ledger = new Ledger(context.crypto);
      restore(ledger, { read: (key) => pages.get(key), entry: () => undefined });
      return new Replica(ledger, device);
    });
  }

  /**
   * `fresh`: the notes of a settlement, in their order. Throws LedgerError when the entry contradicts what
   * came before.
   */
  apply(entry: JournalEntry, created_s: number, fresh: readonly Uint8Array[] = []): void {
    fresh.forEach((bytes, place) => {
      this.ledger.stage(Note.parse(bytes)!, place);
    });
    const { ledger } = this;
    const noted = { bytes: bytesOfEntry(entry), entry, confirmed: false, own_s: created_s };
    ledger.apply(ledger.read(noted));
    // The journal knows of no confirmation, so here this is all that was paid since the last settlement.
    if (entry.kind === 'settled') ledger.unconfirmed = 0;
  }

  /** The pages that have changed since it was read. */
  #changed(): PageRow[] {
    const { ledger, device } = this;
    const changed = [...snapshot(ledger, ALL_FLIGHTS)].flatMap(({ key, payload }) =>
      payload ? [{ device, key, page: payload }] : [],
    );
    ledger.noteIndex.saved();
    ledger.counterparties.saved();
    return changed;
  }

  static async writeAll(sql: Sql, replicas: readonly Replica[]): Promise<void> {
    const rows = replicas.flatMap((replica) => replica.#changed());
    await sql.rows(
      `insert into replicas (device, key, page) select * from unnest($1::bytea[], $2::int[], $3::bytea[])
       on conflict (device, key) do update set page = excluded.page`,
      [rows.map(({ device }) => device), rows.map(({ key }) => key), rows.map(({ page }) => page)],
    );
  }
}
