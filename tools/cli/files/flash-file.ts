import { type Stats, statSync } from 'node:fs';
import { FileFlash } from '../../../sim/host/file-flash.js';
import { Locked } from '../../../sim/host/folder-lock.js';
import { CliError, systemReason } from '../cli-error.js';
import { Exit } from '../output/exit.js';

/** As on the boards: 1 MB. */
const BOARD_SECTORS = 256;
const SECTOR_BYTES = 4_096;
/** The smallest that the simulator's scenarios have. */
const SECTORS_MIN = 16;

/**
 * The flash of a device in a file, made there the first time, for this program alone. Whatever else is in a
 * file of that name would be programmed over: it has to be of a board's size, or with `anySize` of some
 * device's. Throws CliError `flash-file`.
 */
export function openFlashFile(path: string, { anySize = false } = {}): FileFlash {
  const stat = statOf(path);
  const sectors = stat ? stat.size / SECTOR_BYTES : BOARD_SECTORS;
  const fits = anySize
    ? Number.isInteger(sectors) && sectors >= SECTORS_MIN && sectors <= BOARD_SECTORS
    : sectors === BOARD_SECTORS;
  if (stat && !(stat.isFile() && fits)) {
    const least = anySize ? `whole sectors of ${bytes(SECTOR_BYTES)}, at most ` : '';
    throw unusable(path, `expected a file of ${least}${bytes(BOARD_SECTORS * SECTOR_BYTES)}, or none`);
  }
  try {
    return new FileFlash(path, sectors);
  } catch (error) {
    throw unusable(path, error instanceof Locked ? error.message : systemReason(error));
  }
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw unusable(path, systemReason(error));
  }
}

const bytes = (count: number): string => `${count.toLocaleString('en')} bytes`;

const unusable = (path: string, why: string): CliError =>
  new CliError(Exit.usage, 'flash-file', `--flash ${path}: ${why}`);
