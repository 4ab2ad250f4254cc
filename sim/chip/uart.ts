import type { OpenSerial, Serial, SerialOptions } from '../../hal/byte-link.js';
import type { DeviceClock } from './device-clock.js';
import { frameEnds } from './host-frames.js';
import type { HostPort } from './host-interface.js';
import type { VirtualAlarm, VirtualClock } from './virtual-clock.js';

const BITS_A_BYTE = 10;
/** The host's transmit buffer, as `onWritable` reports it. */
const HOST_BUFFER_BYTES = 512;

export interface LinkCounters {
  toChip_bytes: number;
  toHost_bytes: number;
  /** Time in which the wires carried something. */
  busy_us: number;
}

/** What is on its way in one piece. */
class Chunk {
  alarm: VirtualAlarm | undefined;

  constructor(
    readonly bytes: Uint8Array,
    readonly start_us: number,
    readonly byte_us: number,
    readonly baud: number,
    /** Runs when all of it has arrived. */
    readonly after: (() => void) | undefined,
  ) {}
}

export type LinkDirection = 'to-chip' | 'to-host';

/** Bytes that have arrived at the other end. */
export interface LinkEvent {
  readonly start_us: number;
  readonly end_us: number;
  readonly direction: LinkDirection;
  readonly bytes: Uint8Array;
}

/** What becomes of bytes on the wires: fewer, more or others may arrive. */
export type LinkNoise = (bytes: Uint8Array, direction: LinkDirection) => Uint8Array;

/** One direction: a frame arrives in one piece, when its last byte would. */
class Wire {
  #free_us = 0;
  /** The one that arrives next comes first. */
  readonly #chunks: Chunk[] = [];
  #cutAfter_bytes = 0;
  #cutAction: (() => void) | undefined;

  constructor(
    private readonly clock: VirtualClock,
    private readonly count: (bytes: number, busy_us: number) => void,
    private readonly deliver: (bytes: Uint8Array, baud: number, byte_us: number, start_us: number) => void,
  ) {}

  send(bytes: Uint8Array, baud: number, from_us: number): void {
    const byte_us = (BITS_A_BYTE * 1e6) / baud;
    const start_us = Math.max(from_us, this.#free_us, this.clock.now_us);
    let end_us = Math.round(start_us + bytes.length * byte_us);
    let action: (() => void) | undefined;
    let sent = bytes;
    if (this.#cutAction !== undefined) {
      if (this.#cutAfter_bytes <= bytes.length) {
        sent = bytes.subarray(0, this.#cutAfter_bytes);
        end_us = Math.round(start_us + sent.length * byte_us);
        action = this.#cutAction;
        this.#cutAction = undefined;
      } else {
        this.#cutAfter_bytes -= bytes.length;
      }
    }
    this.#free_us = end_us;
    const chunk = new Chunk(sent, start_us, byte_us, baud, action);
    chunk.alarm = this.clock.scheduleAt(end_us, () => this.#end(chunk));
    this.#chunks.push(chunk);
  }

  cutAtByte(n: number, action: () => void): void {
    this.#cutAfter_bytes = n;
    this.#cutAction = action;
  }

  /** The sender stops: what has gone by now arrives, the rest never does. */
  stop(): void {
    for (const chunk of this.#chunks) {
      chunk.alarm?.cancel();
      const bytes = Math.floor((this.clock.now_us - chunk.start_us) / chunk.byte_us);
      if (bytes > 0) this.#arrive(chunk, Math.min(bytes, chunk.bytes.length));
    }
    this.#chunks.length = 0;
    this.#free_us = this.clock.now_us;
  }

  #end(chunk: Chunk): void {
    this.#chunks.shift();
    this.#arrive(chunk, chunk.bytes.length);
    chunk.after?.();
  }

  #arrive({ bytes, baud, byte_us, start_us }: Chunk, count: number): void {
    this.count(count, Math.round(count * byte_us));
    this.deliver(count === bytes.length ? bytes : bytes.subarray(0, count), baud, byte_us, start_us);
  }
}

/** The host's end: a Serial in the manner of ECMA-419, whose callbacks wait while the host is busy. */
class HostSerial implements Serial {
  readonly #waiting: Uint8Array[] = [];
  #at = 0;
  #open = true;
  readonly #report = (): void => {
    if (this.#open && this.#waiting.length > 0) this.options.onReadable();
  };

  constructor(
    private readonly uart: Uart,
    private readonly host: DeviceClock,
    readonly options: SerialOptions,
  ) {
    options.onWritable(HOST_BUFFER_BYTES);
  }

  read(target: Uint8Array): number {
    let filled = 0;
    while (filled < target.length && this.#waiting.length > 0) {
      const first = this.#waiting[0]!;
      const take = Math.min(target.length - filled, first.length - this.#at);
      // Nearly always a whole piece fits.
      target.set(take === first.length ? first : first.subarray(this.#at, this.#at + take), filled);
      filled += take;
      this.#at += take;
      if (this.#at === first.length) {
        this.#waiting.shift();
        this.#at = 0;
      }
    }
    return filled;
  }

  write(source: Uint8Array): void {
    if (!this.#open) return;
    this.uart.sendToChip(source.slice(), this.options.baud);
    // The buffer empties while the host does other things; it never comes to wait for it.
    this.options.onWritable(HOST_BUFFER_BYTES);
  }

  close(): void {
    this.#open = false;
    this.uart.closed(this);
  }

  receive(bytes: Uint8Array): void {
    this.#waiting.push(bytes);
    this.host.interrupt(this.#report);
  }
}

/** A UART between a host and a chip. Bytes sent at one rate and heard at another are other bytes. */
export class Uart implements HostPort {
  readonly counters: LinkCounters = { toChip_bytes: 0, toHost_bytes: 0, busy_us: 0 };
  noise: LinkNoise | undefined;
  /** Hears all that arrives: for captures. */
  listener: ((event: LinkEvent) => void) | undefined;
  #chipBaud: number;
  #serial: HostSerial | undefined;
  readonly #toChip: Wire;
  readonly #toHost: Wire;

  constructor(
    private readonly clock: VirtualClock,
    private readonly host: DeviceClock,
    baud: number,
    onChipBytes: (bytes: Uint8Array, byte_us: number) => void,
  ) {
    this.#chipBaud = baud;
    this.#toChip = new Wire(
      clock,
      (bytes, busy_us) => {
        this.counters.toChip_bytes += bytes;
        this.counters.busy_us += busy_us;
      },
      (bytes, sentAt, byte_us, start_us) => {
        this.#tell('to-chip', bytes, start_us);
        const sent = this.noise?.(bytes, 'to-chip') ?? bytes;
        onChipBytes(sentAt === this.#chipBaud ? sent : garbled(sent), byte_us);
      },
    );
    this.#toHost = new Wire(
      clock,
      (bytes, busy_us) => {
        this.counters.toHost_bytes += bytes;
        this.counters.busy_us += busy_us;
      },
      (bytes, sentAt, _byte_us, start_us) => {
        this.#tell('to-host', bytes, start_us);
        const serial = this.#serial;
        const sent = this.noise?.(bytes, 'to-host') ?? bytes;
        if (serial !== undefined && sent.length > 0)
          serial.receive(sentAt === serial.options.baud ? sent : garbled(sent));
      },
    );
  }

  /** What the driver's link opens. One at a time: a new one takes the wires over. */
  readonly openSerial: OpenSerial = (options) => {
    this.#serial = new HostSerial(this, this.host, options);
    return this.#serial;
  };

  /**
   * When the n-th byte from now in this direction has gone, the rest of its frame is lost, and `action` runs.
   */
  cutAtByte(direction: LinkDirection, n: number, action: () => void): void {
    (direction === 'to-chip' ? this.#toChip : this.#toHost).cutAtByte(n, action);
  }

  sendToChip(bytes: Uint8Array, baud: number): void {
    const ends = frameEnds(bytes);
    let start = 0;
    for (const end of ends) {
      const piece = ends.length === 1 ? bytes : bytes.subarray(start, end);
      this.#toChip.send(piece, baud, this.host.local_us);
      start = end;
    }
  }

  #tell(direction: LinkDirection, bytes: Uint8Array, start_us: number): void {
    this.listener?.({ start_us, end_us: this.clock.now_us, direction, bytes });
  }

  closed(serial: HostSerial): void {
    if (this.#serial === serial) this.#serial = undefined;
  }

  send(frame: Uint8Array): void {
    this.#toHost.send(frame, this.#chipBaud, this.clock.now_us);
  }

  flush(): void {
    this.#toHost.stop();
  }

  setBaud(baud: number): void {
    this.#chipBaud = baud;
  }

  /** The rate of the chip's end. */
  get baud(): number {
    return this.#chipBaud;
  }

  /** Both ends go still: what was on its way is lost. */
  stop(): void {
    this.#toChip.stop();
    this.#toHost.stop();
  }

  resetCounters(): void {
    Object.assign(this.counters, { toChip_bytes: 0, toHost_bytes: 0, busy_us: 0 });
  }
}

function garbled(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte) => (byte ^ 0xa5) & 0xfe);
}
