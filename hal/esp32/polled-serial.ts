import type { OpenSerial, Serial } from '../byte-link.js';
import type { Alarm, Clock } from '../clock.js';

/**
 * A port of the chip that tells when there is something to read, and has to be asked whether there is room to
 * write.
 */
export interface ChipPort {
  /** Number of bytes read, without waiting. */
  read(target: Uint8Array): number;
  /** Throws when there is less room than `source` takes. */
  write(source: Uint8Array): void;
  /** Bytes that can be written without waiting. */
  room(): number;
  close(): void;
}

/** How often a full port is looked at again. */
const LOOK_MS = 2;

/** `open` is given the baud rate, and what to call when bytes have come. */
export function polledSerial(
  clock: Clock,
  open: (baud: number, onBytes: () => void) => ChipPort,
): OpenSerial {
  return ({ baud, onReadable, onWritable }): Serial => {
    const port = open(baud, onReadable);
    const whole = port.room();
    let alarm: Alarm | undefined;
    const look = (): void => {
      const now = port.room();
      alarm = now < whole ? clock.schedule(LOOK_MS, look) : undefined;
      onWritable(now);
    };
    alarm = clock.schedule(0, look);
    return {
      read: (target) => port.read(target),
      write: (source) => {
        port.write(source);
        alarm ??= clock.schedule(LOOK_MS, look);
      },
      close: () => {
        alarm?.cancel();
        port.close();
      },
    };
  };
}
