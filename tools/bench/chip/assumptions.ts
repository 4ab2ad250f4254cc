/** The touch between strangers again, with what nobody has measured assumed otherwise. */
import type { CountedTouch } from './count.js';
import { type DriverCost, driverCost } from './driver.js';
import type { Pace } from './touch-model.js';

/** Near what boards show by public traces; and what public notes of other people's set-ups allow. */
const TURN_AROUNDS_US = [400, 1_000, 2_000];
const CYCLES_PER_INSTRUCTION = [1.3, 1.6];

export interface Assumed extends Pick<DriverCost, 'touch_ms' | 'sessionToTransfer_ms'> {
  /** What a PN532 takes between two blocks. */
  readonly turnAround_us: number;
  readonly cyclesPerInstruction: number;
}

/** With the driver's work. */
export async function assumptions(touch: CountedTouch, { clock_MHz }: Pace): Promise<Assumed[]> {
  const rows: Assumed[] = [];
  for (const cyclesPerInstruction of CYCLES_PER_INSTRUCTION) {
    for (const turnAround_us of TURN_AROUNDS_US) {
      const pace = { cyclesPerInstruction, clock_MHz };
      const { touch_ms, sessionToTransfer_ms } = await driverCost(touch, pace, { turnAround_us });
      rows.push({ turnAround_us, cyclesPerInstruction, touch_ms, sessionToTransfer_ms });
    }
  }
  return rows;
}

/** A line for each, its head first. */
export function assumptionCells(rows: readonly Assumed[]): string[][] {
  const head = [
    'cycles an instruction',
    'a PN532 between two blocks, ms',
    'touch, ms',
    'session to transfer, ms',
  ];
  return [
    head,
    ...rows.map(({ cyclesPerInstruction, turnAround_us, touch_ms, sessionToTransfer_ms }) => [
      cyclesPerInstruction.toFixed(1),
      (turnAround_us / 1e3).toFixed(1),
      touch_ms.toFixed(0),
      sessionToTransfer_ms.toFixed(0),
    ]),
  ];
}
