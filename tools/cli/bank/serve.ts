import { join } from 'node:path';
import pino from 'pino';
import type { Bank } from '../../../sim/bank/bank.js';
import { hex } from '../../../sim/bank/bytes.js';
import { certificatesOf } from '../../../sim/bank/context.js';
import { PostgresEngine } from '../../../sim/bank/db/postgres.js';
import type { LostMoney } from '../../../sim/bank/lost-money.js';
import { BankServer } from '../../../sim/bank/server/http.js';
import { catchUp, openBank, openLocalBank, type Rules } from '../../../sim/host/local-bank.js';
import { CliError, systemReason } from '../cli-error.js';
import { OutputFile } from '../files/output-file.js';
import { Exit } from '../output/exit.js';
import type { Output } from '../output/terminal-output.js';
import { BANK_PORT } from './bank-at.js';
import { databaseFault, hostsOf, reasonOf } from './database.js';
import { cosignersOf, keepLedger } from './keep-ledger.js';
import { type KeyOptions, keyStoreFault, keyStoresOf } from './key-stores.js';
import { ownToken } from './token.js';

export interface ServeOptions extends KeyOptions {
  readonly data?: string;
  readonly database?: string;
  readonly tokenFile?: string;
  readonly port: number;
  readonly currency?: string;
  readonly lostMoney?: LostMoney;
  readonly denominations?: readonly number[];
  readonly certificateDays: number;
  readonly allowOrigin?: string;
  /** A policy file, whose witnesses cosign the operators' logs. */
  readonly witnesses?: string;
}

/** Bank time follows the clock of the machine. */
const TICK_MS = 10_000;
const DAY_S = 86_400;

interface Opened {
  readonly bank: Bank;
  close(): Promise<void>;
}

/** Serves a bank until it gets a signal. Resolves when it listens. */
export async function serve(out: Output, options: ServeOptions): Promise<void> {
  const { data, database, port, allowOrigin } = options;
  if (data !== undefined && database !== undefined)
    throw new CliError(
      Exit.usage,
      'conflicting-options',
      '--data DIR or --database URL, not both: books are in one place',
    );
  if (data === undefined && database === undefined)
    throw new CliError(Exit.usage, 'missing-option', 'one of --data DIR and --database URL is needed');
  const tokenFile = options.tokenFile ?? (data === undefined ? undefined : join(data, 'counter-token'));
  if (tokenFile === undefined)
    throw new CliError(Exit.usage, 'missing-option', '--database takes --token-file FILE as well');
  const opened = await (data === undefined ? openDatabase(database!, options) : openFolder(data, options));
  const log = pino(pino.destination({ dest: 2, sync: true }));
  try {
    const { token, isNew, keep } = ownToken(tokenFile);
    const folder = data === undefined ? undefined : join(data, 'witnesses');
    const cosigners = cosignersOf(opened.bank, options.witnesses, folder);
    const server = new BankServer(opened.bank, { token, log, ...(allowOrigin && { origin: allowOrigin }) });
    const url = await server.listen(port).catch((error: NodeJS.ErrnoException) => {
      const why =
        error.code === 'EADDRINUSE' ? 'it is in use; 0 takes any that is free' : systemReason(error);
      throw new CliError(Exit.usage, 'port', `--port ${port}: ${why}`);
    });
    keep();
    // Before anybody is told that a signal ends it.
    const stops = [keepTime(opened.bank, log), keepLedger(opened.bank, cosigners, log)];
    endWithSignal(server, opened, () => Promise.all(stops.map((stop) => stop())));
    out.line(`bank: ${url}`);
    out.line(`root key: ${hex(opened.bank.rootPublicKey)}`);
    out.line(`counter token: ${tokenFile}`);
    if (isNew) out.line(`It is told once, for its owner alone: ${token}`);
    if (cosigners.length === 0) out.line('no witnesses: whoever reads the logs has to believe this bank');
    out.line('Next, in another terminal:');
    out.line(`  export TAPNOTE_COUNTER_TOKEN_FILE=${tokenFile}`);
    out.line(`  npx tapnote bank account Mei${port === BANK_PORT ? '' : ` --bank ${url}`}`);
    out.line('Ctrl-C ends it.');
  } catch (error) {
    await opened.close();
    throw error;
  }
}

function rulesOf({ currency, lostMoney, certificateDays, denominations, ...keys }: ServeOptions): Rules {
  const keyStores = keyStoresOf(keys);
  return {
    ...(currency && { currency }),
    parameters: { ...certificatesOf(certificateDays * DAY_S), ...(denominations && { denominations }) },
    ...(lostMoney && { lostMoney }),
    ...(keyStores && { keyStores }),
  };
}

async function openFolder(folder: string, options: ServeOptions): Promise<Opened> {
  OutputFile.checkFolder('--data', folder);
  return openLocalBank(folder, rulesOf(options)).catch((error: Error) => {
    throw (
      keyStoreFault(error) ??
      new CliError(Exit.usage, 'bank-folder', `--data ${folder}: no bank can be opened: ${reasonOf(error)}`)
    );
  });
}

async function openDatabase(url: string, options: ServeOptions): Promise<Opened> {
  const { names } = hostsOf(url);
  const rules = rulesOf(options);
  const engine = new PostgresEngine(url);
  try {
    const bank = await openBank(engine, rules);
    return { bank, close: () => engine.close() };
  } catch (error) {
    await engine.close();
    throw keyStoreFault(error as Error) ?? databaseFault(error as Error, names);
  }
}

/** Returns what stops it, after a step that is under way. */
function keepTime(bank: Bank, log: pino.Logger): () => Promise<void> {
  let step = Promise.resolve();
  const timer = setInterval(() => {
    step = catchUp(bank).catch((error: Error) =>
      log.error({ err: error }, 'bank time could not be moved on'),
    );
  }, TICK_MS);
  return () => {
    clearInterval(timer);
    return step;
  };
}

function endWithSignal(server: BankServer, opened: Opened, stop: () => Promise<unknown>): void {
  let isEnding = false;
  const end = async (): Promise<void> => {
    if (isEnding) return;
    isEnding = true;
    await server.close();
    await stop();
    await opened.close();
    process.exit(Exit.fine);
  };
  process.on('SIGINT', end);
  process.on('SIGTERM', end);
}
