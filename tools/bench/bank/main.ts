/**
 * `npm run bench:bank`: what terminals that sync cost their bank, in processor time of the bank and of its
 * database. The terminals are real firmware, in this process; the bank is served in another.
 */
import { postgresPrograms } from '../../../sim/host/postgres-cluster.js';
import { CliError } from '../../cli/cli-error.js';
import { jsonOutput, STANDARD_OUTPUT } from '../../cli/files/output-file.js';
import { EXIT_HELP, Exit } from '../../cli/output/exit.js';
import { table } from '../../cli/output/table.js';
import { Output } from '../../cli/output/terminal-output.js';
import { commandLine, runCommand } from '../../cli/run-command.js';
import { positive } from '../../fuzz/natural.js';
import { fillMarked } from '../marked.js';
import { type Measured, measureBank, type Phase, verifyLimit, type Workload } from './measure.js';

const DOCUMENT = 'docs/benchmarks.md';
/** Of transactions that are tried again. */
const RETRIED_MAX = 0.01;
/** Of all terminals at once, to one after another, on PostgreSQL. */
const SPEEDUP_MIN = 1.5;
/** Of what settlement takes, logs and all. */
const LEDGER_MAX = 0.05;

interface Options extends Workload {
  readonly json?: string;
  readonly docs?: true;
}

interface Report {
  readonly engine: string;
  readonly measured: Measured;
  /** Payments a second of processor time. */
  readonly alone: number;
  readonly together: number;
  readonly speedup: number;
  /** Of what one core could check signatures of, when it did nothing else. */
  readonly share: number;
  readonly failed: number;
  /** Of the transactions. */
  readonly retried: number;
  /** The operators' logs, of all that payments take. */
  readonly ledger: number;
}

const rate = ({ payments, cpu_us }: Phase): number => payments / (cpu_us / 1e6);

function reportOf(engine: string, measured: Measured, limit: number): Report {
  const { alone, together } = measured;
  return {
    engine,
    measured,
    alone: rate(alone),
    together: rate(together),
    speedup: rate(together) / rate(alone),
    share: rate(together) / limit,
    failed: alone.failed + together.failed,
    retried: together.retries / together.transactions,
    ledger: ledgerShare(alone, together),
  };
}

function ledgerShare(...phases: readonly Phase[]): number {
  const [settled, logged] = (['cpu_us', 'ledger_us'] as const).map((name) =>
    phases.reduce((sum, phase) => sum + phase[name], 0),
  );
  return logged / (settled + logged);
}

const isMet = ({ engine, speedup, failed, retried, ledger, measured }: Report): boolean =>
  failed === 0 &&
  ledger <= LEDGER_MAX &&
  retried <= RETRIED_MAX &&
  measured.faults.length === 0 &&
  (engine === 'PGlite' || speedup >= SPEEDUP_MIN);

function rowsOf(reports: readonly Report[]): string[][] {
  const percent = (part: number) => `${(100 * part).toFixed(1)} %`;
  const row = (what: string, of: (report: Report) => string) => [what, ...reports.map(of)];
  return [
    ['', ...reports.map(({ engine }) => engine)],
    row('payments a second of processor time, terminals one after another', ({ alone }) => alone.toFixed(0)),
    row('the same, all at once', ({ together }) => together.toFixed(0)),
    row('rate of all at once, to one after another', ({ speedup }) => speedup.toFixed(2)),
    row('share of what one core can check signatures of', ({ share }) => percent(share)),
    row('share of the operators’ logs', ({ ledger }) => percent(ledger)),
    row('syncs that failed', ({ failed }) => `${failed}`),
    row('transactions that were tried again', ({ retried }) => percent(retried)),
    row('transactions a sync, one after another', ({ measured }) => perSync(measured.alone)),
    row('transactions a sync, all at once', ({ measured }) => perSync(measured.together)),
  ];
}

const perSync = ({ transactions, syncs }: Phase): string => (transactions / syncs).toFixed(1);

async function bench({ json, docs, ...workload }: Options): Promise<void> {
  const programs = postgresPrograms();
  if (!programs)
    throw new CliError(Exit.absent, 'missing', 'PostgreSQL is needed: tools/setup-debian.sh installs it');
  const write = jsonOutput(json);
  const out = new Output(json === STANDARD_OUTPUT ? process.stderr : process.stdout);
  const limit = verifyLimit();
  const reports: Report[] = [];
  for (const [engine, place] of [
    ['PGlite', undefined],
    ['PostgreSQL', programs],
  ] as const) {
    const tell = (what: string) => console.error(`… ${engine}: ${what}`);
    reports.push(reportOf(engine, await measureBank(place, workload, tell), limit));
  }
  const rows = rowsOf(reports);
  for (const line of table(rows)) out.line(line);
  for (const { measured } of reports) for (const fault of measured.faults) out.line(`fault: ${fault}`);
  write?.({ workload, limit, reports });
  // Rates depend on the machine.
  if (docs) fillMarked(DOCUMENT, 'bank', [...markdown([rows[0], ...rows.slice(3)]), '']);
  process.exitCode = reports.every(isMet) ? Exit.fine : Exit.violated;
}

function markdown([head, ...rows]: readonly string[][]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(['---', ...head.slice(1).map(() => '---:')]), ...rows.map(line)];
}

const command = commandLine('bench:bank')
  .description('terminals that sync with a served bank, one after another and all at once; its logs')
  .option('--terminals <n>', 'so many', positive, 32)
  .option('--payments <n>', 'that each has taken since its last sync', positive, 48)
  .option('--rounds <n>', 'of both, by turns', positive, 2)
  .option('-j, --json <file>', 'write the figures; "-" is standard output')
  .option('--docs', `write the table of ${DOCUMENT}`)
  .addHelpText('after', EXIT_HELP)
  .action(bench);

await runCommand(command);
