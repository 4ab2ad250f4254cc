/** Payments in a field full of noise and strangers: `npm run fuzz:field -- --seed N --touches M`. */
import '../compile-sooner.mjs';
import { hostCrypto } from '../../hal/crypto/host.js';
import { FieldDriver } from '../../sim/field/driver.js';
import { EXIT_HELP, Exit } from '../cli/output/exit.js';
import { commandLine, runCommand } from '../cli/run-command.js';
import { natural } from './natural.js';

interface Options {
  readonly seed: number;
  readonly touches?: number;
  readonly trace?: boolean;
}

const TOUCHES_OF_LIFE = 40;
const REPORT_EVERY_MS = 10_000;

const command = commandLine('fuzz:field')
  .description(
    'Payments among lost and damaged frames, other cards and readers, torn touches: no hang, no lie, no value lost.',
  )
  .option('--seed <n>', 'of the first life; the next has the next number', natural, 1)
  .option('--touches <n>', 'end after so many; endless without', natural)
  .option('--trace', 'say every touch')
  .addHelpText('after', EXIT_HELP)
  .action((options: Options) => {
    process.exitCode = fuzz(options);
  });

function fuzz({ seed: first, touches: limit = Number.POSITIVE_INFINITY, trace }: Options): Exit {
  let touches = 0;
  let reported = Date.now();
  for (let seed = first; touches < limit; seed++) {
    const driver = new FieldDriver({ crypto: hostCrypto, seed, trace: trace ? console.log : undefined });
    try {
      driver.live(Math.min(TOUCHES_OF_LIFE, limit - touches));
    } catch (error) {
      console.error(error);
      console.error(`replay: npm run fuzz:field -- --seed ${seed} --touches ${driver.touches} --trace`);
      return Exit.violated;
    }
    touches += driver.touches;
    if (Date.now() - reported < REPORT_EVERY_MS) continue;
    reported = Date.now();
    console.log(`${touches} touches, the last life was number ${seed}`);
  }
  console.log(`${touches} touches, no fault`);
  return Exit.fine;
}

await runCommand(command);
