import type { Alarm, Clock } from '../../hal/clock.js';
import type { Press } from './user-interface.js';

const BOUNCE_MS = 20;
const LONG_MS = 800;

/** Turns the edges of a contact into presses: short when it is let go, long while it is still held. */
export class Button {
  #down = false;
  /** The long press has been told; letting go tells nothing more. */
  #held = false;
  #alarm: Alarm | undefined;
  readonly #settled = (): void => this.#look();

  constructor(
    private readonly clock: Clock,
    private readonly isDown: () => boolean,
    private readonly onPress: (press: Press) => void,
  ) {}

  /** To be called at every edge. A contact that bounces puts the look off. */
  edge(): void {
    if (this.#down === this.isDown()) return;
    this.#wait(BOUNCE_MS, this.#settled);
  }

  #look(): void {
    const down = this.isDown();
    if (down === this.#down) {
      if (down) this.#wait(LONG_MS, () => this.#long());
      return;
    }
    this.#down = down;
    if (down) this.#wait(LONG_MS, () => this.#long());
    else this.#release();
  }

  #release(): void {
    this.#alarm?.cancel();
    this.#alarm = undefined;
    if (this.#held) this.#held = false;
    else this.onPress('short');
  }

  #long(): void {
    this.#alarm = undefined;
    if (!this.isDown()) {
      this.#look();
      return;
    }
    this.#held = true;
    this.onPress('long');
  }

  #wait(delay_ms: number, then: () => void): void {
    this.#alarm?.cancel();
    this.#alarm = this.clock.schedule(delay_ms, then);
  }
}
