import type { OpenSerial } from '../../byte-link.js';
import type { Clock } from '../../clock.js';
import { type ChipPort, polledSerial } from '../polled-serial.js';

const open = native('xs_esp32_usb_open') as () => void;
const close = native('xs_esp32_usb_close') as () => void;
const read = native('xs_esp32_usb_read') as (target: Uint8Array) => number;
const write = native('xs_esp32_usb_write') as (source: Uint8Array) => void;
const room = native('xs_esp32_usb_room') as () => number;

/** The host object. `onBytes` is called by usb.c. */
class Port extends Native('xs_esp32_usb_destructor') implements ChipPort {
  onBytes: () => void;

  constructor(onBytes: () => void) {
    super();
    this.onBytes = onBytes;
    open.call(this);
  }
  close(): void {
    close.call(this);
  }
  read(target: Uint8Array): number {
    return read.call(this, target);
  }
  write(source: Uint8Array): void {
    write.call(this, source);
  }
  room(): number {
    return room.call(this);
  }
}

/** The chip's own USB serial port. It has no baud rate: whatever the host sets. */
export const usbOpener = (clock: Clock): OpenSerial =>
  polledSerial(clock, (_baud, onBytes) => new Port(onBytes));
