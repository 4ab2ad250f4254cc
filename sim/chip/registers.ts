/**
 * The contactless interface unit's registers (UM0701-02 section 8.7.22 and the PN532/C1 data sheet). They
 * keep what is written, and start from 0, as libnfc's traces show for those that it reads; only the framing
 * and CRC bits have an effect here.
 */
export const Register = Object.freeze({ txMode: 0x6302, rxMode: 0x6303, bitFraming: 0x633d });

/** TxMode and RxMode: the chip adds, or checks and takes off, the CRC. */
export const MODE_CRC = 0x80;
/** BitFraming: bits of the last byte that are sent; 0 for all. */
export const LAST_BITS = 0x07;
/** TxMode and RxMode: 0 type A, 2 FeliCa, 3 type B. */
export const MODE_FRAMING = 0x03;

const FIRST = 0x6301;
const LAST = 0x633f;
/** Reserved addresses between them. */
const HOLES = new Set([
  0x630f, 0x6310, 0x631f, 0x6320, 0x632b, 0x632c, 0x632d, 0x632e, 0x632f, 0x6330, 0x633f,
]);

export class Registers {
  readonly #values = new Uint8Array(LAST - FIRST + 1);

  has(address: number): boolean {
    return address >= FIRST && address <= LAST && !HOLES.has(address);
  }

  read(address: number): number {
    return this.#values[address - FIRST]!;
  }

  write(address: number, value: number): void {
    this.#values[address - FIRST] = value;
  }

  reset(): void {
    this.#values.fill(0);
  }

  /** ReadRegister: addresses (2 each) to values (1 each); or the first address that is not modelled. */
  readAll(addresses: Uint8Array): Uint8Array | number {
    const values = new Uint8Array(addresses.length >> 1);
    for (let i = 0; i < values.length; i++) {
      const address = (addresses[2 * i]! << 8) | addresses[2 * i + 1]!;
      if (!this.has(address)) return address;
      values[i] = this.read(address);
    }
    return values;
  }

  /**
   * WriteRegister: addresses (2) and values (1), up to the first address that is not modelled, which it
   * returns.
   */
  writeAll(items: Uint8Array): number | undefined {
    for (let at = 0; at + 2 < items.length; at += 3) {
      const address = (items[at]! << 8) | items[at + 1]!;
      if (!this.has(address)) return address;
      this.write(address, items[at + 2]!);
    }
    return undefined;
  }
}
