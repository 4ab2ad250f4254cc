import { FARE_STATIONS_MAX, FARE_ZONES_MAX, PASSBACK_S_MAX } from '../limits.js';
import { isAmount } from '../objects/amount.js';

/** What a line or a network charges. Amounts in minor units. */
export interface Fares {
  /** Zone (from 0) of each station, by its number less one: stations count from 1, as `place` of a bill. */
  readonly zoneOf: readonly number[];
  /** Row by row, from a zone to itself and to each zone before it: [[00], [10, 11], [20, 21, 22] …]. */
  readonly zones: readonly (readonly number[])[];
  /** The maximum fare: what a tap is authorised for, and what is charged where the other tap is missing. */
  readonly maximum: number;
  /** The daily cap: the most that the journeys of one service day come to. */
  readonly dayCap: number;
  /** One price for whoever pays with money at the gate in: nothing is known of an exit then. */
  readonly flat: number;
  /** Out at the same station within so long: nobody has travelled, and nothing is charged. */
  readonly grace_s: number;
  /** An exit later than this belongs to no entry. */
  readonly journeyMax_s: number;
  /** When the service day begins: seconds after midnight UTC. */
  readonly dayBegins_s: number;
  /** A user who went in does not go in again at the same gate within so long (timed anti-passback). */
  readonly passback_s: number;
}

const DAY_S = 86_400;

/** The fare from one station to another. A station that the table does not have costs the maximum fare. */
export function fareBetween(fares: Fares, from: number, to: number): number {
  const { zoneOf, zones, maximum } = fares;
  if (!isStation(fares, from) || !isStation(fares, to)) return maximum;
  const [a, b] = [zoneOf[from - 1], zoneOf[to - 1]];
  return a > b ? zones[a][b] : zones[b][a];
}

const isStation = ({ zoneOf }: Fares, place: number): boolean => place > 0 && place <= zoneOf.length;

/** The service day of a time: whole days since 1970, counted from `dayBegins_s`. */
export const serviceDayOf = ({ dayBegins_s }: Fares, time_s: number): number =>
  Math.floor((time_s - dayBegins_s) / DAY_S);

/** What is wrong with a fare table that came from outside, in words; undefined when nothing is. */
export function faultOfFares(fares: Fares): string | undefined {
  const { zoneOf, zones, maximum, dayCap, flat, grace_s, journeyMax_s, dayBegins_s, passback_s } = fares;
  if (zoneOf.length === 0 || zoneOf.length > FARE_STATIONS_MAX) return `1 to ${FARE_STATIONS_MAX} stations`;
  if (zones.length === 0 || zones.length > FARE_ZONES_MAX) return `1 to ${FARE_ZONES_MAX} zones`;
  if (!zoneOf.every((zone) => isWhole(zone, zones.length - 1))) return 'a zone of the table for each station';
  if (!isAmount(maximum)) return 'an amount as maximum fare';
  for (const [zone, row] of zones.entries()) {
    if (row.length !== zone + 1) return `${zone + 1} fares for zone ${zone}`;
    if (!row.every((fare) => isWhole(fare, maximum))) return 'no fare above the maximum fare';
  }
  if (!isAmount(dayCap)) return 'an amount as daily cap';
  if (!isAmount(flat) || flat > maximum) return 'a flat fare of at most the maximum fare';
  if (!isWhole(journeyMax_s, DAY_S) || journeyMax_s === 0) return 'a longest journey of up to a day';
  if (!isWhole(grace_s, journeyMax_s)) return 'a grace of at most the longest journey';
  if (!isWhole(dayBegins_s, DAY_S - 1)) return 'a beginning of the service day within a day';
  return isWhole(passback_s, PASSBACK_S_MAX) ? undefined : `an anti-passback of up to ${PASSBACK_S_MAX} s`;
}

const isWhole = (number: number, max: number): boolean =>
  Number.isInteger(number) && number >= 0 && number <= max;
