import { ESSENTIALS_SCENE, isEssential } from '../../firmware/account/essentials.js';
import { type Fares, faultOfFares } from '../../firmware/account/fare.js';
import { utcOffset_s } from '../words.js';
import type { Scene } from './account-scenario.js';
import type { Mistake } from './mistake.js';
import { type Scenario, seconds } from './scenario.js';

const DAY_S = 86_400;

/** Stations in the order of their numbers, which count from 1. */
const stationsOf = ({ fares }: Scenario): readonly string[] => (fares?.zones ?? []).flat();

/** 0 for none of that name. */
export const stationNumber = (scenario: Scenario, name: string): number =>
  stationsOf(scenario).indexOf(name) + 1;

export const stationName = (scenario: Scenario, number: number): string | undefined =>
  stationsOf(scenario)[number - 1];

/** The fare table of a scenario; undefined where it has no network. */
export function faresOf({ fares, start }: Scenario): Fares | undefined {
  if (!fares) return undefined;
  const { zones, prices, maximum, dayCap, flat } = fares;
  const { grace = '5min', journeyMax = '4h', dayBegins = '4h', passback = '3min' } = fares;
  return {
    zoneOf: zones.flatMap((stations, zone) => stations.map(() => zone)),
    zones: prices,
    ...{ maximum, dayCap, flat },
    grace_s: seconds(grace),
    journeyMax_s: seconds(journeyMax),
    dayBegins_s: (((seconds(dayBegins) - utcOffset_s(start)) % DAY_S) + DAY_S) % DAY_S,
    passback_s: seconds(passback),
  };
}

export const sceneNumber = (scene: Scene): number => (scene === 'essentials' ? ESSENTIALS_SCENE : scene);

/** What is wrong with the fares and the places of gates. */
export function networkMistakes(scenario: Scenario): Mistake[] {
  const mistakes: Mistake[] = [];
  const say = (pointer: string, message: string) => mistakes.push({ code: 'step', pointer, message });
  const stations = stationsOf(scenario);
  const again = stations.find((name, i) => stations.indexOf(name) !== i);
  if (again !== undefined) say('/fares/zones', `expected each station once, got "${again}" again`);
  const fares = faresOf(scenario);
  const fault = fares && faultOfFares(fares);
  if (fault !== undefined) say('/fares', `expected ${fault}`);
  for (const [i, { scene, category = 0 }] of (scenario.gates ?? []).entries()) {
    if (scene === 'essentials' && !isEssential(category))
      say(`/gates/${i}/scene`, 'expected a category of food, medicine or fuel for essentials');
  }
  return mistakes;
}
