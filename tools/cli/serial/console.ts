import { randomFillSync } from 'node:crypto';
import type { Notice } from '../../../firmware/ui/user-interface.js';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import { VirtualClock } from '../../../sim/chip/virtual-clock.js';
import { SimulatedBoard } from '../../../sim/device/board.js';
import { Cable } from '../../../sim/device/cable.js';
import type { Fault } from '../../../sim/device/faults.js';
import { openPty } from '../../../sim/host/pty.js';
import { RealTime } from '../../../sim/host/real-time.js';
import { openFlashFile } from '../files/flash-file.js';

export interface SimulateOptions {
  readonly fault: Fault;
  /** Flash in this file, which outlives the run. */
  readonly flash: string;
  /** What the device tells its owner. */
  onNotice(notice: Notice, amount: number | undefined): void;
}

export interface Running {
  readonly path: string;
  stop(): Promise<void>;
}

/** A simulated board behind a pseudo-terminal, and its buttons. */
export async function simulateBoard({
  fault,
  flash,
  onNotice,
}: SimulateOptions): Promise<Running & { readonly board: SimulatedBoard }> {
  const file = openFlashFile(flash);
  const clock = new VirtualClock();
  let cable: Cable | undefined;
  const realTime = new RealTime(clock);
  const pty = await openPty((bytes) => {
    realTime.catchUp();
    cable?.receive(bytes);
  });
  cable = new Cable((bytes) => pty.write(bytes));
  const board = new SimulatedBoard({
    clock,
    crypto: opensslCrypto,
    entropy: { fill: (target) => void randomFillSync(target) },
    flash: file,
    fault,
    onNotice,
    openSerial: cable.openSerial,
    now_us: () => Math.round(performance.now() * 1_000),
  });
  return {
    path: pty.path,
    board,
    stop: async () => {
      realTime.stop();
      await pty.close();
      file.close();
    },
  };
}
