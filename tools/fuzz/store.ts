/**
 * Cuts the power of a store again and again, and compares it with an oracle: `npm run fuzz:store -- --seed N
 * --cuts M`, and in storms with `--storm`.
 */
import '../compile-sooner.mjs';
import { InvalidArgumentError } from 'commander';
import { format, openStore } from '../../firmware/store/open.js';
import { hostCrypto } from '../../hal/crypto/host.js';
import { Driver } from '../../sim/store/driver.js';
import { DEEDS, FILLS, OPERATIONS_MAX, playStorm } from '../../sim/store/storm.js';
import { playWalletStorm } from '../../sim/wallet/storm.js';
import { EXIT_HELP, Exit } from '../cli/output/exit.js';
import { commandLine, runCommand } from '../cli/run-command.js';
import { mutantTable } from './mutant.js';
import { natural } from './natural.js';
import { driveMutants } from './store-mutants.js';

interface Options {
  readonly seed: number;
  readonly cuts?: number;
  readonly unit?: 4 | 16;
  readonly worn?: boolean;
  readonly trace?: boolean;
  readonly mutants?: boolean;
  readonly storm?: boolean;
}

const CUTS_OF_LIFE = 400;
const TELL_EVERY_MS = 10_000;
const STORM_CUTS = 1_000;
/** A boot of a whole wallet takes that much longer. */
const STORE_CUTS_PER_WALLET_CUT = 20;
/** One life in so many is that of a flash that wears out. */
const WORN_EVERY = 4;

function fuzz(options: Options): Exit {
  const tally = { cuts: 0, operations: 0, boots: 0 };
  const start = Date.now();
  let told = start;
  const tell = () => {
    const rate = Math.round((tally.cuts * 1000) / Math.max(1, Date.now() - start));
    const { cuts, operations, boots } = tally;
    console.log(`${cuts} cuts, ${operations} operations, ${boots} boots, ${rate} cuts a second`);
  };
  for (let seed = options.seed; options.cuts === undefined || tally.cuts < options.cuts; seed++) {
    const unit = options.unit ?? (seed % 2 === 0 ? 4 : 16);
    const isWorn = options.worn ?? seed % WORN_EVERY === 0;
    const trace = options.trace ? console.log : undefined;
    try {
      new Driver({ format, openStore }, { seed, unit, isWorn, trace }, tally).live(CUTS_OF_LIFE);
    } catch (error) {
      tell();
      console.error(error);
      const worn = isWorn ? ' --worn' : '';
      console.error(
        `replay: npm run fuzz:store -- --seed ${seed} --cuts ${CUTS_OF_LIFE} --unit ${unit}${worn} --trace`,
      );
      return Exit.violated;
    }
    if (Date.now() - told < TELL_EVERY_MS) continue;
    told = Date.now();
    tell();
  }
  tell();
  return Exit.fine;
}

/** Every storm over the store, `cuts` cuts in each, and over a whole wallet with a share of them. */
function storm({ seed, cuts = STORM_CUTS }: Options): Exit {
  const operations = [...Array.from({ length: OPERATIONS_MAX }, (_, i) => i + 1), undefined];
  const failed: string[] = [];
  const play = (name: string, each: number, weather: (operation: number | undefined) => void) => {
    const before = failed.length;
    for (const operation of operations) {
      try {
        weather(operation);
      } catch (error) {
        failed.push(
          `${name}, operation ${operation ?? 'any'}: ${error instanceof Error ? error.message : error}`,
        );
      }
    }
    console.log(
      `${name}: ${operations.length} storms of ${each} cuts, ${failed.length - before} not survived`,
    );
  };
  for (const unit of [4, 16]) {
    for (const fill of FILLS) {
      for (const deed of DEEDS) {
        play(`unit ${unit}, ${fill}, each boot does ${deed}`, cuts, (operation) =>
          playStorm({ format, openStore }, { seed, unit, fill, deed, operation, cuts }),
        );
      }
    }
  }
  const share = Math.ceil(cuts / STORE_CUTS_PER_WALLET_CUT);
  play('a whole wallet', share, (operation) =>
    playWalletStorm({ crypto: hostCrypto, seed, operation, cuts: share }),
  );
  for (const line of failed) console.error(line);
  if (failed.length > 0) console.error(`replay: npm run fuzz:store -- --storm --seed ${seed} --cuts ${cuts}`);
  return failed.length === 0 ? Exit.fine : Exit.violated;
}

async function driveAll(cutsMax = 40_000): Promise<Exit> {
  const fates = await driveMutants(cutsMax);
  for (const line of mutantTable('cuts', fates)) console.log(line);
  return fates.every(({ killedBy }) => killedBy !== undefined) ? Exit.fine : Exit.violated;
}

await runCommand(
  commandLine('fuzz:store')
    .description('Random operations on a store and an oracle, cut at random and compared after every boot.')
    .option('--seed <n>', 'of the first life; the next has the next number', natural, 1)
    .option('--cuts <n>', 'end after so many; endless without', natural)
    .option('--unit <bytes>', 'program unit; by turns without', (text) => {
      if (text !== '4' && text !== '16') throw new InvalidArgumentError('4 or 16');
      return Number(text);
    })
    .option('--worn', 'only flashes that wear out')
    .option('--trace', 'say every operation')
    .option(
      '--storm',
      'cut each boot in the same operation, from the first to the 40th and any, --cuts times each',
    )
    .option('--mutants', 'drive stores with one line changed, and say what found each out')
    .addHelpText('after', EXIT_HELP)
    .action(async (options: Options) => {
      if (options.mutants) process.exitCode = await driveAll(options.cuts);
      else process.exitCode = options.storm ? storm(options) : fuzz(options);
    }),
);
