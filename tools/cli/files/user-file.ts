import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { CliError, systemReason } from '../cli-error.js';
import { Exit } from '../output/exit.js';

const CHUNK_BYTES = 65_536;

/**
 * All bytes of a file, or of a pipe, that a user has named. Throws CliError: unreadable, a folder, or above
 * `bytesMax`.
 */
export function readUserFile(path: string, bytesMax: number): Uint8Array {
  let handle: number | undefined;
  try {
    handle = openSync(path, 'r');
    const stat = fstatSync(handle);
    if (stat.isDirectory()) throw unusable(path, 'it is a folder', 'file-folder');
    if (stat.isFile() && stat.size > bytesMax) throw tooLarge(path, bytesMax);
    return readBounded(path, handle, bytesMax);
  } catch (error) {
    if (error instanceof CliError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw unusable(path, systemReason(error), code === 'ENOENT' ? 'file-missing' : 'file-unreadable');
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}

/** A file in UTF-8. */
export const readUserText = (path: string, bytesMax: number): string =>
  new TextDecoder('utf-8', { ignoreBOM: true }).decode(readUserFile(path, bytesMax));

/** Of a pipe the size is not known beforehand, and a file may grow. */
function readBounded(path: string, handle: number, bytesMax: number): Uint8Array {
  const chunks: Uint8Array[] = [];
  for (let total = 0; ; ) {
    const chunk = new Uint8Array(CHUNK_BYTES);
    const count = readSync(handle, chunk);
    if (count === 0) return Uint8Array.from(Buffer.concat(chunks));
    total += count;
    if (total > bytesMax) throw tooLarge(path, bytesMax);
    chunks.push(chunk.subarray(0, count));
  }
}

const unusable = (path: string, why: string, code: string): CliError =>
  new CliError(Exit.usage, code, `${path}: ${why}`);

const tooLarge = (path: string, bytesMax: number): CliError =>
  unusable(path, `it has more than ${bytesMax.toLocaleString('en')} bytes`, 'file-size');
