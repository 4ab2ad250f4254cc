/**
 * The chip's own pins (UM0701-02 sections 7.2.6 and 7.2.7): P30 to P35, P71 and P72, and how the host is
 * connected.
 */

const P3_BITS = 0x3f;
const P7_BITS = 0x06;
/** Set in a value that is to be taken. */
const VALID = 0x80;
/** I0 and I1 low: a serial line. */
const INTERFACE_HSU = 0x00;

/** Pins with nothing connected to them: they read as they were written, and high at power-up. */
export class Gpio {
  #p3 = P3_BITS;
  #p7 = P7_BITS;

  reset(): void {
    this.#p3 = P3_BITS;
    this.#p7 = P7_BITS;
  }

  /** P3, P7, I0 and I1. */
  read(): Uint8Array {
    return Uint8Array.of(this.#p3, this.#p7, INTERFACE_HSU);
  }

  write(p3: number, p7: number): void {
    if ((p3 & VALID) !== 0) this.#p3 = p3 & P3_BITS;
    if ((p7 & VALID) !== 0) this.#p7 = p7 & P7_BITS;
  }
}
