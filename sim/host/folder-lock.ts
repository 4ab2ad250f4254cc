import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** What is to be locked is another process's at the moment. */
export class Locked extends Error {
  readonly code = 'locked';
}

/** Takes a folder for this process, by a file `lock` in it. See `takeLock`. */
export const lockFolder = (folder: string): (() => void) => takeLock(folder, join(folder, 'lock'));

/**
 * Takes `what` for this process, by a file at `path` with its number in it. Throws Locked when a process
 * that is alive has it; a lock whose process is gone is taken over. Returns what gives it back.
 */
export function takeLock(what: string, path: string): () => void {
  for (let tried = 0; ; tried++) {
    try {
      const file = openSync(path, 'wx');
      writeSync(file, `${process.pid}\n`);
      closeSync(file);
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const owner = ownerOf(path);
      if (tried > 0 || (owner !== undefined && isAlive(owner))) {
        throw new Locked(`${what} is in use by process ${owner}; if that is wrong, remove ${path}`);
      }
      rmSync(path, { force: true });
    }
  }
}

function ownerOf(path: string): number | undefined {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // it is there, and somebody else's
  }
}
