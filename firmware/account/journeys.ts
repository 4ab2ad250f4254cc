import { type Bill, BillKind } from './bill.js';
import { type Fares, fareBetween, serviceDayOf } from './fare.js';

/** A user at a gate: `Bill` is one, of kind entry or exit. */
export type Tap = Pick<Bill, 'terminal' | 'sequence' | 'kind' | 'place' | 'time_s' | 'amount'>;

/** What the taps of one user come to. Amounts in minor units. */
export interface Journey<T extends Tap = Tap> {
  /** Undefined: the user has come out, and no gate has seen them go in. */
  readonly entry: T | undefined;
  /** Undefined: not seen, so far. */
  readonly exit: T | undefined;
  /** As the table has it; the maximum fare for an incomplete journey, of which one tap is missing. */
  readonly fare: number;
  /** What is charged: the fare, below the daily cap, and no more than its first tap was authorised for. */
  readonly charge: number;
}

/**
 * The journeys of one user, from all taps at the gates of one site that are known, in the order in which they
 * began (R27, R31). Gates are offline and none knows the others' taps, so fares are found here: by the back
 * office, and by whoever shows them to the user. It depends on the taps alone, and neither on the order in
 * which they came nor on how often. `faresAt`: the table of a time, since tables change.
 *
 * An exit belongs to the entry right before it. Entry and entry, or exit and exit, are incomplete journeys.
 */
export function journeysOf<T extends Tap>(
  faresAt: (time_s: number) => Fares,
  taps: readonly T[],
): Journey<T>[] {
  const journeys: Journey<T>[] = [];
  let day = Number.NaN;
  let charged = 0;
  const add = (entry: T | undefined, exit: T | undefined): void => {
    const first = entry ?? exit;
    if (!first) return;
    const fares = faresAt(first.time_s);
    const began = serviceDayOf(fares, first.time_s);
    if (began !== day) charged = 0;
    day = began;
    const fare = entry && exit ? fareOf(fares, entry, exit) : fares.maximum;
    // A table of the same day may have a lower cap than has been charged already.
    const charge = Math.min(fare, first.amount, Math.max(0, fares.dayCap - charged));
    charged += charge;
    journeys.push({ entry, exit, fare, charge });
  };
  let open: T | undefined;
  for (const tap of inOrder(taps)) {
    if (tap.kind === BillKind.entry) {
      add(open, undefined);
      open = tap;
    } else if (open && tap.time_s - open.time_s <= faresAt(open.time_s).journeyMax_s) {
      add(open, tap);
      open = undefined;
    } else {
      add(open, undefined);
      add(undefined, tap);
      open = undefined;
    }
  }
  add(open, undefined);
  return journeys;
}

function fareOf(fares: Fares, entry: Tap, exit: Tap): number {
  const isBack = entry.place === exit.place && exit.time_s - entry.time_s <= fares.grace_s;
  return isBack ? 0 : fareBetween(fares, entry.place, exit.place);
}

/** Each tap once, by its time; at one time out before in, as of whoever changes from one gate to another. */
function inOrder<T extends Tap>(taps: readonly T[]): T[] {
  const sorted = taps.filter(({ kind }) => kind === BillKind.entry || kind === BillKind.exit).sort(compare);
  return sorted.filter((tap, i) => i === 0 || compare(sorted[i - 1], tap) !== 0);
}

function compare(a: Tap, b: Tap): number {
  const apart = a.time_s - b.time_s || b.kind - a.kind || a.sequence - b.sequence;
  if (apart !== 0) return apart;
  for (let i = 0; i < a.terminal.length; i++) {
    if (a.terminal[i] !== b.terminal[i]) return a.terminal[i] - b.terminal[i];
  }
  return 0;
}
