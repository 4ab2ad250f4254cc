/**
 * What a device's front end has heard in a touch, event by event: to play it to the same driver in the
 * engine.
 */
import type { OpenSerial, Serial } from '../../../hal/byte-link.js';
import type { Clock } from '../../../hal/clock.js';

/** `bytes` came, in hexadecimal; alarm number `alarm` rang; or the touch begins. */
export type TapeEvent = { readonly bytes: string } | { readonly alarm: number } | 'touch';

export interface Tape {
  readonly events: readonly TapeEvent[];
  /** What the clock said, each time that it was asked. */
  readonly ticks_ms: readonly number[];
}

/**
 * Listens to a serial port and a clock. `before` runs before the driver hears of an event of the touch; it
 * gets its number.
 */
export class TapeRecorder {
  readonly events: TapeEvent[] = [];
  readonly ticks_ms: number[] = [];
  #alarms = 0;
  #touched = -1;

  constructor(private readonly before: (event: number) => void) {}

  touch(): void {
    this.events.push('touch');
    this.#touched = this.events.length;
  }

  clock(clock: Clock): Clock {
    return {
      uptime_s: () => clock.uptime_s(),
      // Measured, and nothing decided by it: the replay has no use for it.
      ticks_us: () => clock.ticks_us(),
      ticks_ms: () => {
        const now = clock.ticks_ms();
        this.ticks_ms.push(now);
        return now;
      },
      schedule: (delay_ms, callback) => {
        const alarm = this.#alarms++;
        return clock.schedule(delay_ms, () => {
          this.#note({ alarm });
          callback();
        });
      },
    };
  }

  serial(open: OpenSerial): OpenSerial {
    return (options) => {
      let port: Serial | undefined;
      let heard = new Uint8Array(0);
      port = open({
        ...options,
        onReadable: () => {
          heard = drain(port!);
          this.#note({ bytes: Buffer.from(heard).toString('hex') });
          options.onReadable();
        },
      });
      return {
        read(target) {
          const count = Math.min(target.length, heard.length);
          target.set(heard.subarray(0, count));
          heard = heard.slice(count);
          return count;
        },
        write: (source) => port!.write(source),
        close: () => port!.close(),
      };
    };
  }

  #note(event: TapeEvent): void {
    this.events.push(event);
    if (this.#touched >= 0) this.before(this.events.length - 1 - this.#touched);
  }
}

function drain(port: Serial): Uint8Array<ArrayBuffer> {
  const parts: number[] = [];
  const piece = new Uint8Array(256);
  for (let count = port.read(piece) ?? 0; count > 0; count = port.read(piece) ?? 0) {
    parts.push(...piece.subarray(0, count));
  }
  return Uint8Array.from(parts);
}
