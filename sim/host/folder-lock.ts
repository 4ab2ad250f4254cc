import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** The folder is another process's at the moment. */
export class FolderLocked extends Error {
  readonly code = 'locked';
}

/**
 * Takes a folder for this process, by a file `lock` with its number in it. Throws FolderLocked when a process
 * that is alive has it; a lock whose process is gone is taken over. Returns what gives the folder back.
 */
export function lockFolder(folder: string): () => void {
  const path = join(folder, 'lock');
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
        throw new FolderLocked(`${folder} is in use by process ${owner}; if that is wrong, remove ${path}`);
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
