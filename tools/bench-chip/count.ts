/** Touches on the emulated chip. */
import { join } from 'node:path';
import type { Device } from '../../sim/device.js';
import { rootFolder } from '../xs/folders.js';
import { runOnChip } from '../xs/run.js';
import type { TouchInput, TouchOutput } from './engine/touch.js';
import { flashImage } from './flash-image.js';
import { merge, type Step, stepsOf, type TouchKind } from './steps.js';

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

const RUN_MS_MAX = 120_000;

/** Runs a script of engine/ on the chip; what it printed as JSON. */
export async function onChip<T>(script: string, input: unknown): Promise<T> {
  const path = join(rootFolder, 'tools/bench-chip/engine', script);
  const { output, exitCode } = await runOnChip(path, { input, timeoutMs: RUN_MS_MAX });
  if (exitCode !== 0) throw new Error(`${script} on the chip: ${output.slice(-500)}`);
  return JSON.parse(output);
}

export async function countTouch(pair: Pair): Promise<CountedTouch> {
  const { kind, amount } = pair;
  const [terminal, card] = [pair.terminal, pair.card].map(({ nor }) => flashImage(nor.exportImage()));
  const run = async (hooked: boolean) => {
    const input: TouchInput = { terminal, card, kind, amount, hooked };
    const output = await onChip<TouchOutput>('touch.ts', input);
    if (output.outcome !== 'paid') throw new Error(`the touch on the chip: ${output.outcome}, ${output.why}`);
    return { steps: stepsOf(output, kind), output };
  };
  const split = await run(true);
  const whole = await run(false);
  const { steps, missed } = merge(split.steps, whole.steps);
  const rawSum = split.output.log.reduce((total, n, i) => (i % 5 === 2 ? total + n : total), 0);
  const overhead = rawSum - split.steps.reduce((total, step) => total + step.instructions, 0);
  return { pair, steps, missed, overhead };
}
