/** Whether secrets change what the chip computes: instructions of the primitives that take one. */
import { join } from 'node:path';
import { rootFolder } from '../xs/folders.js';
import { runOnChip } from '../xs/run.js';
import type { ConstantTimeInput, Counted } from './constant-time-script.js';

/** By primitive. */
export type Counts = Readonly<Record<string, Counted>>;

/** An engine's count of more than 2^31 is not an integer to it any more, and costs more to subtract. */
const SECRETS_A_RUN = 249;

export async function countSecrets({ secrets, seed }: ConstantTimeInput): Promise<Counts> {
  const counts: Record<string, Counted> = {};
  for (let done = 0; done < secrets; done += SECRETS_A_RUN) {
    const given = { secrets: Math.min(SECRETS_A_RUN, secrets - done), seed: seed + done };
    for (const [name, more] of Object.entries(await countInOneRun(given))) {
      const { secrets: before, instructions } = counts[name] ?? { secrets: 0, instructions: [] };
      counts[name] = {
        secrets: before + more.secrets,
        instructions: [...new Set([...instructions, ...more.instructions])],
      };
    }
  }
  return counts;
}

async function countInOneRun(given: ConstantTimeInput): Promise<Counts> {
  const script = join(rootFolder, 'tools/curve25519/constant-time-script.ts');
  const { output, exitCode } = await runOnChip(script, { input: given });
  if (exitCode !== 0) throw new Error(output);
  return JSON.parse(output);
}
