/**
 * What the owner of a device has agreed to, told from what was asked and what was pressed and from nothing
 * else: the fuzzer's own reading.
 */
import type { Invoice } from '../../firmware/objects/invoice.js';
import { hex } from '../bank/bytes.js';

const LOOK_MS = 1_000;
const ASKED_MS = 60_000;
const YES_MS = 30_000;

interface Asked {
  readonly invoice: string;
  readonly needsPin: boolean;
  until_ms: number;
  /** Presses count from then on, as long as nothing else is shown and none comes too early. */
  from_ms: number;
}

export class OwnerModel {
  #asked: Asked | undefined;
  #yes: { invoice: string; pin: boolean; until_ms: number } | undefined;
  /** A PIN that was typed at a terminal. */
  #typed: { invoice: string; until_ms: number } | undefined;
  /** The question whose PIN is being entered. */
  #pinFor: Asked | undefined;
  /** A number is entered, so that no question is to be seen. */
  #entering = false;
  /** What the presses so far make of that number. */
  #digits: number[] = [];
  /** Days of the wallet's own clock, which do not go back, and what was paid on the last of them. */
  #day = 0;
  #paidThatDay = 0;
  #unconfirmed = 0;
  #wasOff = false;

  get paidThatDay(): number {
    return this.#paidThatDay;
  }

  /** `pin`: the right one, decimal digits. */
  constructor(
    private readonly hasScreen: boolean,
    private readonly pin: string,
  ) {}

  /** The owner sees on the screen whether a number is being entered. */
  sees(isEntering: boolean, now_ms: number): void {
    if (this.#entering && !isEntering) this.#endEntry(now_ms);
    this.#entering = isEntering;
  }

  /**
   * The wallet has refused an invoice until its owner agrees. Returns what is wrong with that; undefined when
   * it has to ask, and for that.
   */
  ask(invoice: Invoice, needsPin: boolean, limits: OwnerLimits, now_ms: number): string | undefined {
    const { amount } = invoice;
    if (this.#isFree(amount, limits)) return `asks for ${amount}, which is free`;
    if (needsPin !== amount > limits.buttonMax) return `asks for ${amount}: PIN ${needsPin}`;
    this.#show(invoice, needsPin, now_ms);
    return undefined;
  }

  #show(invoice: Invoice, needsPin: boolean, now_ms: number): void {
    const name = hex(invoice.bytes);
    const asked = this.#standing(now_ms);
    if (asked?.invoice === name && asked.needsPin === needsPin) {
      asked.until_ms = Math.max(asked.until_ms, now_ms + ASKED_MS);
      return;
    }
    this.#asked = { invoice: name, needsPin, until_ms: now_ms + ASKED_MS, from_ms: now_ms + LOOK_MS };
    this.#yes = undefined;
    if (this.#pinFor) this.#endEntry(now_ms);
  }

  /** A button of the device: the first (A), or the second of a device with a screen (B). */
  press(button: number, isLong: boolean, now_ms: number): void {
    const asked = this.#standing(now_ms);
    if (this.#entering) {
      if (!isLong) this.#turn(button);
      else this.#done(button, asked, now_ms);
      return;
    }
    if (isLong && (button === 1 || !this.hasScreen)) {
      if (asked) this.forget();
      return;
    }
    if (isLong) this.#beginEntry();
    else if (button === 0 && asked) this.#agree(asked, now_ms);
  }

  #agree(asked: Asked, now_ms: number): void {
    if (now_ms < asked.from_ms) asked.from_ms = now_ms + LOOK_MS;
    else if (!asked.needsPin) this.#say(asked, false, now_ms);
    else if (this.hasScreen) {
      this.#beginEntry();
      this.#pinFor = asked;
    }
  }

  #beginEntry(): void {
    this.#entering = true;
    this.#digits = [0];
  }

  #turn(button: number): void {
    const last = this.#digits.length - 1;
    if (button === 1) this.#digits.push(0);
    else this.#digits[last] = (this.#digits[last] + 1) % 10;
  }

  #done(button: number, asked: Asked | undefined, now_ms: number): void {
    const isPin = button === 0 && this.#digits.join('') === this.pin;
    if (isPin && asked && this.#pinFor === asked) this.#say(asked, true, now_ms);
    this.#endEntry(now_ms);
  }

  /** The right PIN, typed at a terminal for what that terminal asks: only where it takes one. */
  pinTyped(invoice: Invoice, limits: OwnerLimits, now_ms: number): void {
    const { amount } = invoice;
    if (amount <= limits.buttonMax || this.#isFree(amount, limits)) return;
    this.#typed = { invoice: hex(invoice.bytes), until_ms: now_ms + YES_MS };
  }

  /** Nothing is asked any more; a PIN that is being entered is given up with its question. */
  forget(): void {
    this.#asked = undefined;
    this.#yes = undefined;
    this.#typed = undefined;
    if (this.#pinFor) this.#entering = false;
    this.#pinFor = undefined;
  }

  /** Power was lost. What was paid just before that is still judged by what was agreed to. */
  restart(): void {
    this.#wasOff = true;
  }

  /** All payments up to now are judged. After a loss of power nothing is asked and nothing is entered. */
  judged(): void {
    if (!this.#wasOff) return;
    this.#wasOff = false;
    this.forget();
    this.#entering = false;
  }

  /**
   * A payment for an invoice: asked by its payee, or by an order of the owner's own, with a PIN or without.
   * Returns what is wrong with it; undefined when the owner agreed, or need not be asked.
   */
  paid(invoice: Invoice, order: { pin: boolean } | undefined, limits: OwnerLimits, time: Times) {
    const { amount } = invoice;
    const { now_ms, day } = time;
    const yes = this.#yes;
    const name = hex(invoice.bytes);
    const isTyped = this.#typed?.invoice === name && now_ms <= this.#typed.until_ms;
    const isMeant = isTyped || (yes?.invoice === name && now_ms <= yes.until_ms);
    const isFree = this.#isFree(amount, limits);
    const needsPin = !isFree && amount > limits.buttonMax;
    this.#unconfirmed = isMeant || order ? 0 : this.#unconfirmed + amount;
    this.#paidThatDay = day > this.#day ? amount : this.#paidThatDay + amount;
    this.#day = Math.max(this.#day, day);
    this.forget();
    if (this.#paidThatDay > limits.dayMax) return `${this.#paidThatDay} paid on day ${this.#day}`;
    if (isFree) return undefined;
    if (!isMeant && !order) return `${amount} paid, to which nobody has agreed`;
    const pin = order?.pin || isTyped || (isMeant && yes?.pin);
    return needsPin && !pin ? `${amount} paid without the PIN` : undefined;
  }

  #isFree(amount: number, { noConfirmMax, noConfirmTotalMax }: OwnerLimits): boolean {
    return amount <= noConfirmMax && this.#unconfirmed + amount <= noConfirmTotalMax;
  }

  #say(asked: Asked, pin: boolean, now_ms: number): void {
    this.#yes = { invoice: asked.invoice, pin, until_ms: now_ms + YES_MS };
    asked.until_ms = now_ms + YES_MS;
  }

  #endEntry(now_ms: number): void {
    this.#entering = false;
    this.#pinFor = undefined;
    if (this.#asked) this.#asked.from_ms = Math.max(this.#asked.from_ms, now_ms + LOOK_MS);
  }

  #standing(now_ms: number): Asked | undefined {
    if (this.#asked && now_ms > this.#asked.until_ms + LATE_MS) this.forget();
    return this.#asked;
  }
}

/** An alarm may be a little late. */
const LATE_MS = 5;

/** Ticks of the device, and the day by its own clock. */
interface Times {
  readonly now_ms: number;
  readonly day: number;
}

/** What of a profile is its owner's protection. */
export interface OwnerLimits {
  readonly noConfirmMax: number;
  readonly noConfirmTotalMax: number;
  readonly buttonMax: number;
  readonly dayMax: number;
}
