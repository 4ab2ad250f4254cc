/** A Proxmark3 counts periods of the carrier, 13.56 MHz, in 32 bits: once round in five minutes. */

const CARRIER_HZ = 13.56e6;
export const PERIODS_A_US = CARRIER_HZ / 1e6;
const ROUND = 2 ** 32;
/** Frames may come so far out of order: whatever is further back has gone round. */
const BACK_MAX = CARRIER_HZ;

/** Its counter as seconds, which go on when it has gone round. */
export class ProxmarkTime {
  #rounds = 0;
  #last = 0;

  seconds(periods: number): number {
    const step = periods - this.#last;
    if (step < -BACK_MAX) this.#rounds++;
    else if (step > ROUND - BACK_MAX && this.#rounds > 0) this.#rounds--;
    this.#last = periods;
    return (this.#rounds * ROUND + periods) / CARRIER_HZ;
  }
}
