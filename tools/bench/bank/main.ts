/**
 * `npm run bench:bank`: what terminals that sync cost their bank, in processor time of the bank and of its
 * database. The terminals are real firmware, in this process; the bank is served in another.
 */
import { Option } from 'commander';
import { postgresPrograms } from '../../../sim/host/postgres-cluster.js';
import { count } from '../../../sim/words.js';
import { CliError } from '../../cli/cli-error.js';
import { jsonOutput, STANDARD_OUTPUT } from '../../cli/files/output-file.js';
import { EXIT_HELP, Exit } from '../../cli/output/exit.js';
import { table } from '../../cli/output/table.js';
import { Output } from '../../cli/output/terminal-output.js';
import { commandLine, runCommand } from '../../cli/run-command.js';
import { natural, positive } from '../../fuzz/natural.js';
import { fillMarked } from '../marked.js';
import { type BacklogMeasured, measureBacklog } from './bills.js';
import { type Measured, measureBank, type Phase, type Workload } from './measure.js';
import type { EngineName } from './processes.js';

const DOCUMENT = 'docs/benchmarks.md';
/** Of transactions that are tried again. */
const RETRIED_MAX = 0.01;
/** Of all terminals at once, to one after another, on PostgreSQL. */
const SPEEDUP_MIN = 1.5;
/** Of what one core can check signatures of. */
const SHARE_MIN: Readonly<Record<EngineName, number>> = { PGlite: 0.25, PostgreSQL: 0.3 };
/** Of a site that was cut off, and in how much time of two cores they are to be settled. */
const BACKLOG = { payments: 30_000, most_s: 60 };
/** Of what settlement takes, logs and all. */
const LEDGER_MAX = 0.05;

interface Options extends Workload {
  readonly json?: string;
  readonly docs?: true;
  readonly engine?: EngineName;
  readonly bills?: number;
  readonly users: number;
}

interface Report {
  readonly engine: EngineName;
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
  /** Processor seconds for `BACKLOG`. */
  readonly backlog_s: number;
  /** The operators' logs, of all that payments take. */
  readonly ledger: number;
}

/** Rows that depend on the machine, or on what was stored. */
const ONLY_SHOWN = /^(processor seconds|bytes)/;

const rate = ({ payments, cpu_us }: Phase): number => payments / (cpu_us / 1e6);

function reportOf(engine: EngineName, measured: Measured): Report {
  const { alone, together, limit } = measured;
  return {
    engine,
    measured,
    alone: rate(alone),
    together: rate(together),
    speedup: rate(together) / rate(alone),
    share: rate(together) / limit,
    failed: alone.failed + together.failed,
    retried: together.retries / together.transactions,
    backlog_s: BACKLOG.payments / rate(together),
    ledger: ledgerShare(alone, together),
  };
}

function ledgerShare(...phases: readonly Phase[]): number {
  const [settled, logged] = (['cpu_us', 'ledger_us'] as const).map((name) =>
    phases.reduce((sum, phase) => sum + phase[name], 0),
  );
  return logged / (settled + logged);
}

const isMet = ({ engine, speedup, share, failed, retried, backlog_s, ledger, measured }: Report): boolean =>
  failed === 0 &&
  ledger <= LEDGER_MAX &&
  retried <= RETRIED_MAX &&
  share >= SHARE_MIN[engine] &&
  // Bank and database take turns at it: the second core is the terminals' own.
  backlog_s <= BACKLOG.most_s &&
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
    row('that share, at least', ({ engine }) => percent(SHARE_MIN[engine])),
    row(`processor seconds for ${count(BACKLOG.payments)} payments`, ({ backlog_s }) => backlog_s.toFixed(1)),
    row(
      'bytes of tables and indexes for a stored payment',
      ({ measured }) => measured.stored_bytes?.toFixed(0) ?? '–',
    ),
    row('share of the operators’ logs', ({ ledger }) => percent(ledger)),
    row('syncs that failed', ({ failed }) => `${failed}`),
    row('transactions that were tried again', ({ retried }) => percent(retried)),
    row('transactions a sync, one after another', ({ measured }) => perSync(measured.alone)),
    row('transactions a sync, all at once', ({ measured }) => perSync(measured.together)),
  ];
}

const perSync = ({ transactions, syncs }: Phase): string => (transactions / syncs).toFixed(1);

async function bench(options: Options): Promise<void> {
  const { json, docs, engine: only, bills, users, ...workload } = options;
  const programs = postgresPrograms();
  if (!programs)
    throw new CliError(Exit.absent, 'missing', 'PostgreSQL is needed: tools/setup-debian.sh installs it');
  const write = jsonOutput(json);
  const out = new Output(json === STANDARD_OUTPUT ? process.stderr : process.stdout);
  const reports: Report[] = [];
  const engines = (
    [
      ['PGlite', undefined],
      ['PostgreSQL', programs],
    ] as const
  ).filter(([name]) => only === undefined || only === name);
  if (bills !== undefined) {
    const { terminals } = workload;
    const backlogs = [];
    for (const [engine, place] of engines) {
      const tell = (what: string) => console.error(`… ${engine}: ${what}`);
      backlogs.push({ engine, ...(await measureBacklog(place, { bills, users, terminals }, tell)) });
    }
    for (const line of table(backlogRows(bills, backlogs))) out.line(line);
    write?.({ bills, users, terminals, backlogs });
    const isMet = backlogs.every((each) => isSettled(bills, each));
    process.exitCode = isMet ? Exit.fine : Exit.violated;
    return;
  }
  for (const [engine, place] of engines) {
    const tell = (what: string) => console.error(`… ${engine}: ${what}`);
    reports.push(reportOf(engine, await measureBank(place, workload, tell)));
  }
  const rows = rowsOf(reports);
  for (const line of table(rows)) out.line(line);
  for (const { measured } of reports) for (const fault of measured.faults) out.line(`fault: ${fault}`);
  write?.({ workload, reports });
  // Rates depend on the machine.
  if (docs)
    fillMarked(DOCUMENT, 'bank', [
      ...markdown([rows[0], ...rows.slice(3).filter(([what]) => !ONLY_SHOWN.test(what))]),
      '',
    ]);
  process.exitCode = reports.every(isMet) ? Exit.fine : Exit.violated;
}

interface BacklogReport extends BacklogMeasured {
  readonly engine: EngineName;
}

/** As many of them would be in the time of a backlog, and nothing is set aside or wrong. */
const isSettled = (bills: number, { cpu_s, asides, faults }: BacklogReport): boolean =>
  (cpu_s * BACKLOG.payments) / bills <= BACKLOG.most_s && asides === 0 && faults.length === 0;

function backlogRows(bills: number, reports: readonly BacklogReport[]): string[][] {
  const row = (what: string, of: (report: BacklogReport) => string) => [what, ...reports.map(of)];
  return [
    ['', ...reports.map(({ engine }) => engine)],
    row(`processor seconds for ${count(bills)} bills of one site`, ({ cpu_s }) => cpu_s.toFixed(1)),
    row('bills a second of processor time', ({ cpu_s }) => (bills / cpu_s).toFixed(0)),
    row('seconds of the clock, on this machine now', ({ wall_s }) => wall_s.toFixed(1)),
    row('bills a transaction', ({ transactions }) => (bills / transactions).toFixed(0)),
    row('transactions that were tried again', ({ retries }) => `${retries}`),
    row('paid to the site, minor units', ({ paid }) => `${paid}`),
    row('of that advanced by the platform', ({ advanced }) => `${advanced}`),
    row('set aside', ({ asides }) => `${asides}`),
    row('faults of the audit', ({ faults }) => `${faults.length}`),
  ];
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
  .addOption(new Option('--engine <name>', 'one of them alone').choices(['PGlite', 'PostgreSQL']))
  .option('--stored <n>', 'settled payments that are in the books already', natural, 0)
  .option('--bills <n>', 'instead: so many bills of one site, whose terminals were cut off', positive)
  .option('--users <n>', 'whose codes those bills are for', positive, 3_000)
  .option('-j, --json <file>', 'write the figures; "-" is standard output')
  .option('--docs', `write the table of ${DOCUMENT}`)
  .addHelpText('after', EXIT_HELP)
  .action(bench);

await runCommand(command);
