import fc from 'fast-check';
import { BillKind } from '../../../firmware/account/bill.js';
import type { Fares } from '../../../firmware/account/fare.js';
import type { Tap } from '../../../firmware/account/journeys.js';

/** Four stations in three zones; minor units. */
export const FARES: Fares = {
  zoneOf: [0, 0, 1, 2],
  zones: [[200], [300, 200], [500, 400, 200]],
  maximum: 800,
  dayCap: 1_500,
  flat: 400,
  grace_s: 300,
  journeyMax_s: 4 * 3_600,
  dayBegins_s: 20 * 3_600,
  passback_s: 180,
};

/** When a service day begins: 4:00 in Beijing. */
export const DAY_BEGINS_S = 20_832 * 86_400 + FARES.dayBegins_s;

export const tapOf = (kind: BillKind, place: number, time_s: number, more: Partial<Tap> = {}): Tap => ({
  terminal: Uint8Array.of(place, 0, 0, 0, 0, 0, 0, 1),
  sequence: 1,
  kind,
  place,
  time_s: DAY_BEGINS_S + time_s,
  amount: FARES.maximum,
  ...more,
});

const tap = fc
  .record({
    kind: fc.constantFrom(BillKind.entry, BillKind.exit),
    // The last one is of no station of the table.
    place: fc.integer({ min: 1, max: FARES.zoneOf.length + 1 }),
    time_s: fc.nat(3 * 86_400),
    amount: fc.constantFrom(FARES.maximum, FARES.maximum, FARES.maximum, 0, 100),
  })
  .map(({ kind, place, time_s, amount }) => tapOf(kind, place, time_s, { amount }));

/** Taps of one user over three days, in any order: each is another one of its gate. */
export const taps: fc.Arbitrary<Tap[]> = fc
  .array(tap, { maxLength: 24 })
  .map((all) => all.map((each, i) => ({ ...each, sequence: i + 1 })));
