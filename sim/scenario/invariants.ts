import { sameBytes } from '../../firmware/bytes.js';
import type { InFlightTransfer } from '../../firmware/ledger/ledger.js';
import type { Positions } from '../bank/accounts/positions.js';
import { hex } from '../bank/bytes.js';
import type { Device } from '../device/device.js';
import { hasTaken } from '../world/taken.js';
import type { Town } from '../world/town.js';

/**
 * What must hold after every step: no touch makes or loses money, over all devices and what is between them.
 * Clones are counted as what they are, more money: a copy adds to the sum when it is made, and nothing does
 * after that.
 */
export class Conservation {
  #places: Positions['places'] = new Map();
  #sum = 0;
  /** A copy of a device with money in flight: from then on two devices may each get the same value back. */
  #undecidable = false;

  constructor(private readonly town: Town) {}

  /** The bank has moved money: counts anew. */
  async reset(): Promise<void> {
    this.#places = (await this.town.bank.positions()).places;
    this.#sum = this.#value();
  }

  /** Before a device is copied. */
  noteClone(original: Device): void {
    if (original.wallet.ledger.inFlightTransfers.length > 0) this.#undecidable = true;
  }

  /** What is wrong, or undefined. */
  check(): string | undefined {
    if (this.#undecidable) return undefined;
    const sum = this.#value();
    if (sum === this.#sum) return undefined;
    return `the devices and what is between them held ${this.#sum} minor units, and now ${sum}`;
  }

  #value(): number {
    let value = 0;
    for (const { wallet } of this.town.world.devices.values()) {
      value += wallet.ledger.held;
      for (const flight of wallet.ledger.inFlightTransfers) {
        const place = this.#places.get(hex(flight.hash)) ?? 'in-flight';
        if (place === 'in-flight' && !this.#isTaken(flight)) value += flight.transfer.total;
      }
    }
    return value;
  }

  #isTaken(flight: InFlightTransfer): boolean {
    return [...this.town.world.devices.values()].some(
      (device) => sameBytes(device.wallet.certificate.id, flight.transfer.payee) && hasTaken(device, flight),
    );
  }
}
