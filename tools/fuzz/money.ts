/**
 * Random honest and hostile lives over real firmware and the real bank: `npm run fuzz:money -- --seed N
 * --steps M`.
 */
import { Command } from 'commander';
import { Lives } from '../../sim/fuzz/lives.js';
import { Exit } from '../cli/output/exit.js';
import { natural } from './natural.js';

const command = new Command('fuzz:money')
  .description('random lives over real firmware and the real bank; every invariant after every step')
  .option('--seed <n>', 'one seed, one run', natural, 1)
  .option('--steps <n>', 'so many steps', natural, 2_000)
  .option('--trace', 'print every step')
  .parse();

const { seed, steps, trace } = command.opts<{ seed: number; steps: number; trace?: boolean }>();
const lives = await Lives.open(seed);
const from = process.cpuUsage();
let done = 0;
try {
  for (; done < steps; done++) {
    const what = await lives.step();
    if (trace) console.log(`${done + 1}: ${what}`);
  }
  await lives.end();
} catch (error) {
  console.error(`seed ${seed}, step ${done + 1}: ${(error as Error).message}`);
  console.error(`replay: npm run fuzz:money -- --seed ${seed} --steps ${done + 1} --trace`);
  if (trace) console.error(error);
  process.exitCode = Exit.violated;
}
const { user, system } = process.cpuUsage(from);
const rate = done / ((user + system) / 1e6);
console.log(`seed ${seed}: ${done} steps, ${rate.toFixed(1)} a second of processor time`);
for (const [kind, count] of [...lives.counts].sort()) console.log(`${String(count).padStart(8)}  ${kind}`);
await lives.close();
