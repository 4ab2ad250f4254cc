import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BillKind } from '../../../firmware/account/bill.js';
import { fareBetween, faultOfFares, serviceDayOf } from '../../../firmware/account/fare.js';
import { journeysOf, type Tap } from '../../../firmware/account/journeys.js';
import { DAY_BEGINS_S, FARES, tapOf, taps } from './fares.js';

const { entry, exit } = BillKind;
const HOUR_S = 3_600;
const sum = (numbers: readonly number[]) => numbers.reduce((all, number) => all + number, 0);
const charges = (...all: Tap[]) => journeysOf(() => FARES, all).map(({ charge }) => charge);

describe('the fares of a table', () => {
  it('are the same there and back, and the maximum fare where a station is unknown', () => {
    expect([fareBetween(FARES, 1, 2), fareBetween(FARES, 1, 4), fareBetween(FARES, 4, 3)]).toEqual([
      200, 500, 400,
    ]);
    for (let from = 1; from <= 4; from++)
      for (let to = 1; to <= 4; to++) expect(fareBetween(FARES, from, to)).toBe(fareBetween(FARES, to, from));
    expect([fareBetween(FARES, 0, 1), fareBetween(FARES, 1, 5)]).toEqual([800, 800]);
  });

  it('begin anew with the service day, and not at midnight', () => {
    const day = serviceDayOf(FARES, DAY_BEGINS_S);
    expect(serviceDayOf(FARES, DAY_BEGINS_S - 1)).toBe(day - 1);
    expect(serviceDayOf(FARES, DAY_BEGINS_S + 86_399)).toBe(day);
  });

  it('are taken from outside only as far as they fit together', () => {
    expect(faultOfFares(FARES)).toBeUndefined();
    const wrong = [
      { zoneOf: [] },
      { zoneOf: [3] },
      { zones: [] },
      { zones: [[200], [300], [500, 400, 200]] },
      { zones: [[200], [300, 200], [500, 801, 200]] },
      { zones: [[200], [300, 200], [500, -1, 200]] },
      { zones: [[200], [300, 200], [500, 0.5, 200]] },
      { maximum: 0 },
      { dayCap: 0 },
      { flat: 801 },
      { flat: 0 },
      { journeyMax_s: 0 },
      { journeyMax_s: 86_401 },
      { grace_s: 4 * HOUR_S + 1 },
      { dayBegins_s: 86_400 },
      { passback_s: 256 },
    ];
    for (const change of wrong)
      expect(faultOfFares({ ...FARES, ...change }), JSON.stringify(change)).toBeDefined();
  });
});

describe('the journeys of a user', () => {
  it('cost what the table says from where to where', () => {
    expect(charges(tapOf(entry, 1, 0), tapOf(exit, 4, HOUR_S))).toEqual([500]);
  });

  it('are free when the user comes out again at once, and a minute later not', () => {
    expect(charges(tapOf(entry, 1, 0), tapOf(exit, 1, FARES.grace_s))).toEqual([0]);
    expect(charges(tapOf(entry, 1, 0), tapOf(exit, 1, FARES.grace_s + 1))).toEqual([200]);
    expect(charges(tapOf(entry, 1, 0), tapOf(exit, 2, 60))).toEqual([200]);
  });

  it('cost the maximum fare as long as no exit is seen, or none that is in time', () => {
    expect(charges(tapOf(entry, 1, 0))).toEqual([800]);
    const late = [tapOf(entry, 1, 0), tapOf(exit, 3, FARES.journeyMax_s + 1)];
    expect(charges(...late)).toEqual([800, 700]);
    expect(charges(late[0], tapOf(exit, 3, FARES.journeyMax_s))).toEqual([300]);
  });

  it('cost the maximum fare where an entry is missing, and for each who went in on one account', () => {
    expect(charges(tapOf(exit, 3, 0))).toEqual([800]);
    const two = [
      tapOf(entry, 1, 0),
      tapOf(entry, 2, 60),
      tapOf(exit, 4, HOUR_S),
      tapOf(exit, 4, HOUR_S + 60),
    ];
    expect(journeysOf(() => ({ ...FARES, dayCap: 9_999 }), two).map(({ charge }) => charge)).toEqual([
      800, 500, 800,
    ]);
  });

  it('stop costing at the daily cap, and cost again on the next service day', () => {
    const times = [0, 2, 4, 6, 24];
    const day = times.flatMap((hours) => [
      tapOf(entry, 1, hours * HOUR_S, { sequence: hours + 1 }),
      tapOf(exit, 4, (hours + 1) * HOUR_S, { sequence: hours + 1 }),
    ]);
    expect(charges(...day)).toEqual([500, 500, 500, 0, 500]);
  });

  it('cost no more than their first tap was authorised for', () => {
    expect(charges(tapOf(entry, 1, 0, { amount: 100 }), tapOf(exit, 4, HOUR_S))).toEqual([100]);
    expect(charges(tapOf(exit, 4, 0, { amount: 0 }))).toEqual([0]);
  });

  it('cost what the table of the time says at which they began', () => {
    const dearer = { ...FARES, zones: [[210], [310, 210], [510, 410, 210]] };
    const faresAt = (time_s: number) => (time_s < DAY_BEGINS_S + HOUR_S ? FARES : dearer);
    const day = [0, 1, 2].flatMap((hours) => [
      tapOf(entry, 1, hours * HOUR_S, { sequence: hours + 1 }),
      tapOf(exit, 3, (hours + 1) * HOUR_S - 1, { sequence: hours + 1 }),
    ]);
    expect(journeysOf(faresAt, day).map(({ charge }) => charge)).toEqual([300, 310, 310]);
  });

  it('cost nothing after a table with a lower cap came in the course of the day', () => {
    const faresAt = (time_s: number) => (time_s < DAY_BEGINS_S + HOUR_S ? FARES : { ...FARES, dayCap: 100 });
    const day = [0, 1].flatMap((hours) => [
      tapOf(entry, 1, hours * HOUR_S, { sequence: hours + 1 }),
      tapOf(exit, 3, (hours + 1) * HOUR_S - 1, { sequence: hours + 1 }),
    ]);
    expect(journeysOf(faresAt, day).map(({ charge }) => charge)).toEqual([300, 0]);
  });

  it('never cost more than the maximum fare each, nor more than the cap a day, whatever the taps', () => {
    fc.assert(
      fc.property(taps, (all) => {
        const journeys = journeysOf(() => FARES, all);
        const byDay = new Map<number, number>();
        for (const { entry, exit, fare, charge } of journeys) {
          const first = (entry ?? exit) as Tap;
          expect(charge).toBeGreaterThanOrEqual(0);
          expect(charge).toBeLessThanOrEqual(Math.min(fare, first.amount));
          expect(fare).toBeLessThanOrEqual(FARES.maximum);
          const day = serviceDayOf(FARES, first.time_s);
          byDay.set(day, (byDay.get(day) ?? 0) + charge);
        }
        for (const total of byDay.values()) expect(total).toBeLessThanOrEqual(FARES.dayCap);
        expect(sum(journeys.map(({ charge }) => charge))).toBeLessThanOrEqual(
          FARES.maximum * journeys.length,
        );
        // Each tap is in one journey, and in no other.
        const inThem = journeys
          .flatMap(({ entry, exit }) => [entry, exit])
          .filter((tap) => tap !== undefined);
        expect(new Set(inThem).size).toBe(all.length);
        expect(inThem.length).toBe(all.length);
      }),
    );
  });

  it('are the same in whatever order the taps came, and how often', () => {
    const shuffled = taps.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: 2 * all.length })),
    );
    fc.assert(
      fc.property(shuffled, ([all, again]) => {
        expect(journeysOf(() => FARES, again)).toEqual(journeysOf(() => FARES, all));
      }),
    );
  });

  it('change by a later tap at the last one only, which does not become dearer', () => {
    fc.assert(
      fc.property(taps, (all) => {
        const inOrder = [...all].sort(
          (a, b) => a.time_s - b.time_s || b.kind - a.kind || a.sequence - b.sequence,
        );
        const before = journeysOf(() => FARES, inOrder.slice(0, -1));
        const after = journeysOf(() => FARES, inOrder);
        expect(after.slice(0, before.length - 1)).toEqual(before.slice(0, -1));
        const last = before.length - 1;
        if (last >= 0) expect(after[last].charge).toBeLessThanOrEqual(before[last].charge);
      }),
    );
  });
});
