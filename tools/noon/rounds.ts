import { fork } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hostCrypto } from '../../hal/crypto/host.js';
import { openNoonBank, prepare } from '../../sim/account/noon/morning.js';
import { type NoonSize, ROUNDS } from '../../sim/account/noon/plan.js';
import type { RoundTold } from '../../sim/account/noon/round.js';
import type { Spent } from '../../sim/account/noon/settling.js';
import { freshPglite } from '../../sim/bank/db/fresh-pglite.js';
import { inParallel } from '../xs/in-parallel.js';
import { meter } from './meter.js';
import type { RoundAsked } from './round-process.js';

const PROGRAM = fileURLToPath(new URL('../program.mjs', import.meta.url));
const ROUND = 'tools/noon/round-process.ts';

export interface NoonTold {
  readonly rounds: readonly RoundTold[];
  /** Until all users have their certificates. */
  readonly morning: Spent;
}

/** One morning at the bank, and three noons that begin with its books; `jobs` of them at a time. */
export async function noon(size: NoonSize, jobs: number, tell: (what: string) => void): Promise<NoonTold> {
  const folder = mkdtempSync(join(tmpdir(), 'tapnote-noon-'));
  try {
    const stop = meter();
    tell(`${size.users} users get their certificates`);
    const database = await freshPglite();
    const bank = await openNoonBank(hostCrypto, size, { database });
    const morning = await prepare(hostCrypto, bank, size);
    const spent = stop();
    const books = join(folder, 'books.tar');
    writeFileSync(books, new Uint8Array(await (await database.dumpDataDir('none')).arrayBuffer()));
    await database.close();
    const rounds = await inParallel(ROUNDS, jobs, (kind) => {
      tell(`gateway ${kind}: an hour, and its bills`);
      return inProcess({ size, kind, morning, books });
    });
    return { rounds, morning: spent };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function inProcess(asked: RoundAsked): Promise<RoundTold> {
  const child = fork(PROGRAM, [ROUND], { execArgv: [], serialization: 'advanced' });
  return new Promise((resolve, reject) => {
    let told: RoundTold | undefined;
    child.once('message', (message) => {
      told = message as RoundTold;
    });
    child.once('error', reject);
    child.once('exit', (code) =>
      told ? resolve(told) : reject(new Error(`round ${asked.kind} has ended with ${code}`)),
    );
    child.send(asked);
  });
}
