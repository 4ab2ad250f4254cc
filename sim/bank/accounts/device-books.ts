import { hex } from '../bytes.js';
import type { Sql } from '../db/database.js';
import type { PartyRow, TransferRow } from '../db/rows.js';
import {
  availableLedgerAccount,
  balancesOf,
  type DevicePlace,
  deviceLedgerAccount,
  type Ledger,
  type LedgerAccount,
} from './ledger.js';
import { readTargets, type Target } from './targets.js';

/**
 * What the books know of one device's money of one purpose:
 *
 * - `net`: what has come to it, less what was paid for it or to it
 * - `in_flight`: its transfers that nobody has taken yet
 * - `waiting`: its transfers that come back to it, and may not yet
 *
 * All five accounts of the device follow from these three. What it has flies first, then waits, then is on
 * the device; what it has not is never in any of them, so that nothing comes back which was never there.
 * Below zero, `net` is a debt that names the device.
 */
interface Position {
  readonly device: Uint8Array;
  readonly purpose: number;
  readonly currency: string;
  net: number;
  in_flight: number;
  waiting: number;
}

interface Shift {
  readonly party: PartyRow;
  readonly purpose: number;
  readonly net?: number;
  readonly in_flight?: number;
  readonly waiting?: number;
}

/** A change of a device's position, or of another account. */
export type Change = Shift | { readonly ledgerAccount: LedgerAccount; readonly amount: number };

const PLACES: readonly DevicePlace[] = ['device', 'in-flight', 'held', 'owed', 'loss'];

/** What each account of the device has, in the order of PLACES. */
function shares({ net, in_flight, waiting }: Position, convicted: boolean): number[] {
  const debt = Math.min(0, net);
  const flight = Math.min(in_flight, Math.max(0, net));
  const held = Math.min(waiting, Math.max(0, net - in_flight));
  const device = Math.max(0, net - in_flight - waiting);
  return [device, flight, held, convicted ? 0 : debt, convicted ? debt : 0];
}

/** Adds up the changes of one position, so that only what remains of them is posted. */
function gather(
  shifts: Map<string, Shift>,
  { party, purpose, net = 0, in_flight = 0, waiting = 0 }: Shift,
): void {
  const key = `${hex(party.id)} ${purpose}`;
  const sum = shifts.get(key);
  shifts.set(key, {
    party,
    purpose,
    net: net + (sum?.net ?? 0),
    in_flight: in_flight + (sum?.in_flight ?? 0),
    waiting: waiting + (sum?.waiting ?? 0),
  });
}

/** The positions that one transaction works on. */
export class DeviceBooks {
  /** By device id in hex, then by purpose. */
  readonly #positions = new Map<string, Map<number, Position>>();
  readonly #changed = new Set<Position>();
  /** Those that the devices have, or had, money of. */
  readonly #targets = new Map<number, Target>();

  constructor(
    private readonly sql: Sql,
    private readonly ledger: Ledger,
    private readonly time_s: number,
  ) {}

  async read(devices: readonly Uint8Array[]): Promise<void> {
    const wanted = devices.filter((device) => !this.#positions.has(hex(device)));
    if (wanted.length === 0) return;
    const rows = await this.sql.rows<Position>('select * from positions where device = any($1::bytea[])', [
      wanted,
    ]);
    for (const device of wanted) this.#positions.set(hex(device), new Map());
    for (const row of rows) this.#positions.get(hex(row.device))!.set(row.purpose, row);
    const purposes = new Set(rows.map(({ purpose }) => purpose));
    for (const [number, target] of await readTargets(this.sql, purposes)) this.#targets.set(number, target);
  }

  /** Whether money of this purpose is its giver's again, once no device has it any more (R26). */
  isOver(purpose: number): boolean {
    const target = this.#targets.get(purpose);
    return target !== undefined && target.until_s <= this.time_s;
  }

  /** Where the device's money of a purpose goes that comes back to an account. */
  home(party: PartyRow, purpose: number): LedgerAccount {
    if (!this.isOver(purpose)) return availableLedgerAccount(party.account, party.operator, purpose);
    const { giver, operator } = this.#targets.get(purpose)!;
    return availableLedgerAccount(giver, operator, 0);
  }

  #of(party: PartyRow, purpose: number): Position {
    const own = this.#positions.get(hex(party.id));
    if (!own) throw new Error(`the position of ${hex(party.id)} was not read`);
    const known = own.get(purpose);
    if (known) return known;
    const fresh = { device: party.id, purpose, currency: party.currency, net: 0, in_flight: 0, waiting: 0 };
    own.set(purpose, fresh);
    return fresh;
  }

  #all(party: PartyRow): Position[] {
    return [...(this.#positions.get(hex(party.id))?.values() ?? [])];
  }

  /** What the device holds that is neither in flight nor waiting. */
  free(party: PartyRow, purpose: number): number {
    const { net, in_flight, waiting } = this.#of(party, purpose);
    return Math.max(0, net - in_flight - waiting);
  }

  /**
   * What can be paid of one of the payer's transfers by what the payer has shown, and `back`, which the payer
   * gets by the same booking; what it has in flight besides goes first.
   */
  covered(payer: PartyRow, { purpose, total, place }: TransferRow, back = 0): number {
    const { net, in_flight, waiting } = this.#of(payer, purpose);
    const others = in_flight + waiting - (place === 'in-flight' || place === 'held' ? total : 0);
    return Math.max(0, Math.min(total, net + back - others));
  }

  /** Purposes of which the device has, or had, something. */
  purposes(party: PartyRow): number[] {
    return this.#all(party).map(({ purpose }) => purpose);
  }

  debt(party: PartyRow): number {
    return this.#all(party).reduce((sum, { net }) => sum + Math.max(0, -net), 0);
  }

  /** Books changes that add up to nothing, as postings from what becomes less to what becomes more. */
  book(currency: string, changes: readonly Change[], reason: string, reference?: Uint8Array): void {
    const less: { ledgerAccount: LedgerAccount; amount: number }[] = [];
    const more: { ledgerAccount: LedgerAccount; amount: number }[] = [];
    const add = (ledgerAccount: LedgerAccount, amount: number) => {
      if (amount < 0) less.push({ ledgerAccount, amount: -amount });
      if (amount > 0) more.push({ ledgerAccount, amount });
    };
    const shifts = new Map<string, Shift>();
    for (const change of changes) {
      if ('ledgerAccount' in change) add(change.ledgerAccount, change.amount);
      else gather(shifts, change);
    }
    for (const shift of shifts.values()) this.#shift(shift, add);
    const sum = (side: typeof less) => side.reduce((total, { amount }) => total + amount, 0);
    if (sum(less) !== sum(more)) throw new Error(`${reason}: ${sum(less)} is not ${sum(more)}`);
    while (less.length > 0) {
      const amount = Math.min(less[0].amount, more[0].amount);
      this.ledger.move(less[0].ledgerAccount, more[0].ledgerAccount, currency, amount, reason, reference);
      for (const side of [less, more]) {
        side[0].amount -= amount;
        if (side[0].amount === 0) side.shift();
      }
    }
  }

  #shift(shift: Shift, add: (ledgerAccount: LedgerAccount, amount: number) => void): void {
    const { party, purpose, net = 0, in_flight = 0, waiting = 0 } = shift;
    if (net === 0 && in_flight === 0 && waiting === 0) return;
    const position = this.#of(party, purpose);
    const before = shares(position, party.convicted);
    position.net += net;
    position.in_flight += in_flight;
    position.waiting += waiting;
    this.#changed.add(position);
    const after = shares(position, party.convicted);
    PLACES.forEach((place, i) => {
      add(deviceLedgerAccount(place, party.id, party.operator, purpose), after[i] - before[i]);
    });
  }

  /** A device is convicted: what it owes is a loss from now on. */
  convict(party: PartyRow): void {
    for (const { net, purpose, currency } of this.#all(party)) {
      if (net >= 0) continue;
      const [owed, loss] = (['owed', 'loss'] as const).map((place) =>
        deviceLedgerAccount(place, party.id, party.operator, purpose),
      );
      this.ledger.move(loss, owed, currency, -net, 'convicted', undefined);
    }
    party.convicted = true;
  }

  /**
   * What a convicted or recovered device owes comes from its account, as far as that goes: of the same
   * purpose first. What has gone back to its giver from a recovered device, and is claimed after all, comes
   * from there.
   */
  async setOff(party: PartyRow): Promise<void> {
    if (!party.convicted && !party.recovered) return;
    for (const { net, purpose, currency } of this.#all(party).filter((each) => each.net < 0)) {
      let debt = -net;
      const own = (of: number) => availableLedgerAccount(party.account, party.operator, of);
      const first = party.convicted ? own(purpose) : this.home(party, purpose);
      for (const ledgerAccount of purpose === 0 ? [first] : [first, own(0)]) {
        const { name } = ledgerAccount;
        const there =
          (await balancesOf(this.sql, currency, [name])).get(name)! + this.ledger.pending(name, currency);
        const amount = Math.min(debt, Math.max(0, there));
        if (amount === 0) continue;
        this.book(
          currency,
          [
            { ledgerAccount, amount: -amount },
            { party, purpose, net: amount },
          ],
          'set off',
        );
        debt -= amount;
      }
    }
  }

  async write(): Promise<void> {
    const rows = [...this.#changed];
    this.#changed.clear();
    if (rows.length === 0) return;
    await this.sql.rows(
      `insert into positions (device, purpose, currency, net, in_flight, waiting)
       select * from unnest($1::bytea[], $2::int[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[])
       on conflict (device, purpose) do update
         set net = excluded.net, in_flight = excluded.in_flight, waiting = excluded.waiting`,
      [
        rows.map((row) => row.device),
        rows.map((row) => row.purpose),
        rows.map((row) => row.currency),
        rows.map((row) => row.net),
        rows.map((row) => row.in_flight),
        rows.map((row) => row.waiting),
      ],
    );
  }
}
