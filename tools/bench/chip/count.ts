/** Touches on the emulated chip. */
import { join } from 'node:path';
import type { Device } from '../../../sim/device/device.js';
import { rootFolder } from '../../xs/folders.js';
import { type EngineMemory, runOnChip } from '../../xs/run.js';
import { LOG_FIELDS, LOG_INSTRUCTIONS } from './codes.js';
import type { TouchInput, TouchOutput } from './engine/play.js';
import { flashImage } from './flash-image.js';
import { merge, type Side, type Step, stepsOf, type TouchKind } from './steps.js';

/** Two wallets about to meet. */
export interface Pair {
  readonly terminal: Device;
  readonly card: Device;
  readonly kind: TouchKind;
  readonly amount: number;
}

export interface CountedTouch {
  readonly pair: Pair;
  readonly steps: readonly Step[];
  /** Instructions by which the meter's correction was wrong, of all steps together. */
  readonly missed: number;
  /** Left in the raw figures by the meter's brackets and marks, and taken off. */
  readonly overhead: number;
}

/** Two full flashes, as text and as bytes. */
const MEMORY: EngineMemory = { chunkBytes: 15 * 1024 * 1024, slots: 160 * 1024, stackSlots: 8_192 };

const pathOf = (script: string) => join(rootFolder, 'tools/bench/chip/engine', script);

/** Runs a script of engine/ on the chip; what it printed as JSON. */
export async function onChip<T>(script: string, input: unknown, memory: EngineMemory = MEMORY): Promise<T> {
  const { output, exitCode } = await runOnChip(pathOf(script), { input, memory });
  if (exitCode !== 0) throw new Error(`${script} on the chip: ${output.slice(-500)}`);
  return JSON.parse(output);
}

async function run({ kind, amount, terminal, card }: Pair, hooked: boolean, script = 'touch.ts') {
  const [terminalImage, cardImage] = [terminal, card].map(({ nor }) => flashImage(nor.exportImage()));
  const input: TouchInput = { terminal: terminalImage, card: cardImage, kind, amount, hooked };
  const output = await onChip<TouchOutput>(script, input);
  if (output.outcome !== 'paid') throw new Error(`the touch on the chip: ${output.outcome}, ${output.why}`);
  return { steps: stepsOf(output, kind), output };
}

export async function countTouch(pair: Pair): Promise<CountedTouch> {
  const split = await run(pair, true);
  const whole = await run(pair, false);
  const { steps, missed } = merge(split.steps, whole.steps);
  const raw = split.output.log.reduce((all, n, i) => all + (i % LOG_FIELDS === LOG_INSTRUCTIONS ? n : 0), 0);
  const overhead = raw - split.steps.reduce((all, step) => all + step.instructions, 0);
  return { pair, steps, missed, overhead };
}

/** Instructions of each side in the touch itself: nothing before and nothing behind it. */
export async function countSides(pair: Pair, script?: 'touch-noble.ts'): Promise<Record<Side, number>> {
  const { steps } = await run(pair, false, script);
  const sides = { terminal: 0, card: 0 };
  for (const { side, name, instructions } of steps) {
    if (name !== 'search' && name !== 'idle') sides[side] += instructions;
  }
  return { terminal: Math.round(sides.terminal), card: Math.round(sides.card) };
}
