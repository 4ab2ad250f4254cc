/**
 * `npx tsx tools/xs/bench.ts`: what the primitives cost on the chip, in instructions and in the time they
 * would take.
 */
import { join } from 'node:path';
import { buildEngine } from './build.js';
import { rootFolder } from './folders.js';
import { imageSize } from './image-size.js';
import { runOnChip } from './run.js';

/** An assumption, for a C3 at full clock that finds its code in the cache: a real board adds misses. */
const CYCLES_PER_INSTRUCTION = 1.3;
const CLOCK_HZ = 160e6;

const { output, exitCode } = await runOnChip(join(rootFolder, 'tools/xs/bench-script.ts'));
if (exitCode !== 0) throw new Error(output);

console.log(`${'one call'.padEnd(40)}${'instructions'.padStart(14)}${'ms at 160 MHz'.padStart(16)}`);
for (const [name, count] of output
  .trim()
  .split('\n')
  .map((line) => line.split('\t'))) {
  const ms = (Number(count) * CYCLES_PER_INSTRUCTION * 1000) / CLOCK_HZ;
  const isTime = !name.startsWith('C stack');
  console.log(name.padEnd(40) + count.padStart(14) + (isTime ? ms.toFixed(2).padStart(16) : ''));
}
console.log(`\nmilliseconds assume ${CYCLES_PER_INSTRUCTION} cycles an instruction, and no cache miss`);

console.log('\nbytes of flash, without the script');
for (const [part, bytes] of imageSize(await buildEngine('chip'))) {
  console.log(part.padEnd(40) + String(bytes).padStart(14));
}
