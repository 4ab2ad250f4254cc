import type { Notice } from '../../../firmware/ui/user-interface.js';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import type { Flash } from '../../../hal/flash.js';
import type { Pn532Chip } from '../../../sim/chip/pn532-chip.js';
import type { RfField } from '../../../sim/chip/rf-field.js';
import { VirtualClock } from '../../../sim/chip/virtual-clock.js';
import { SimulatedBoard } from '../../../sim/device/board.js';
import { Cable } from '../../../sim/device/cable.js';
import type { Fault } from '../../../sim/device/faults.js';
import { nodeEntropy } from '../../../sim/host/node-entropy.js';
import { openPty } from '../../../sim/host/pty.js';
import { RealTime } from '../../../sim/host/real-time.js';
import { openFlashFile } from '../files/flash-file.js';

export interface SimulateOptions {
  readonly fault: Fault;
  /** Flash in this file, which outlives the run. */
  readonly flash: string;
  /** What becomes of that flash in the end. */
  readonly mortal?: (flash: Flash) => Flash;
  /** Simulated time, and where the antenna is, when others are there too: who made it lets it go by. */
  readonly place?: Place;
  /** What the device tells its owner. */
  onNotice(notice: Notice, amount: number | undefined): void;
}

/** One time and one field. */
export interface Place {
  readonly clock: VirtualClock;
  readonly field: RfField;
  /** Brings the time up to now: before anything comes in from outside. */
  catchUp(): void;
}

export interface Running {
  readonly path: string;
  stop(): Promise<void>;
}

/** One whose time and whose PN532 are here. */
export interface Simulated extends Running {
  readonly clock: VirtualClock;
  readonly chip: Pn532Chip;
  catchUp(): void;
}

/** A simulated board behind a pseudo-terminal, and its buttons. */
export async function simulateBoard({
  fault,
  flash,
  mortal = (file) => file,
  place,
  onNotice,
}: SimulateOptions): Promise<Simulated & { readonly board: SimulatedBoard }> {
  const file = openFlashFile(flash);
  const clock = place?.clock ?? new VirtualClock();
  let cable: Cable | undefined;
  const realTime = place ? undefined : new RealTime(clock);
  const catchUp = (): void => (place ?? realTime)?.catchUp();
  const pty = await openPty((bytes) => {
    catchUp();
    cable?.receive(bytes);
  });
  cable = new Cable((bytes) => pty.write(bytes));
  const board = new SimulatedBoard({
    clock,
    crypto: opensslCrypto,
    entropy: nodeEntropy,
    flash: mortal(file),
    fault,
    ...(place && { field: place.field }),
    onNotice,
    openSerial: cable.openSerial,
    now_us: () => Math.round(performance.now() * 1_000),
  });
  return {
    path: pty.path,
    board,
    clock,
    chip: board.wiring.module.chip,
    catchUp,
    stop: async () => {
      realTime?.stop();
      board.powerOff();
      await pty.close();
      file.close();
    },
  };
}
