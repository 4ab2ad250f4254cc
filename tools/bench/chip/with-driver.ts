/** Touches again with the work of the PN532's driver, which the tables by step and by wire are without. */
import { CASE_TEXT, type CaseName, pairOf } from './cases.js';
import { countTouch } from './count.js';
import { driverCost } from './driver.js';
import type { LinkName, Pace } from './touch-model.js';

const CASES = ['strangers', 'both known', 'push'] as const satisfies readonly CaseName[];
/** An ESP32's clock, the M5StickC Plus's among them. */
const ESP32_MHz = 240;

/** One way to play a touch: the wire, and the processor. */
interface Way {
  readonly text: string;
  readonly link: LinkName;
  readonly clock_MHz?: number;
}

/**
 * Over HSU, since a driver is counted by what it has heard on a serial line. No emulator of an ESP32 is at
 * hand: its column has the instructions of the RISC-V chip at an ESP32's clock, and an Xtensa takes others.
 */
const WAYS: readonly Way[] = [
  { text: 'HSU 921,600', link: 'HSU 921,600' },
  { text: 'HSU 921,600, 424 kbit/s', link: 'HSU 921,600, 424 kbit/s' },
  { text: 'HSU 921,600, worked out for an ESP32 at 240 MHz', link: 'HSU 921,600', clock_MHz: ESP32_MHz },
];

/** A case, and how long the touch takes each way. */
export interface WithDriver {
  readonly name: CaseName;
  readonly touch_ms: Readonly<Record<string, number>>;
}

export async function withDriver(pace: Pace): Promise<WithDriver[]> {
  const rows: WithDriver[] = [];
  for (const name of CASES) {
    const touch = await countTouch(pairOf(name));
    const touch_ms: Record<string, number> = {};
    for (const { text, link, clock_MHz = pace.clock_MHz } of WAYS)
      touch_ms[text] = (await driverCost(touch, { ...pace, clock_MHz }, { link })).touch_ms;
    rows.push({ name, touch_ms });
  }
  return rows;
}

/** A line for each, its head first. */
export const withDriverCells = (rows: readonly WithDriver[]): string[][] => [
  ['a touch with the driver’s work, ms', ...WAYS.map(({ text }) => text)],
  ...rows.map(({ name, touch_ms }) => [
    CASE_TEXT[name],
    ...WAYS.map(({ text }) => touch_ms[text].toFixed(1)),
  ]),
];
