/**
 * The model of the bank's decisions: verified with Spin, compared with the graphs that are committed, and
 * replayed against the running bank: `npm run check:model`. sim/model/README.md says what it shows.
 */
import { writeFileSync } from 'node:fs';
import { SimEntropy } from '../../sim/chip/entropy.js';
import { verdicts } from '../../sim/model/claims.js';
import {
  graphFile,
  makeGraph,
  makeHonestGraph,
  readGraph,
  SCOPES,
  writeGraph,
} from '../../sim/model/graph.js';
import { openFor, replay } from '../../sim/model/replayed.js';
import { hasSpin } from '../../sim/model/spin.js';
import { walk } from '../../sim/model/walk.js';
import { CliError } from '../cli/cli-error.js';
import { EXIT_HELP, Exit } from '../cli/output/exit.js';
import { table } from '../cli/output/table.js';
import { commandLine, runCommand } from '../cli/run-command.js';
import { mutantTable } from '../fuzz/mutant.js';
import { natural } from '../fuzz/natural.js';
import { fates } from './mutants.js';

interface Options {
  readonly renew?: boolean;
  readonly mutants?: boolean;
  readonly seed: number;
  readonly steps: number;
}

const seconds = (since: number): string => ((Date.now() - since) / 1_000).toFixed(1);

function verifyAll(): boolean {
  const rows = (['honest', 'copied', 'forfeiting'] as const).flatMap((payer) =>
    [...verdicts(payer)].map(({ claim, result }) => [
      `${claim.name}, payer ${payer}`,
      String(result.states),
      String(result.transitions),
      result.errors === 0 ? 'holds' : result.complaint,
    ]),
  );
  for (const line of table([['claim', 'states', 'transitions', ''], ...rows])) console.log(line);
  return rows.every((row) => row[3] === 'holds');
}

async function replayAll(renew: boolean): Promise<boolean> {
  let isFine = true;
  for (const scope of SCOPES) {
    const since = Date.now();
    const graph = makeGraph(scope);
    const text = writeGraph(graph);
    if (renew) writeFileSync(graphFile(scope), text);
    const isCommitted = text === writeGraph(readGraph(scope));
    isFine &&= isCommitted;
    console.log(`\n${scope.name}: ${scope.what}`);
    console.log(`  ${graph.states.length} states, ${graph.edges.length} edges`);
    if (!isCommitted) console.log('  the graph that is committed is another: --renew writes this one');
    const { edges, actions } = await replay(scope, graph);
    const share = ((100 * edges) / graph.edges.length).toFixed(1);
    console.log(`  replayed: ${edges} edges (${share} %) in ${actions} actions, ${seconds(since)} s`);
  }
  return isFine;
}

async function walkAround({ seed, steps }: Options): Promise<void> {
  const graph = makeHonestGraph();
  const bank = await openFor({ defines: ['-DLOAD'] });
  const { taken, tried } = await walk(graph, bank, new SimEntropy(seed, 'walk'), steps);
  await bank.close();
  console.log(`\nrandom lives, seed ${seed}: ${taken} actions are edges of the graph without bounds`);
  console.log(
    `  (${graph.states.length} states, ${graph.edges.length} edges); of ${tried} others came nothing`,
  );
}

async function main(options: Options): Promise<Exit> {
  if (!hasSpin())
    throw new CliError(
      Exit.absent,
      'missing',
      'spin and gcc are needed: tools/setup-debian.sh installs them',
    );
  if (options.mutants) {
    const all = await fates();
    for (const line of mutantTable('s', all)) console.log(line);
    return all.every(({ killedBy }) => killedBy !== undefined) ? Exit.fine : Exit.violated;
  }
  try {
    const isVerified = verifyAll();
    const isReplayed = await replayAll(options.renew === true);
    await walkAround(options);
    return isVerified && isReplayed ? Exit.fine : Exit.violated;
  } catch (error) {
    console.error(error);
    return Exit.violated;
  }
}

const command = commandLine('check:model')
  .description('The model of the bank’s decisions: verified, compared, replayed against the running bank.')
  .option('--renew', 'write the graphs anew')
  .option('--mutants', 'model and bank with one check missing, and what finds each out')
  .option('--seed <n>', 'of the random lives', natural, 1)
  .option('--steps <n>', 'actions of the random lives', natural, 1_000)
  .addHelpText('after', EXIT_HELP)
  .action(async (options: Options) => {
    process.exitCode = await main(options);
  });

await runCommand(command);
