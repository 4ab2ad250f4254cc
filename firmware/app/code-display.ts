import type { Alarm, Clock } from '../../hal/clock.js';
import type { MadeCode } from '../account/code-maker.js';
import { CODE_NEXT_MS, CODES_SHOWN_MS_MAX, NO_CODE_SHOWN_MS } from '../limits.js';
import type { Wallet } from '../wallet/wallet.js';

/**
 * Codes of the device's account on its screen (R28): a fresh one before the one that is shown has run out,
 * and none after a while; or for a moment why there is none.
 */
export class CodeDisplay {
  #alarm: Alarm | undefined;
  #since_ms = 0;

  constructor(
    private readonly wallet: Wallet,
    private readonly clock: Clock,
    /** Undefined: no code any more. */
    private readonly show: (made: MadeCode | undefined) => void,
  ) {}

  get isOn(): boolean {
    return this.#alarm !== undefined;
  }

  /** Its owner wants to see a code, or has seen enough. */
  toggle(): void {
    if (this.isOn) return this.end();
    this.#since_ms = this.clock.ticks_ms();
    this.#next();
  }

  end(): void {
    if (!this.isOn) return;
    this.#alarm?.cancel();
    this.#alarm = undefined;
    this.show(undefined);
  }

  #next(): void {
    const left_ms = CODES_SHOWN_MS_MAX - ((this.clock.ticks_ms() - this.#since_ms) & 0x7fffffff);
    if (left_ms <= 0) return this.end();
    const made = this.wallet.codes.make();
    this.#alarm = made.code
      ? this.clock.schedule(Math.min(CODE_NEXT_MS, left_ms), () => this.#next())
      : this.clock.schedule(NO_CODE_SHOWN_MS, () => this.end());
    this.show(made);
    // Each code is written down: who looks at many makes room for more.
    this.clock.schedule(0, () => this.wallet.idle());
  }
}
