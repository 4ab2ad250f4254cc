import { join } from 'node:path';
import { rootFolder } from '../xs/folders.js';
import { runOnChip, whyNotOn } from '../xs/run.js';

/** The measurements of the console on the emulated chip, in instructions; or why they cannot be made. */
export async function benchOnChip(): Promise<readonly { name: string; value: number }[] | string> {
  const missing = await whyNotOn('chip');
  if (missing !== undefined) return missing;
  const { output, exitCode } = await runOnChip(join(rootFolder, 'tools/console-chip/bench-script.ts'));
  return exitCode === 0 ? JSON.parse(output) : `the emulated chip: ${output.slice(-200)}`;
}
