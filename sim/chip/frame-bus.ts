import type { InterruptPin } from '../../hal/byte-link.js';
import type { DeviceClock } from './device-clock.js';
import type { HostPort } from './host-interface.js';
import type { Pn532Chip } from './pn532-chip.js';
import type { LinkCounters } from './uart.js';

/**
 * What I2C and SPI have in common on the chip's side: frames wait until the host fetches them, and IRQ is low
 * as long as one does. A read that stops early loses the rest of its frame.
 */
export abstract class FrameBus implements HostPort {
  readonly counters: LinkCounters = { toChip_bytes: 0, toHost_bytes: 0, busy_us: 0 };
  readonly irq: InterruptPin;
  readonly #frames: Uint8Array[] = [];

  constructor(
    protected readonly chip: Pn532Chip,
    private readonly host: DeviceClock,
    private readonly byte_us: number,
  ) {
    const frames = this.#frames;
    this.irq = {
      get low(): boolean {
        return frames.length > 0;
      },
      onLow: undefined,
    };
  }

  send(frame: Uint8Array): void {
    this.#frames.push(frame);
    if (this.#frames.length === 1) this.#interrupt();
  }

  flush(): void {
    this.#frames.length = 0;
  }

  setBaud(): void {
    // The host gives the clock.
  }

  /** Both ends go still. */
  stop(): void {
    this.flush();
  }

  resetCounters(): void {
    Object.assign(this.counters, { toChip_bytes: 0, toHost_bytes: 0, busy_us: 0 });
  }

  /** The host waits while so many bytes go over the wires. */
  protected take(toChip_bytes: number, toHost_bytes: number): void {
    const busy_us = Math.round((toChip_bytes + toHost_bytes) * this.byte_us);
    this.counters.toChip_bytes += toChip_bytes;
    this.counters.toHost_bytes += toHost_bytes;
    this.counters.busy_us += busy_us;
    this.host.spend(busy_us);
  }

  protected get ready(): boolean {
    return this.#frames.length > 0;
  }

  /** Fills `target` from the frame that waits, and zeros after it. */
  protected fetch(target: Uint8Array): void {
    const frame = this.#frames.shift();
    target.fill(0);
    if (frame === undefined) return;
    target.set(frame.subarray(0, target.length));
    if (this.#frames.length > 0) this.#interrupt();
  }

  protected deliver(bytes: Uint8Array): void {
    this.host.world.scheduleAt(this.host.local_us, () => this.chip.receive(bytes, 0));
  }

  #interrupt(): void {
    this.host.interrupt(() => {
      if (this.#frames.length > 0) this.irq.onLow?.();
    });
  }
}
