import type { RelayTrial, Wires } from './trial.js';

/** The bound that a bank is advised to set, in microseconds: docs/benchmarks.md has what it rests on. */
export const RELAY_MAX_US = 4_000;
/** What a network adds to each exchange at the least, there and back, in microseconds. */
export const NETWORK_US = 5_000;
/** Of the chips: as modelled, and five times as slow. */
export const TURN_AROUNDS_US = [400, 2_000] as const;
/** The share of relayed touches that is refused, of all. No honest touch is. */
const RELAYED_REFUSED_MIN = 0.99;

export const WIRES: readonly Wires[] = [
  { link: 'hsu', irq: true },
  { link: 'spi', irq: true },
  { link: 'i2c', irq: true },
  { link: 'spi', irq: false },
  { link: 'i2c', irq: false },
];

export const meetsBars = ({ honest, relayed }: RelayTrial): boolean =>
  honest.refused === 0 && relayed.refused >= RELAYED_REFUSED_MIN * relayed.touches;
