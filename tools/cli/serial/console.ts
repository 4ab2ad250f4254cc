import { randomFillSync } from 'node:crypto';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import { VirtualClock } from '../../../sim/chip/virtual-clock.js';
import { SimulatedBoard } from '../../../sim/device/board.js';
import { Cable } from '../../../sim/device/cable.js';
import type { Fault } from '../../../sim/device/wiring.js';
import { FileFlash } from '../../../sim/host/file-flash.js';
import { openPty } from '../../../sim/host/pty.js';
import { runInRealTime } from '../../../sim/host/real-time.js';

/** As on the boards: 1 MB. */
const FLASH_SECTORS = 256;

export interface SimulateOptions {
  readonly fault: Fault;
  /** Flash in this file, which outlives the run. */
  readonly flash: string;
}

export interface Running {
  readonly path: string;
  stop(): Promise<void>;
}

/** A simulated board behind a pseudo-terminal. */
export async function simulateBoard({ fault, flash }: SimulateOptions): Promise<Running> {
  const clock = new VirtualClock();
  let cable: Cable | undefined;
  const pty = await openPty((bytes) => cable?.receive(bytes));
  cable = new Cable((bytes) => pty.write(bytes));
  const file = new FileFlash(flash, FLASH_SECTORS);
  new SimulatedBoard({
    clock,
    crypto: opensslCrypto,
    entropy: { fill: (target) => void randomFillSync(target) },
    flash: file,
    fault,
    openSerial: cable.openSerial,
    now_us: () => Math.round(performance.now() * 1_000),
  });
  const stopTime = runInRealTime(clock);
  return {
    path: pty.path,
    stop: async () => {
      stopTime();
      await pty.close();
      file.close();
    },
  };
}
