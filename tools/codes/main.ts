/** Codes made by `qr` and by the device's generator, and read by programs that know nothing of us. */

import { EXIT_HELP, Exit } from '../cli/output/exit.js';
import { Output } from '../cli/output/terminal-output.js';
import { commandLine, runCommand } from '../cli/run-command.js';
import { natural, positive } from '../fuzz/natural.js';
import { isInstalled } from '../xs/process.js';
import { whyNotOn } from '../xs/run.js';
import { decisionCost } from './decision-cost.js';
import { GENERATORS } from './generators.js';
import { READERS, randomCodes, wrongOf } from './round-trip.js';

interface Options {
  readonly seed: number;
  readonly codes: number;
}

async function check({ seed, codes }: Options): Promise<Exit> {
  const out = new Output();
  const texts = randomCodes(seed, codes);
  let failed = false;
  const hasZbar = isInstalled('zbarimg');
  if (!hasZbar) out.line('zbarimg: not installed (Debian: zbar-tools)');
  const readers = Object.keys(READERS).filter((reader) => reader !== 'zbarimg' || hasZbar);
  for (const generator of Object.keys(GENERATORS)) {
    const why = generator === 'device' ? await whyNotOn('host') : undefined;
    if (why !== undefined) {
      out.line(`${generator}: ${why}`);
      continue;
    }
    const wrong = await wrongOf(generator, readers, texts, (done) => out.progress(generator, done, codes));
    for (const [reader, count] of wrong) {
      out.line(`made by ${generator}, read by ${reader}: ${codes} codes, ${count} wrong`);
      failed ||= count > 0;
    }
  }
  const { decisions, each_ms } = decisionCost();
  out.line(`a decision: ${each_ms.toFixed(2)} ms of one core, over ${decisions} codes`);
  if (failed) out.line(`replay: npm run check:codes -- --seed ${seed} --codes ${codes}`);
  return failed ? Exit.violated : Exit.fine;
}

const command = commandLine('check:codes')
  .description('Random codes of accounts, drawn and read back; what a terminal’s decision costs.')
  .option('--seed <n>', 'of the codes', natural, 1)
  .option('--codes <n>', 'how many', positive, 10_000)
  .addHelpText('after', EXIT_HELP)
  .action(async (options: Options) => {
    process.exitCode = await check(options);
  });

await runCommand(command);
