import { AMOUNT_MAX, NOTES_MAX } from '../../../firmware/limits.js';
import type { ResolvedTransfer } from '../../../firmware/objects/settlement.js';
import { NOTE_PLACES } from '../../../firmware/store/keys.js';
import type { Context } from '../context.js';
import type { Sql } from '../db/database.js';
import type { DeviceState } from '../sync/device-state.js';
import { Replica } from '../sync/replica.js';
import { valuesOf } from './denominations.js';

const ALL_NOTES = 0xffffffff;

export interface LoadRow {
  id: number;
  purpose: number;
  amount: number;
}

/** All that a settlement is made of, besides the journal itself. */
export interface Facts {
  loads: LoadRow[];
  unloads: { id: number; amount: number }[];
  resolved: ResolvedTransfer[];
  hotVersion: number;
  /** In transfers of the device of which it has no answer yet: it may come back. */
  in_flight: number;
  /** Of the account. */
  currency: string;
  settlesToAccount: boolean;
  /** Targets of the device that are over: what it has of them is not brought again. */
  over: ReadonlySet<number>;
}

interface HeldNote {
  purpose: number;
  expires_s: number;
  remaining: number;
}

/**
 * What a settlement brings and takes. What goes to the account is worked out when the device has applied it.
 */
export interface Plan {
  retireUntil_s: number;
  /** Fresh notes: minor units by purpose. */
  fresh: Map<number, number>;
  loads: LoadRow[];
  unloads: { id: number; taken: number }[];
}

export async function planFor(context: Context, sql: Sql, state: DeviceState, facts: Facts): Promise<Plan> {
  if (state.suspended) {
    const unloads = facts.unloads.map(({ id }) => ({ id, taken: 0 }));
    return { retireUntil_s: ALL_NOTES, fresh: new Map(), loads: facts.loads, unloads };
  }
  const held = await sql.rows<HeldNote>(
    `select purpose, expires_s, remaining from notes where device = $1 and state = 'held' and remaining > 0
     order by expires_s`,
    [state.id],
  );
  const { noteIndex } = (await Replica.read(context, sql, state.id)).ledger;
  return planGood(context, state, held, noteIndex.count, facts);
}

/**
 * What was received has served its purpose; what came back has not. A wallet has room for so many notes,
 * fresh and old ones together, so what does not fit waits for the next settlement: notes that are to be
 * renewed, and then loads.
 */
function planGood(
  context: Context,
  state: DeviceState,
  held: readonly HeldNote[],
  places: number,
  facts: Facts,
): Plan {
  const basket = new Basket(NOTE_PLACES - places, context.parameters, facts.over);
  if (!facts.settlesToAccount) {
    for (const amount of Object.values(state.received)) basket.add(0, amount);
    for (const [purpose, amount] of Object.entries(state.claims)) basket.add(Number(purpose), amount);
  }
  const retiresAll = facts.unloads.length > 0 || held.length >= context.parameters.notesHeldMax;
  const wanted_s = retiresAll ? ALL_NOTES : context.time_s + context.parameters.renewWithin_s;
  const retireUntil_s = retire(basket, held, wanted_s);
  const stay = held.filter((note) => note.expires_s > retireUntil_s);
  basket.limit(NOTES_MAX - stay.length - (places - held.length));
  const loads = facts.loads.filter(({ purpose, amount }) => basket.takes(purpose, amount));
  let home = basket.sums.get(0) ?? 0;
  const unloads = facts.unloads.map(({ id, amount }) => {
    const taken = Math.min(amount, Math.max(0, home));
    home -= taken;
    return { id, taken };
  });
  basket.sums.set(0, home);
  basket.cut(AMOUNT_MAX - facts.in_flight - stay.reduce((sum, note) => sum + note.remaining, 0));
  return { retireUntil_s, fresh: basket.sums, loads, unloads };
}

/**
 * Takes in the notes that expire up to `wanted_s`, as far as the basket has room; returns up to which time
 * that goes.
 */
function retire(basket: Basket, held: readonly HeldNote[], wanted_s: number): number {
  for (let i = 0; i < held.length && held[i].expires_s <= wanted_s; ) {
    let end = i;
    while (end < held.length && held[end].expires_s === held[i].expires_s) end++;
    const group = held.slice(i, end);
    if (!basket.fits(group.map(({ purpose, remaining }) => [purpose, remaining])))
      return held[i].expires_s - 1;
    for (const { purpose, remaining } of group) basket.add(purpose, remaining);
    i = end;
  }
  return wanted_s;
}

/** The fresh notes of one settlement, by purpose. Nothing is in it of a target that is over. */
class Basket {
  readonly sums = new Map<number, number>();

  constructor(
    private room: number,
    private readonly parameters: Context['parameters'],
    private readonly over: ReadonlySet<number>,
  ) {}

  add(purpose: number, amount: number): void {
    if (this.over.has(purpose)) return;
    this.sums.set(purpose, (this.sums.get(purpose) ?? 0) + amount);
  }

  limit(notes: number): void {
    this.room = Math.min(this.room, notes);
  }

  /**
   * Every sum of a wallet is an amount: what is beyond `room` in all is not brought, and is the account's.
   */
  cut(room: number): void {
    for (const [purpose, amount] of this.sums) {
      const kept = Math.min(amount, Math.max(0, room));
      this.sums.set(purpose, kept);
      room -= kept;
    }
  }

  /** How many notes there are with these amounts added. */
  #notesWith(more: readonly (readonly [number, number])[]): number {
    const sums = new Map(this.sums);
    for (const [purpose, amount] of more)
      if (!this.over.has(purpose)) sums.set(purpose, (sums.get(purpose) ?? 0) + amount);
    return [...sums.values()].reduce((sum, amount) => sum + valuesOf(this.parameters, amount).length, 0);
  }

  fits(more: readonly (readonly [number, number])[]): boolean {
    return this.#notesWith(more) <= this.room;
  }

  takes(purpose: number, amount: number): boolean {
    if (!this.fits([[purpose, amount]])) return false;
    this.add(purpose, amount);
    return true;
  }
}
