import type { Clock } from '../../hal/clock.js';
import type { Prompt } from '../../hal/presence.js';
import type { QrEncoder } from '../../hal/qr.js';
import type { Screen } from '../../hal/screen.js';
import type { MadeCode } from '../account/code-maker.js';
import { DigitEntry } from './digit-entry.js';
import { ENGLISH, type FaceTexts } from './face-texts.js';
import { inMajor } from './money.js';
import { PressGuard } from './press-guard.js';
import type { Notice, Press, UserActions, UserInterface } from './user-interface.js';

/** 9,999,999 minor units are more than any profile allows. */
const AMOUNT_DIGITS_MAX = 7;
const PIN_DIGITS_MAX = 12;
/** What most currencies are written like, while a device has none yet. */
const NO_CURRENCY = '';

/**
 * A screen and two buttons. A agrees to a payment, or begins its PIN; held, it begins an amount to ask for,
 * or to pay where a tag leaves it open. B held says no; while nothing happens, it looks for a tag, and B
 * pressed shows a code of the device's account, or no more. While a number is entered, A turns the digit and
 * B goes on; A held is done, B held gives it up. A PIN is given up too when its payment is off.
 */
export class ScreenInterface implements UserInterface {
  #owner: UserActions | undefined;
  #prompt: Prompt | undefined;
  #notice: Notice = 'ready';
  #amount: number | undefined;
  #entry: DigitEntry | undefined;
  /** What the PIN that is being entered is for; undefined while an amount is. */
  #pinFor: Prompt | undefined;
  /** The payment that is to be seen: not while a number is entered. */
  #visible: Prompt | undefined;
  /** The code that is shown while nothing is asked, or why there is none. */
  #made: MadeCode | undefined;
  readonly #guard: PressGuard;

  constructor(
    private readonly screen: Screen,
    clock: Clock,
    private readonly qr: QrEncoder,
    /** In the language of its owner. */
    private readonly texts: () => FaceTexts = () => ENGLISH,
  ) {
    this.#guard = new PressGuard(clock);
  }

  attach(owner: UserActions): void {
    this.#owner = owner;
  }

  show(prompt: Prompt | undefined): void {
    this.#prompt = prompt;
    if (this.#pinFor && this.#pinFor !== prompt) this.#endEntry();
    this.#draw();
  }

  notify(notice: Notice, amount?: number): void {
    this.#notice = notice;
    this.#amount = amount;
    if (notice === 'asleep') this.screen.off();
    else this.#draw();
  }

  showCode(made: MadeCode | undefined): void {
    this.#made = made;
    this.#draw();
  }

  press(button: number, press: Press): void {
    if (this.#entry) this.#enter(this.#entry, button, press);
    else if (press === 'long' && button === 0) this.#entry = new DigitEntry(AMOUNT_DIGITS_MAX);
    else if (press === 'long' && this.#prompt) this.#owner?.onDecline();
    else if (press === 'long' && this.#notice === 'ready') this.#owner?.onTag();
    else if (press === 'long') this.#owner?.onCancel();
    else if (button === 0 && this.#prompt && this.#guard.accepts()) this.#agree(this.#prompt);
    else if (button === 1 && !this.#prompt) this.#owner?.onCode();
    this.#draw();
  }

  #agree(prompt: Prompt): void {
    if (!prompt.needsPin) return this.#owner?.onConsent(prompt);
    this.#pinFor = prompt;
    this.#entry = new DigitEntry(PIN_DIGITS_MAX);
  }

  #endEntry(): void {
    this.#entry = undefined;
    this.#pinFor = undefined;
  }

  #enter(entry: DigitEntry, button: number, press: Press): void {
    if (press === 'short') {
      if (button === 0) entry.turn();
      else entry.next();
      return;
    }
    const pinFor = this.#pinFor;
    this.#endEntry();
    if (button !== 0) return;
    if (pinFor) this.#owner?.onPin(entry.ascii, pinFor);
    else if (entry.value > 0) this.#owner?.onAsk(entry.value);
  }

  #draw(): void {
    const visible = this.#entry ? undefined : this.#prompt;
    if (visible !== this.#visible) this.#guard.begin();
    this.#visible = visible;
    const code = this.#entry || this.#prompt ? undefined : this.#made?.code;
    if (code) this.screen.drawModules(this.qr(code.textBytes));
    else this.screen.show(this.#lines());
  }

  #lines(): readonly string[] {
    const texts = this.texts();
    if (this.#entry && this.#pinFor) return [masked(this.#entry), texts.pin, texts.hintEntry];
    const isToPay = this.#notice === 'how-much';
    if (this.#entry)
      return [
        inMajor(this.#entry.value, this.#currency),
        isToPay ? texts.pay : texts.askFor,
        texts.hintEntry,
      ];
    if (this.#prompt) {
      const { amount, currency, payee, needsPin } = this.#prompt;
      const code = text(currency);
      const hint = needsPin ? texts.hintPin : texts.hintConsent;
      return [`${inMajor(amount, code)} ${code}`, `${texts.to} ${hex(payee)}`, hint];
    }
    if (this.#made?.why !== undefined) return [texts.noCode, texts.noCodeWhy[this.#made.why], ''];
    const amount = this.#amount === undefined ? '' : inMajor(this.#amount, this.#currency);
    const isReady = this.#notice === 'ready';
    const hint = isToPay ? texts.hintAmount : isReady ? texts.hintReady : '';
    return [texts.notices[this.#notice], isReady && !isToPay ? texts.hintCode : amount, hint];
  }

  get #currency(): string {
    const currency = this.#owner?.currency();
    return currency ? text(currency) : NO_CURRENCY;
  }
}

/** Digits before the last are hidden; the last is being turned. */
function masked(entry: DigitEntry): string {
  const last = entry.digits[entry.digits.length - 1];
  return `${'*'.repeat(entry.digits.length - 1)}${last}`;
}

function text(ascii: Uint8Array): string {
  return String.fromCharCode(...ascii);
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
