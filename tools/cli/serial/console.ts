import { randomFillSync } from 'node:crypto';
import { statSync } from 'node:fs';
import type { Notice } from '../../../firmware/ui/user-interface.js';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import type { Pn532Chip } from '../../../sim/chip/pn532-chip.js';
import type { RfField } from '../../../sim/chip/rf-field.js';
import { VirtualClock } from '../../../sim/chip/virtual-clock.js';
import { SimulatedBoard } from '../../../sim/device/board.js';
import { Cable } from '../../../sim/device/cable.js';
import type { Fault } from '../../../sim/device/faults.js';
import { FileFlash } from '../../../sim/host/file-flash.js';
import { openPty } from '../../../sim/host/pty.js';
import { runInRealTime } from '../../../sim/host/real-time.js';
import { CliError, systemReason } from '../cli-error.js';
import { Exit } from '../output/exit.js';

/** As on the boards: 1 MB. */
const FLASH_SECTORS = 256;
const SECTOR_BYTES = 4_096;

export interface SimulateOptions {
  readonly fault: Fault;
  /** Flash in this file, which outlives the run. */
  readonly flash: string;
  /** Simulated time, and where the antenna is, when others are there too: who made it lets it go by. */
  readonly place?: Place;
  /** What the device tells its owner. */
  onNotice(notice: Notice, amount: number | undefined): void;
}

/** One time and one field. */
export interface Place {
  readonly clock: VirtualClock;
  readonly field: RfField;
}

export interface Running {
  readonly path: string;
  stop(): Promise<void>;
}

/** One whose time and whose PN532 are here. */
export interface Simulated extends Running {
  readonly clock: VirtualClock;
  readonly chip: Pn532Chip;
}

/** Whatever else is in a file of that name would be programmed over. */
function openFlash(path: string): FileFlash {
  const bytes = FLASH_SECTORS * SECTOR_BYTES;
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat && !(stat.isFile() && stat.size === bytes))
    throw unusable(path, `expected a file of ${bytes.toLocaleString('en')} bytes, or none`);
  try {
    return new FileFlash(path, FLASH_SECTORS);
  } catch (error) {
    throw unusable(path, systemReason(error));
  }
}

const unusable = (path: string, why: string): CliError =>
  new CliError(Exit.usage, 'flash-file', `--flash ${path}: ${why}`);

/** A simulated board behind a pseudo-terminal, and its buttons. */
export async function simulateBoard({
  fault,
  flash,
  place,
  onNotice,
}: SimulateOptions): Promise<Simulated & { readonly board: SimulatedBoard }> {
  const file = openFlash(flash);
  const clock = place?.clock ?? new VirtualClock();
  let cable: Cable | undefined;
  const pty = await openPty((bytes) => cable?.receive(bytes));
  cable = new Cable((bytes) => pty.write(bytes));
  const board = new SimulatedBoard({
    clock,
    crypto: opensslCrypto,
    entropy: { fill: (target) => void randomFillSync(target) },
    flash: file,
    fault,
    ...(place && { field: place.field }),
    onNotice,
    openSerial: cable.openSerial,
    now_us: () => Math.round(performance.now() * 1_000),
  });
  const stopTime = place ? () => {} : runInRealTime(clock);
  return {
    path: pty.path,
    board,
    clock,
    chip: board.wiring.module.chip,
    stop: async () => {
      stopTime();
      await pty.close();
      file.close();
    },
  };
}
