import { existsSync } from 'node:fs';
import { USER_ROW_BYTES, UserCounts } from '../../../firmware/account/user-counts.js';
import { concat, getU32, putU32 } from '../../../firmware/bytes.js';
import { ACCOUNT_USERS_MAX } from '../../../firmware/limits.js';
import { crc32 } from '../../../hal/crc32.js';
import { Locked, takeLock } from '../../../sim/host/folder-lock.js';
import { CliError } from '../cli-error.js';
import { OutputFile } from '../files/output-file.js';
import { readUserFile } from '../files/user-file.js';
import { Exit } from '../output/exit.js';

/** "TNC1", the rows, and their CRC-32: a file that rots must not give anybody a second payment. */
const MAGIC = Uint8Array.of(0x54, 0x4e, 0x43, 0x31);
const CRC_BYTES = 4;
const FILE_BYTES_MAX = MAGIC.length + ACCOUNT_USERS_MAX * USER_ROW_BYTES + CRC_BYTES;

/** What a terminal has seen, in a file of this process alone until `close`. */
export class CountsFile {
  readonly counts: UserCounts;
  readonly #file: OutputFile;
  readonly #release: () => void;

  /** Throws CliError: another process has it, or it is not what `save` has written. */
  constructor(path: string) {
    this.#release = locked(path);
    try {
      this.#file = OutputFile.check('--state', path);
      this.counts = existsSync(path) ? read(path) : new UserCounts();
    } catch (error) {
      this.#release();
      throw error;
    }
  }

  save(): void {
    const body = concat(MAGIC, this.counts.bytes);
    const sum = new Uint8Array(CRC_BYTES);
    putU32(sum, 0, crc32(body, 0, body.length, 0));
    this.#file.write(concat(body, sum));
  }

  close(): void {
    this.#release();
  }
}

function locked(path: string): () => void {
  try {
    return takeLock(path, `${path}.lock`);
  } catch (error) {
    if (error instanceof Locked) throw new CliError(Exit.usage, 'state-locked', `--state ${error.message}`);
    // There is no such folder, or it is not ours: the file cannot be written either.
    OutputFile.check('--state', path);
    throw error;
  }
}

function read(path: string): UserCounts {
  const bytes = readUserFile(path, FILE_BYTES_MAX);
  const end = bytes.length - CRC_BYTES;
  const isWhole =
    end >= MAGIC.length &&
    MAGIC.every((byte, i) => bytes[i] === byte) &&
    crc32(bytes, 0, end, 0) === getU32(bytes, end);
  const counts = isWhole ? UserCounts.load(bytes.subarray(MAGIC.length, end)) : undefined;
  if (counts) return counts;
  throw new CliError(Exit.usage, 'state-file', `--state ${path}: it is not what a terminal has counted`);
}
