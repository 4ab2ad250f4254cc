/** A number entered with two buttons: one turns the digit, the other goes on to the next. */
export class DigitEntry {
  readonly #digits: number[] = [0];

  constructor(
    /** At most so many digits. */
    private readonly digitsMax: number,
  ) {}

  turn(): void {
    const last = this.#digits.length - 1;
    this.#digits[last] = (this.#digits[last] + 1) % 10;
  }

  next(): void {
    if (this.#digits.length < this.digitsMax) this.#digits.push(0);
  }

  get digits(): readonly number[] {
    return this.#digits;
  }

  get value(): number {
    return this.#digits.reduce((sum, digit) => sum * 10 + digit, 0);
  }

  /** ASCII, as a PIN travels. */
  get ascii(): Uint8Array {
    return Uint8Array.from(this.#digits, (digit) => 0x30 + digit);
  }
}
