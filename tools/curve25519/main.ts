/** The chip's signatures and key agreement against libsodium's: `npm run check:curve25519 -- --cases N`. */
import { CliError } from '../cli/cli-error.js';
import { EXIT_HELP, Exit } from '../cli/output/exit.js';
import { Output } from '../cli/output/terminal-output.js';
import { commandLine, runCommand } from '../cli/run-command.js';
import { fromTwo, natural, positive } from '../fuzz/natural.js';
import { buildEngine } from '../xs/build.js';
import { whyNotOn } from '../xs/run.js';
import { countSecrets } from './constant-time.js';
import { buildDifferential, runDifferential } from './differential.js';
import { compareFields, compareWhole } from './on-chip.js';
import { compareNoble } from './third-voice.js';
import { traceSecrets } from './trace.js';

interface Options {
  readonly seed: number;
  readonly cases: number;
  readonly secrets: number;
  readonly fields: number;
  readonly chipCases: number;
  readonly nobleCases: number;
}

const BATCH = 10_000;

async function check({ seed, cases, secrets, fields, chipCases, nobleCases }: Options): Promise<Exit> {
  const out = new Output();
  const different = await compare(out, seed, cases);
  const otherwise = await askNoble(out, seed, nobleCases);
  if (different || otherwise) return Exit.violated;
  const why = await whyNotOn('chip');
  if (why !== undefined) {
    throw new CliError(Exit.absent, 'program-missing', `the emulated chip: ${why}`);
  }
  const dependent = await count(out, seed, secrets);
  const traced = await trace(out, seed, secrets);
  const differentOnChip = await compareOnChip(out, seed, fields, chipCases);
  return dependent || traced || differentOnChip ? Exit.violated : Exit.fine;
}

/** Whether the chip's instructions depend on a secret. */
async function count(out: Output, seed: number, secrets: number): Promise<boolean> {
  const counts = Object.entries(await countSecrets({ secrets, seed }));
  for (const [name, { instructions, secrets: counted }] of counts)
    out.line(`${name}: ${instructions.join(', ')} instructions, for each of ${counted} secrets`);
  return counts.some(([, { instructions }]) => instructions.length > 1);
}

/** Whether an address on the chip depends on a secret. */
async function trace(out: Output, seed: number, secrets: number): Promise<boolean> {
  const { lines, isSame } = await traceSecrets(await buildEngine('chip'), { secrets, seed });
  for (const line of lines) out.line(line);
  return !isSame;
}

/** Whether an answer of the emulated chip differs from libsodium's on this machine. */
async function compareOnChip(out: Output, seed: number, fields: number, cases: number): Promise<boolean> {
  const all = [await compareFields(fields, seed), await compareWhole(cases, seed)];
  for (const { line } of all) out.line(`${line} (seed ${seed})`);
  return all.some(({ isSame }) => !isSame);
}

/** Whether noble answers otherwise than libsodium. */
async function askNoble(out: Output, seed: number, cases: number): Promise<boolean> {
  const { line, isSame } = await compareNoble(cases, seed, (done) => out.progress('noble', done, cases));
  out.line(`${line} (seed ${seed})`);
  return !isSame;
}

/** Whether an answer differs from libsodium's. */
async function compare(out: Output, seed: number, cases: number): Promise<boolean> {
  const program = await buildDifferential('fast', []);
  let valid = 0;
  for (let done = 0; done < cases; done += BATCH) {
    out.progress('curve25519', done, cases);
    const batch = Math.min(BATCH, cases - done);
    const { stdout, exitCode } = await runDifferential(program, batch, seed + done);
    if (exitCode !== 0) {
      out.line(
        `${stdout.trim()}; replay: npm run check:curve25519 -- --seed ${seed + done} --cases ${batch}`,
      );
      return true;
    }
    valid += Number(/(\d+) of the signatures valid/.exec(stdout)?.[1]);
  }
  out.line(`${cases} cases, ${valid} of the signatures valid, no difference from libsodium`);
  return false;
}

const command = commandLine('check:curve25519')
  .description(
    'The C that chips sign and agree on keys with, against libsodium, on random and hostile cases.',
  )
  .option('--seed <n>', 'of the cases', natural, 1)
  .option(
    '--cases <n>',
    'how many: each a key, a signature, two verdicts and a shared secret',
    positive,
    1_000_000,
  )
  .option(
    '--secrets <n>',
    'how many are counted on the emulated chip, and their addresses compared, 2 or more',
    fromTwo,
    1_000,
  )
  .option('--noble-cases <n>', 'cases of which noble is asked as well', positive, 10_000)
  .option('--fields <n>', 'operations on field elements on the emulated chip', positive, 1_000_000)
  .option('--chip-cases <n>', 'cases on the emulated chip, of six operations each', positive, 2_000)
  .addHelpText('after', EXIT_HELP)
  .action(async (options: Options) => {
    process.exitCode = await check(options);
  });

await runCommand(command);
