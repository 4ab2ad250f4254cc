import type { Measured } from './days.js';

/** A second of processor time. */
export interface Rates {
  readonly touches: number;
  readonly syncs: number;
}

/** The medians of several runs of the same. */
export const ratesOf = (runs: readonly Measured[]): Rates => ({
  touches: median(runs.map(({ touches, touch_s }) => touches / touch_s)),
  syncs: median(runs.map(({ syncs, sync_s }) => syncs / sync_s)),
});

/** How many times as fast. */
export const ratiosOf = (now: Rates, before: Rates): Rates => ({
  touches: now.touches / before.touches,
  syncs: now.syncs / before.syncs,
});

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}
