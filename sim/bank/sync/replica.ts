import { bytesOfEntry, type JournalEntry } from '../../../firmware/ledger/journal-entry.js';
import { Ledger } from '../../../firmware/ledger/ledger.js';
import { restore, snapshot } from '../../../firmware/ledger/snapshot.js';
import { Note } from '../../../firmware/objects/note.js';
import type { Context } from '../context.js';
import type { Sql } from '../db/database.js';

/** Transfers in flight are always written out: the replica has no journal beside it. */
const ALL_FLIGHTS = Number.MAX_SAFE_INTEGER;

/**
 * A device's ledger as the device itself keeps it: the firmware's own fold over the journal, taken up where
 * the last page ended. So hops, expiry, the rule of the lots, counters and dealings are replayed by the very
 * code that a wallet runs.
 */
export class Replica {
  private constructor(
    readonly ledger: Ledger,
    private readonly pages: Map<number, Uint8Array>,
    private readonly device: Uint8Array,
  ) {}

  static async read(context: Context, sql: Sql, device: Uint8Array): Promise<Replica> {
    const [row] = await sql.rows<{ keys: number[]; pages: Uint8Array[] }>(
      'select keys, pages from replicas where device = $1',
      [device],
    );
    const pages = new Map(row?.keys.map((key, i) => [key, row.pages[i]]));
    const ledger = new Ledger(context.crypto);
    restore(ledger, { read: (key) => pages.get(key), entry: () => undefined });
    return new Replica(ledger, pages, device);
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

  async write(sql: Sql): Promise<void> {
    for (const { key, payload } of snapshot(this.ledger, ALL_FLIGHTS)) {
      if (payload) this.pages.set(key, payload);
    }
    this.ledger.noteIndex.saved();
    this.ledger.counterparties.saved();
    await sql.rows(
      `insert into replicas (device, keys, pages) values ($1, $2::int[], $3::bytea[])
       on conflict (device) do update set keys = excluded.keys, pages = excluded.pages`,
      [this.device, [...this.pages.keys()], [...this.pages.values()]],
    );
  }
}
