import type { Alarm, Clock } from '../../hal/clock.js';
import type { Lamp } from '../../hal/lamp.js';
import type { Prompt } from '../../hal/presence.js';
import { PressGuard } from './press-guard.js';
import type { Notice, Press, UserActions, UserInterface } from './user-interface.js';

/** Milliseconds on, off, on, off.. A pattern of even length goes round, one of odd length ends dark. */
type Pattern = readonly number[];

const PATTERNS: Readonly<Record<Notice | 'consent' | 'pin', Pattern>> = {
  ready: [20, 2980],
  asking: [500, 500],
  paid: [1500],
  refused: [100, 100, 100, 100, 100],
  again: [100, 100, 100, 400],
  foreign: [100, 700],
  crowd: [100, 100, 100, 100, 100, 100, 100, 400],
  relay: [100, 100, 100, 100, 100, 100, 100, 100, 100],
  version: [400, 400, 100, 700],
  tag: [500, 500, 100, 100],
  'how-much': [60, 440],
  'bad-tag': [100, 100, 100, 100, 100],
  blank: [50, 950],
  'no-front-end': [400, 100, 100, 100, 100, 800],
  'no-entropy': [400, 100, 400, 100, 100, 800],
  busy: [100, 100, 100],
  broken: [900, 100],
  'other-format': [900, 100, 100, 100],
  asleep: [],
  consent: [100, 100],
  pin: [100, 100, 100, 100, 100, 700],
};
/** How long the outcome of a touch is shown before the lamp goes back to what the device is. */
const OUTCOME_MS = 2_000;
/** While it asks: what it has had of cards so far. */
const ASKING: readonly Notice[] = ['asking', 'again', 'foreign', 'crowd', 'version', 'tag'];
const OUTCOMES: readonly Notice[] = ['paid', 'refused', 'relay', 'busy', 'bad-tag'];

/** Minor units that one press adds: a bare board has no other way to say an amount. */
export const STEP_AMOUNT = 100;
/** A sum of presses that is left alone is forgotten. */
const COUNTING_MS = 10_000;
const COUNTED: Pattern = [60];

/**
 * One button and one lamp. While a payment waits, short: consent to it; held: no. Otherwise held begins a
 * sum, each short press then adds STEP_AMOUNT, and held again asks a card for it, or pays it to whom a tag
 * has shown. Held again with nothing counted: looks for a tag. While asking, or looking: a card again. A
 * payment that comes while a sum is counted ends the sum.
 */
export class LampInterface implements UserInterface {
  #owner: UserActions | undefined;
  #prompt: Prompt | undefined;
  #notice: Notice = 'ready';
  #counting = false;
  #sum = 0;
  #countedAt_ms = 0;
  #alarm: Alarm | undefined;
  #outcome: Alarm | undefined;
  readonly #guard: PressGuard;

  constructor(
    private readonly lamp: Lamp,
    private readonly clock: Clock,
  ) {
    this.#guard = new PressGuard(clock);
  }

  attach(owner: UserActions): void {
    this.#owner = owner;
  }

  show(prompt: Prompt | undefined): void {
    if (prompt !== this.#prompt) {
      this.#prompt = prompt;
      this.#counting = false;
      this.#guard.begin();
    }
    this.#play(this.#standing());
  }

  notify(notice: Notice): void {
    this.#outcome?.cancel();
    this.#outcome = undefined;
    if (OUTCOMES.includes(notice)) {
      this.#play(PATTERNS[notice]);
      this.#outcome = this.clock.schedule(OUTCOME_MS, () => this.#endOutcome());
      return;
    }
    this.#notice = notice;
    this.#play(this.#standing());
  }

  press(_button: number, press: Press): void {
    const counting = this.#counting && this.#sinceCounted_ms() < COUNTING_MS;
    if (press === 'long' && this.#prompt) this.#owner?.onDecline();
    else if (press === 'long') this.#hold(counting);
    else if (counting) this.#count(STEP_AMOUNT);
    // While the lamp shows an outcome, it does not show what is asked.
    else if (this.#prompt && !this.#outcome && this.#guard.accepts()) this.#owner?.onConsent(this.#prompt);
  }

  #endOutcome(): void {
    this.#outcome = undefined;
    this.#guard.begin();
    this.#play(this.#standing());
  }

  #hold(counting: boolean): void {
    this.#counting = false;
    if (ASKING.includes(this.#notice)) {
      this.#owner?.onCancel();
    } else if (!counting) {
      this.#sum = 0;
      this.#counting = true;
      this.#count(0);
    } else if (this.#sum > 0) {
      this.#owner?.onAsk(this.#sum);
    } else if (this.#notice === 'how-much') {
      this.#owner?.onCancel();
    } else {
      this.#owner?.onTag();
    }
  }

  #count(amount: number): void {
    this.#sum += amount;
    this.#countedAt_ms = this.clock.ticks_ms();
    this.#play(COUNTED);
  }

  #sinceCounted_ms(): number {
    return (this.clock.ticks_ms() - this.#countedAt_ms) & 0x7fffffff;
  }

  /** What the lamp shows while nothing happens. */
  #standing(): Pattern {
    if (this.#notice === 'asleep') return PATTERNS.asleep;
    if (this.#prompt) return PATTERNS[this.#prompt.needsPin ? 'pin' : 'consent'];
    return PATTERNS[this.#notice];
  }

  #play(pattern: Pattern): void {
    this.#alarm?.cancel();
    this.#alarm = undefined;
    this.#step(pattern, 0);
  }

  #step(pattern: Pattern, index: number): void {
    const around = pattern.length > 0 && pattern.length % 2 === 0;
    const at = around ? index % pattern.length : index;
    this.lamp.set(at < pattern.length && at % 2 === 0);
    if (at >= pattern.length) return;
    this.#alarm = this.clock.schedule(pattern[at], () => this.#step(pattern, at + 1));
  }
}
