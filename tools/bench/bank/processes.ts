import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { BankClient } from '../../../sim/bank/server/client.js';
import { type Cluster, startPostgres } from '../../../sim/host/postgres-cluster.js';
import type { Asked, Usage } from './served.js';

/** Compiled, as `tapnote bank serve` is. */
const PROGRAM = fileURLToPath(new URL('../../program.mjs', import.meta.url));
const SERVED = 'tools/bench/bank/served.ts';
const TOKEN = 'the-counter-of-a-bank-that-is-measured';
/** Of /proc/PID/stat, sysconf(_SC_CLK_TCK) on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

export type EngineName = 'PGlite' | 'PostgreSQL';

/** A bank that is measured, and how much processor time it has taken, its database's counted. */
export interface MeasuredBank {
  readonly client: BankClient;
  usage(): Promise<Usage>;
  /** So many settled payments come into its books, see `storePayments`: the bytes that they take there. */
  store(payments: number): Promise<number>;
  /** Publishes its logs; what it has used then. */
  publish(): Promise<Usage>;
  close(): Promise<void>;
}

/** `programs`: of PostgreSQL, see `postgresPrograms`; without them the bank is on PGlite. */
export async function startBank(time_s: number, programs: string | undefined): Promise<MeasuredBank> {
  const cluster = programs === undefined ? undefined : await startPostgres(programs);
  const args = [SERVED, TOKEN, `${time_s}`, ...(cluster ? [cluster.url] : [])];
  const child = fork(PROGRAM, args, { execArgv: [] });
  const [{ url }] = (await once(child, 'message')) as [{ url: string }];
  const send = (asked: Asked): void => void child.send(asked);
  const ask = async (asked: Asked): Promise<Usage> => {
    send(asked);
    const [usage] = (await once(child, 'message')) as [Usage];
    return { ...usage, cpu_us: usage.cpu_us + (cluster ? cpuOf(cluster) : 0) };
  };
  return {
    client: new BankClient(url, TOKEN),
    usage: () => ask({ what: 'usage' }),
    publish: () => ask({ what: 'publish' }),
    async store(payments) {
      send({ what: 'store', payments });
      const [{ bytes }] = (await once(child, 'message')) as [{ bytes: number }];
      return bytes;
    },
    async close() {
      send({ what: 'end' });
      await once(child, 'exit');
      cluster?.stop();
    },
  };
}

/** Processor time of a server and its children, those that have ended too. Microseconds. */
function cpuOf({ pid }: Cluster): number {
  let ticks = 0;
  for (const name of readdirSync('/proc').filter((each) => /^\d+$/.test(each))) {
    const fields = statOf(name);
    const isOwn = Number(name) === pid;
    // Parent; then time of its own in user and system mode, and the same of children that have ended.
    if (fields && (isOwn || Number(fields[1]) === pid)) ticks += sum(fields.slice(11, isOwn ? 15 : 13));
  }
  return (ticks / TICKS_PER_SECOND) * 1e6;
}

const sum = (fields: readonly string[]): number => fields.reduce((total, field) => total + Number(field), 0);

/** The fields of proc(5) after the name in parentheses, from the state on; undefined when it has ended. */
function statOf(pid: string): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}
