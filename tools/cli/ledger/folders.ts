import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKPOINT } from '../../../sim/bank/ledger/mirror.js';
import { FileShelf } from '../../../sim/host/file-shelf.js';
import { CliError } from '../cli-error.js';
import { Exit } from '../output/exit.js';

/** A copy of a log, by the name of its folder. */
export interface Copy {
  readonly name: string;
  readonly shelf: FileShelf;
}

/** What "ledger mirror" has made in a folder. Throws CliError `no-copy` when there is nothing. */
export function copiesIn(folder: string): Copy[] {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const copies = names.filter((name) => existsSync(join(folder, name, CHECKPOINT))).sort();
  if (copies.length === 0)
    throw new CliError(Exit.usage, 'no-copy', `${folder}: there is no copy of a log in it`);
  return copies.map((name) => ({ name, shelf: new FileShelf(join(folder, name)) }));
}

/** Of the log of one operator. */
export const copyFolder = (folder: string, operator: string): string => join(folder, `operator-${operator}`);
