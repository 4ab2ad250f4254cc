/**
 * `npm run bench:gateway`: how long terminals wait for the edge gateway of their site over real sockets, at
 * two brokers, with and without delayed packets; and what a decision costs the broker.
 */
import { hasMosquitto } from '../../../sim/host/mosquitto.js';
import { CliError } from '../../cli/cli-error.js';
import { EXIT_HELP, Exit } from '../../cli/output/exit.js';
import { table } from '../../cli/output/table.js';
import { Output } from '../../cli/output/terminal-output.js';
import { commandLine, runCommand } from '../../cli/run-command.js';
import { positive } from '../../fuzz/natural.js';
import { fillMarked } from '../marked.js';
import { aedes, type Measured, mosquitto, processor_ms } from './brokers.js';
import { BenchSite } from './site.js';

const DOCUMENT = 'docs/benchmarks.md';
/** A queue at each gate: a payment every 250 ms at each terminal is more than anybody sees. */
const EVERY_MS = 250;
/** Decisions of each terminal before any is measured. */
const WARM = 4;

interface Flags {
  readonly terminals: number;
  readonly each: number;
  readonly rounds: number;
  readonly write?: true;
}

interface Figures {
  readonly broker: string;
  readonly noDelay: boolean;
  readonly median_ms: number;
  readonly p99_ms: number;
  readonly unanswered: number;
  readonly broker_ms: number;
}

async function measure(name: string, broker: Measured, noDelay: boolean, flags: Flags): Promise<Figures> {
  const { terminals, each } = flags;
  const site = await BenchSite.open(broker.url, broker.gatewayUrl, terminals, noDelay);
  await site.round(WARM, EVERY_MS);
  const before_ms = processor_ms(broker.pid);
  const { waited_ms, unanswered } = await site.round(each, EVERY_MS);
  const spent_ms = processor_ms(broker.pid) - before_ms;
  await site.close();
  await broker.stop();
  const sorted = [...waited_ms].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))];
  return {
    ...{ broker: name, noDelay, unanswered, median_ms: at(0.5), p99_ms: at(0.99) },
    broker_ms: spent_ms / waited_ms.length,
  };
}

async function bench(flags: Flags): Promise<void> {
  if (!hasMosquitto())
    throw new CliError(Exit.absent, 'missing', 'mosquitto is needed: tools/setup-debian.sh installs it');
  const out = new Output(process.stdout);
  const found: Figures[] = [];
  for (const [name, start] of Object.entries({ mosquitto, aedes }))
    for (const noDelay of [true, false]) {
      const rounds: Figures[] = [];
      for (let round = 0; round < flags.rounds; round++)
        rounds.push(await measure(name, await start(noDelay), noDelay, flags));
      // What else the machine does comes on top of any of them.
      found.push(rounds.sort((a, b) => a.median_ms - b.median_ms)[0]);
    }
  const head = [
    'broker',
    'delayed packets',
    'median, ms',
    'p99, ms',
    'no answer in 100 ms',
    'broker, ms a decision',
  ];
  const rows = found.map(({ broker, noDelay, median_ms, p99_ms, unanswered, broker_ms }) => [
    broker,
    noDelay ? 'no' : 'yes',
    median_ms.toFixed(1),
    p99_ms.toFixed(1),
    String(unanswered),
    broker_ms.toFixed(2),
  ]);
  for (const line of table([head, ...rows])) out.line(line);
  const decisions = flags.terminals * flags.each;
  const text = `${flags.terminals} terminals, ${decisions} decisions, one each ${EVERY_MS} ms at each terminal; the quietest of ${flags.rounds} rounds.`;
  out.line(text);
  if (!flags.write) return;
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const ruled = [line(head), '|---|---|---:|---:|---:|---:|', ...rows.map(line)];
  fillMarked(DOCUMENT, 'gateway', ['', ...ruled, '', text, '']);
  out.line(`${DOCUMENT}: written`);
}

const command = commandLine('bench:gateway')
  .description('how long terminals wait for the edge gateway of their site, and what it costs the broker')
  .option('--terminals <n>', 'so many', positive, 50)
  .option('--each <n>', 'decisions of each', positive, 40)
  .option('--rounds <n>', 'of each kind; the quietest counts', positive, 3)
  .option('-w, --write', 'put the figures into docs/benchmarks.md')
  .addHelpText('after', EXIT_HELP)
  .action(bench);

await runCommand(command);
