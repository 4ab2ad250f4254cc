import { InvalidArgumentError } from 'commander';
import { AMOUNT_MAX } from '../../firmware/limits.js';
import { LIMIT_NUMBERS, type Limits } from '../../firmware/objects/profile.js';
import { NETWORK_CLOCKS_APART_S, ORDINARY } from '../../sim/world/ordinary.js';

export type GivenLimit = readonly [name: (typeof LIMIT_NUMBERS)[number], value: number];

/** Adds `NAME=NUMBER` to the rules of a terminal. */
export function limit(text: string, before: readonly GivenLimit[] = []): readonly GivenLimit[] {
  const [, name, value] = /^(\w+)=(\d{1,10})$/.exec(text) ?? [];
  const known = LIMIT_NUMBERS.find((each) => each === name);
  if (known === undefined || Number(value) > AMOUNT_MAX)
    throw new InvalidArgumentError(`Expected NAME=NUMBER, of ${LIMIT_NUMBERS.join(', ')}.`);
  return [...before, [known, Number(value)]];
}

/** The rules of a terminal that scans codes. */
export const terminalLimits = (given: readonly GivenLimit[]): Limits => ({
  ...ORDINARY,
  clocksApart_s: NETWORK_CLOCKS_APART_S,
  ...Object.fromEntries(given),
});
