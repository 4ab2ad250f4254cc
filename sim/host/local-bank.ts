import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { hostCrypto } from '../../hal/crypto/host.js';
import { Bank } from '../bank/bank.js';
import type { BankOptions } from '../bank/bank-options.js';
import { markRestored, type RestoredBooks } from '../bank/restored.js';
import { CLOCK_STEP_MAX_S } from '../bank/settlement/tick.js';
import { lockFolder } from './folder-lock.js';
import { nodeEntropy } from './node-entropy.js';
import { hasNothingBut, makePrivate } from './private-folder.js';

/** What a bank is made with, which one that exists keeps; and what a deployment may change. */
export type Rules = Pick<BankOptions, 'currency' | 'keyStores' | 'lostMoney' | 'parameters'>;

/** A bank with keys of this machine's own entropy, and at the time of its clock. */
export async function openBank(database: NonNullable<BankOptions['database']>, rules: Rules): Promise<Bank> {
  const time_s = Math.floor(Date.now() / 1000);
  const bank = await Bank.open({ crypto: hostCrypto, entropy: nodeEntropy, time_s, database, ...rules });
  await catchUp(bank);
  return bank;
}

/** Moves bank time on to the clock of the machine, in steps of which none is too long. */
export async function catchUp(bank: Bank): Promise<void> {
  const now_s = Math.floor(Date.now() / 1000);
  while (bank.time_s < now_s) await bank.tick(Math.min(now_s, bank.time_s + CLOCK_STEP_MAX_S));
}

/** The books of a bank, and its keys, in its folder. */
const BOOKS = 'bank';
/** All that the folder of a bank has, where its user has put nothing else. */
const OWN_NAMES = [BOOKS, 'lock', 'counter-token', 'witnesses'];

/** What is in the folder of a bank already is not written over. */
export class FolderTaken extends Error {
  readonly code = 'folder-taken';
}

/**
 * Puts a backup of a bank into a folder that has none: whole, or not at all. `archive`: tar. Returns what
 * `markRestored` says of the books. Throws FolderTaken, Locked; anything else: the archive is no backup.
 */
export async function restoreLocalBank(folder: string, archive: Uint8Array): Promise<RestoredBooks> {
  const [books, aside] = [join(folder, BOOKS), join(folder, `.${BOOKS}-${process.pid}`)];
  if (existsSync(books)) throw new FolderTaken('there is a bank in it already');
  if (hasNothingBut(folder, OWN_NAMES)) makePrivate(folder);
  makePrivate(aside);
  const unlock = lockFolder(folder);
  try {
    const database = await PGlite.create({
      dataDir: aside,
      loadDataDir: new Blob([Uint8Array.from(archive)]),
    });
    try {
      const told = await markRestored(database);
      await database.close();
      renameSync(aside, books);
      return told;
    } finally {
      if (!database.closed) await database.close();
    }
  } finally {
    rmSync(aside, { recursive: true, force: true });
    unlock();
  }
}

/**
 * A reference bank kept in a folder; made there the first time. It is for trying out: its keys lie in the
 * folder in clear unless they are in a token, and what PGlite has acknowledged may be lost when power fails.
 * PGlite gives its files modes for everybody, so nobody but the owner can enter the folder; where it has
 * other things in it as well, only that with the books is closed. Throws Locked while another process has
 * it: two would overwrite each other's books.
 */
export async function openLocalBank(
  folder: string,
  rules: Rules,
): Promise<{ bank: Bank; close(): Promise<void> }> {
  if (hasNothingBut(folder, OWN_NAMES)) makePrivate(folder);
  const books = join(folder, BOOKS);
  makePrivate(books);
  const unlock = lockFolder(folder);
  let database: PGlite | undefined;
  const close = async (): Promise<void> => {
    await database?.close();
    unlock();
  };
  try {
    database = await PGlite.create(books);
    return { bank: await openBank(database, rules), close };
  } catch (error) {
    await close();
    throw error;
  }
}
