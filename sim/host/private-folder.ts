import { chmodSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** What is in it is reached by nobody but its owner, whatever the modes of its files. */
const PRIVATE_FOLDER = 0o700;
/** Of a file with keys or passwords in it: nobody but its owner reads it. */
export const PRIVATE_FILE = 0o600;

/** Makes a folder that nobody but its owner can enter, or makes one so that is this user's. */
export function makePrivate(folder: string): void {
  mkdirSync(dirname(folder), { recursive: true });
  mkdirSync(folder, { recursive: true, mode: PRIVATE_FOLDER });
  const { mode, uid } = statSync(folder);
  if ((mode & 0o777) !== PRIVATE_FOLDER && uid === process.getuid?.()) chmodSync(folder, PRIVATE_FOLDER);
}

/** Whether there is nothing in a folder but `names`, or no folder at all: it is nobody else's affair. */
export function hasNothingBut(folder: string, names: readonly string[]): boolean {
  try {
    return readdirSync(folder).every((name) => names.includes(name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true;
    throw error;
  }
}
