/** What can be wrong between a board and its module, one at a time. */
export const FAULTS = [
  'none',
  'no-power',
  'switches-i2c',
  'switches-spi',
  'crossed',
  'wrong-baud',
  'no-pull-ups',
  'weak-supply',
] as const;
export type Fault = (typeof FAULTS)[number];
