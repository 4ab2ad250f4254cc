import type { Serial, SerialOptions } from '../../hal/byte-link.js';
import { Pn532Module } from '../chip/pn532-module.js';
import type { RfField } from '../chip/rf-field.js';
import { openPty, type Pty } from './pty.js';
import type { RealTime } from './real-time.js';

/** A modelled PN532 behind a pseudo-terminal, for programs that know nothing of us. */
export class SerialChip {
  private constructor(
    readonly module: Pn532Module,
    private readonly pty: Pty,
  ) {}

  /** In `field`, whose clock `realTime` moves. Throws with the reason where there is no python3. */
  static async open(field: RfField, realTime: RealTime, name: string): Promise<SerialChip> {
    const module = new Pn532Module({ clock: field.clock, field, name });
    const { uart } = module;
    let serial: Serial | undefined;
    const pty = await openPty((bytes) => {
      realTime.catchUp();
      serial?.write(bytes);
    });
    const options: SerialOptions = {
      // A pseudo-terminal carries no rate: whatever its user has set, it is the chip's.
      get baud() {
        return uart.baud;
      },
      onReadable: () => pty.write(waiting(serial!)),
      onWritable() {},
    };
    serial = uart.openSerial(options);
    return new SerialChip(module, pty);
  }

  /** What a program opens as its serial port. */
  get path(): string {
    return this.pty.path;
  }

  /** Its plug is pulled and put in again: programs that open and close a port do neither. */
  restart(): void {
    this.module.powerOff();
    this.module.powerOn();
  }

  close(): Promise<void> {
    return this.pty.close();
  }
}

const PIECE_BYTES = 1_024;

/** All that has come. */
function waiting(serial: Serial): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (;;) {
    const piece = new Uint8Array(PIECE_BYTES);
    const count = serial.read(piece) ?? 0;
    if (count === 0) return Buffer.concat(pieces);
    pieces.push(piece.subarray(0, count));
  }
}
