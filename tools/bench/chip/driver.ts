/**
 * The PN532's driver decides in JavaScript too, but not in the touch that is counted: what it takes, and what
 * that does to the touch.
 */
import { type CountedTouch, onChip } from './count.js';
import type { DriverInput, DriverOutput } from './engine/driver.js';
import type { Side } from './steps.js';
import { type LinkName, type Pace, type TimeOptions, timeTouch } from './touch-model.js';

/** Of every link that a driver is counted over. */
const BAUD = 921_600;

export interface DriverCost {
  /** Instructions of each side's driver in the touch. */
  readonly instructions: Record<Side, number>;
  /** How long the touch is with them, and how long from session to transfer: see TimedTouch. */
  readonly touch_ms: number;
  readonly sessionToTransfer_ms: number;
}

export async function driverCost(
  touch: CountedTouch,
  pace: Pace,
  {
    link = 'HSU 921,600',
    ...options
  }: Pick<TimeOptions, 'turnAround_us'> & { readonly link?: LinkName } = {},
): Promise<DriverCost> {
  const { heard } = timeTouch(touch, link, pace, options);
  const events = async (side: Side) => {
    const input: DriverInput = { side, baud: BAUD, ...heard[side] };
    return (await onChip<DriverOutput>('driver.ts', input)).events;
  };
  const driver = { terminal: await events('terminal'), card: await events('card') };
  const sum = (counts: readonly number[]) => counts.reduce((a, b) => a + b, 0);
  const { total_us, sessionToTransfer_us } = timeTouch(touch, link, pace, { ...options, driver });
  return {
    instructions: { terminal: sum(driver.terminal), card: sum(driver.card) },
    touch_ms: total_us / 1e3,
    sessionToTransfer_ms: sessionToTransfer_us / 1e3,
  };
}
