import { randomBytes } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { terminalIdOf } from '../../../firmware/account/bill.js';
import type { BillLog } from '../../../firmware/account/bill-log.js';
import { openBillLog } from '../../../firmware/account/open-bill-log.js';
import { StoreError } from '../../../firmware/store/errors.js';
import { crc32 } from '../../../hal/crc32.js';
import { opensslCrypto as crypto } from '../../../hal/crypto/openssl.js';
import type { Flash } from '../../../hal/flash.js';
import { NorFlash } from '../../../sim/chip/nor-flash.js';
import { FileFlash } from '../../../sim/host/file-flash.js';
import { Locked } from '../../../sim/host/folder-lock.js';
import { makePrivate } from '../../../sim/host/private-folder.js';
import { CliError, systemReason } from '../cli-error.js';
import { OutputFile } from '../files/output-file.js';
import { Exit } from '../output/exit.js';
import { keptKey } from './kept-key.js';

const FLASH = 'bills.flash';
const NAME = 'terminal';
const [SEED, PUBLIC_KEY] = [`${NAME}-seed`, `${NAME}-key`];
/** 2 MB: room for all the bills that a terminal books between two uploads. */
const SECTORS = 512;
const SECTOR_BYTES = 4_096;
/** Of a terminal that is gone with its process. */
const PASSING_SECTORS = 16;

/** A terminal: its key, and the flash with its bills. */
export interface Till {
  /** Signing key, 64 bytes. */
  readonly key: Uint8Array;
  /** As `terminalIdOf` names its key, 8 bytes. */
  readonly terminal: Uint8Array;
  /** `now_s`: when a new terminal counts as having synced. Throws CliError `state-damaged`. */
  log(now_s: number, clocksApart_s: number): BillLog;
  close(): void;
}

/** A terminal that nobody will remember. */
export const passingTill = (): Till =>
  tillOf(crypto.ed25519KeyFromSeed(randomBytes(32)), new NorFlash({ sectorCount: PASSING_SECTORS }));

/**
 * The terminal that is kept in `folder`, made there the first time: for its owner alone, and for this process
 * alone until `close`. Throws CliError: `state-locked`, `state-missing` and others.
 */
export function openTill(option: string, folder: string, { mayMake = false } = {}): Till {
  OutputFile.checkFolder(option, folder);
  const [flashPath, seedPath, keyPath] = [FLASH, SEED, PUBLIC_KEY].map((name) => join(folder, name));
  const isThere = existsSync(seedPath) || existsSync(keyPath);
  if (!isThere && !mayMake) throw missing(option, folder, 'no terminal is kept in it');
  // The key comes last: a terminal that has one has its flash, and what it has signed is in there.
  if (isThere && !existsSync(flashPath)) throw missing(option, folder, `${FLASH} is gone, with its bills`);
  if (!isThere) makePrivate(folder);
  const flash = fileFlash(option, flashPath);
  try {
    return tillOf(keptKey(option, folder, NAME).key, flash, () => flash.close());
  } catch (error) {
    flash.close();
    throw error;
  }
}

function tillOf(key: Uint8Array, flash: Flash, close = () => {}): Till {
  const terminal = terminalIdOf(crypto, key.subarray(32));
  return {
    key,
    terminal,
    log: (now_s, clocksApart_s) => {
      try {
        const log = openBillLog(flash, crc32, { crypto, terminal, clocksApart_s, now_s });
        while (log.tidy());
        return log;
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        throw new CliError(Exit.violated, 'state-damaged', `the bills do not read: ${error.message}`);
      }
    },
    close,
  };
}

function fileFlash(option: string, path: string): FileFlash {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? SECTORS * SECTOR_BYTES;
  if (size !== SECTORS * SECTOR_BYTES)
    throw new CliError(Exit.usage, 'state-file', `${option} ${path}: it is no flash of a terminal`);
  try {
    return new FileFlash(path, SECTORS);
  } catch (error) {
    if (error instanceof Locked) throw new CliError(Exit.usage, 'state-locked', `${option} ${error.message}`);
    throw new CliError(Exit.usage, 'file-unwritable', `${option} ${path}: ${systemReason(error)}`);
  }
}

const missing = (option: string, folder: string, why: string): CliError =>
  new CliError(Exit.usage, 'state-missing', `${option} ${folder}: ${why}`);
