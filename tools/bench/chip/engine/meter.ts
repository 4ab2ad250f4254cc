import { instructions } from '../../../xs/engine.js';
import { Closed, LOG_FIELDS } from '../codes.js';

const LOG_MAX = 4_096 * LOG_FIELDS;
const DEPTH_MAX = 32;

/**
 * Charges instructions to whatever runs at the moment, innermost first, and keeps the order. Its own work
 * lies between two readings of the counter and is charged to nobody; what remains of it is measured by
 * `calibrate`.
 */
export class Meter {
  readonly #log = new Int32Array(LOG_MAX);
  readonly #stack = new Int32Array(DEPTH_MAX);
  #length = 0;
  #depth = 0;
  #last = 0;

  start(): void {
    this.#length = 0;
    this.#depth = 0;
    this.#last = instructions();
  }

  enter(code: number): void {
    this.#close(instructions(), Closed.byEnter);
    this.#stack[++this.#depth] = code;
    this.#last = instructions();
  }

  leave(): void {
    this.#close(instructions(), Closed.byLeave);
    this.#depth--;
    this.#last = instructions();
  }

  /** Notes a point of the run: a step begins, an answer leaves. */
  mark(mark: number, value: number): void {
    this.#close(instructions(), Closed.byMark, mark, value);
    this.#last = instructions();
  }

  #close(now: number, how: number, mark = 0, value = 0): void {
    const at = this.#length;
    if (at === LOG_MAX) throw new RangeError('the log of the meter is full');
    this.#length = at + LOG_FIELDS;
    this.#log[at] = this.#stack[this.#depth];
    this.#log[at + 1] = how;
    this.#log[at + 2] = now - this.#last;
    this.#log[at + 3] = mark;
    this.#log[at + 4] = value;
  }

  /** LOG_FIELDS numbers for each piece. */
  get log(): number[] {
    return Array.from(this.#log.subarray(0, this.#length));
  }
}
