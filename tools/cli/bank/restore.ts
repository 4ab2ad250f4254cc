import { gunzipSync } from 'node:zlib';
import { PostgresEngine } from '../../../sim/bank/db/postgres.js';
import { markRestored, type RestoredBooks } from '../../../sim/bank/restored.js';
import { Locked } from '../../../sim/host/folder-lock.js';
import { FolderTaken, restoreLocalBank } from '../../../sim/host/local-bank.js';
import { utc } from '../../../sim/words.js';
import { CliError } from '../cli-error.js';
import { OutputFile } from '../files/output-file.js';
import { readUserFile } from '../files/user-file.js';
import { Exit } from '../output/exit.js';
import type { Output } from '../output/terminal-output.js';
import { databaseFault, hostsOf } from './database.js';

const BACKUP_BYTES_MAX = 2 ** 31 - 1;

export interface RestoreOptions {
  readonly data?: string;
  readonly database?: string;
}

/** Puts a backup into a folder; or says of books on PostgreSQL that its own tools have put them back. */
export async function restore(out: Output, file: string | undefined, options: RestoreOptions): Promise<void> {
  const { data, database } = options;
  if ((file === undefined) !== (data === undefined) || (data === undefined) === (database === undefined))
    throw new CliError(
      Exit.usage,
      'missing-option',
      'FILE with --data DIR, or --database URL after the server’s own tools have put it back',
    );
  const told = file === undefined ? await markDatabase(database!) : await restoreFolder(file, data!);
  out.line(`books of ${utc(told.time_s)}, with ${told.devices} devices`);
  out.line('What came later they do not know. `tapnote bank resuming` tells who has not synced since.');
}

async function restoreFolder(file: string, folder: string): Promise<RestoredBooks> {
  const archive = unpacked(file);
  OutputFile.checkFolder('--data', folder);
  return restoreLocalBank(folder, archive).catch((error: Error) => {
    const isOther = error instanceof FolderTaken || error instanceof Locked;
    throw isOther
      ? new CliError(Exit.usage, 'bank-folder', `--data ${folder}: ${error.message}`)
      : new CliError(Exit.usage, 'backup-damaged', `${file}: this is no backup of a bank: ${error.message}`);
  });
}

/** The checksum of gzip tells a damaged file and half a file from a whole one. */
function unpacked(file: string): Uint8Array {
  try {
    return gunzipSync(readUserFile(file, BACKUP_BYTES_MAX));
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(Exit.usage, 'backup-damaged', `${file}: this is no whole backup of a bank`);
  }
}

async function markDatabase(url: string): Promise<RestoredBooks> {
  const { names } = hostsOf(url);
  const engine = new PostgresEngine(url);
  try {
    return await markRestored(engine);
  } catch (error) {
    throw databaseFault(error as Error, names);
  } finally {
    await engine.close();
  }
}
