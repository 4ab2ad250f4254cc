import type { ExchangeTiming, NfcReader } from '../nfc.js';
import { NFC_APDU_BYTES_MAX, NfcError } from '../nfc.js';
import { BitRate, type BitRateCounts } from './bit-rate.js';
import { BIT_RATES_KBPS, Command } from './commands.js';
import type { Pn532Core } from './core.js';
import { linkError, type Pn532Error } from './errors.js';
import { Exchange, type ExchangeDone } from './exchange.js';
import { type Found, Search } from './search.js';
import { TimeLimit } from './time-limit.js';
import { ReaderTiming } from './timing.js';

export interface ReaderOptions {
  /** The highest bit rate on the air, kbit/s: 106, 212 or 424. No silicon has shown more than 106 yet. */
  bitRateMax_kbps?: number;
  /** How long a card may take for one answer, beside the time on the air; it asks for it by S(WTX). */
  exchange_ms?: number;
}

/** Above what our own card may take: `CardOptions.respond_ms`. */
const EXCHANGE_MS = 4_000;
/** A card that would not have another rate is found again within this, whatever is left of the time. */
const FIND_AGAIN_MS = 200;
/** InRelease says goodbye to a card that may be gone. */
const RELEASE_MS = 700;

type DoneCall = (error: NfcError | undefined) => void;

const NOTHING = new Uint8Array(0);

/** The chip as an ISO 14443-4 reader of one card at a time. */
export class Pn532Reader implements NfcReader {
  readonly apduBytesMax = NFC_APDU_BYTES_MAX;
  readonly #exchange_ms: number;
  readonly #exchange: Exchange;
  readonly #search: Search;
  readonly #bitRate: BitRate;
  readonly #limit: TimeLimit;
  readonly #timing: ReaderTiming;
  #target = 0;
  #onConnect: DoneCall | undefined;
  #onResponse: ExchangeDone | undefined;
  #releasing = false;
  /** Marks a call, so that what its steps schedule is void once the call has ended. */
  #call = 0;
  /** The card's UID as activation showed it; random for our own cards. */
  uid: Uint8Array = NOTHING;

  constructor(
    private readonly chip: Pn532Core,
    options: ReaderOptions,
  ) {
    this.#exchange_ms = options.exchange_ms ?? EXCHANGE_MS;
    this.#exchange = new Exchange(chip);
    this.#search = new Search(chip, this.#exchange);
    this.#bitRate = new BitRate(chip);
    this.#limit = new TimeLimit(chip.clock);
    this.#timing = new ReaderTiming(chip.clock, this, () => chip.line_us ?? 0);
    this.bitRateMax_kbps = options.bitRateMax_kbps ?? BIT_RATES_KBPS[0];
  }

  get bitRateMax_kbps(): number {
    return this.#bitRate.max_kbps;
  }

  set bitRateMax_kbps(max_kbps: number) {
    this.#bitRate.max_kbps = max_kbps;
  }

  get timing(): ExchangeTiming | undefined {
    return this.chip.line_us === undefined ? undefined : this.#timing;
  }

  get bitRate_kbps(): number {
    return this.#bitRate.current_kbps;
  }

  get bitRateCounts(): Readonly<BitRateCounts> {
    return this.#bitRate.counts;
  }

  connect(timeout_ms: number, done: DoneCall, select: Uint8Array = NOTHING): void {
    if (!this.#beginConnect(timeout_ms, done)) return;
    const call = this.#call;
    const isUnwanted = this.#target !== 0;
    const search = (within_ms: number): void =>
      this.#search.start(within_ms, select, isUnwanted, (error, found) => {
        this.#target = found.number;
        if (error !== undefined) {
          this.#endConnect(error);
          return;
        }
        this.uid = found.uid;
        this.#agreeOnRate(call, found, () => search(Math.max(FIND_AGAIN_MS, this.#limit.left_ms)));
      });
    if (isUnwanted) this.#letFieldFall(call, () => search(timeout_ms));
    else search(timeout_ms);
  }

  /** A tag is asked for no other bit rate: what it says is short. */
  connectTag(timeout_ms: number, done: (error: NfcError | undefined, takesApdus: boolean) => void): void {
    let takesApdus = false;
    if (!this.#beginConnect(timeout_ms, (error) => done(error, takesApdus))) return;
    const search = (): void =>
      this.#search.startTag(timeout_ms, (error, found) => {
        this.#target = found.number;
        this.uid = found.uid;
        takesApdus = found.isIsoDep;
        this.#endConnect(error);
      });
    if (this.#target !== 0) this.#letFieldFall(this.#call, search);
    else search();
  }

  /** False, and `done` will say so, while the front end has another call under way. */
  #beginConnect(timeout_ms: number, done: DoneCall): boolean {
    if (!this.#takeChip()) {
      this.#later(() => done(new NfcError('busy', 'the front end has another call under way')));
      return false;
    }
    this.#onConnect = done;
    this.#call++;
    this.#limit.start(timeout_ms);
    return true;
  }

  /** Ends the search, unless the card refuses a rate that it offered: then it is to be found again. */
  #agreeOnRate(call: number, { number, freshAts }: Found, findAgain: () => void): void {
    const kbps = this.#bitRate.choose(freshAts);
    if (kbps === BIT_RATES_KBPS[0]) {
      this.#endConnect(undefined);
      return;
    }
    this.#bitRate.ask(number, kbps, (agreed) => {
      if (agreed) this.#endConnect(undefined);
      else this.#letFieldFall(call, findAgain);
    });
  }

  transceive(command: Uint8Array, done: ExchangeDone): void {
    const refusal = this.#whyNot(command);
    if (refusal !== undefined) {
      this.#later(() => done(refusal, NOTHING));
      return;
    }
    this.#onResponse = done;
    this.#call++;
    this.#timing.start();
    this.#exchange.start(this.#target, command, this.#exchange_ms, this.#onExchanged);
  }

  /** Also ends a call under way, whose `done` then gets 'closed'. */
  release(done: DoneCall): void {
    if (this.chip.owner !== this || this.#releasing) {
      const busy = this.chip.owner !== undefined;
      this.#later(() =>
        done(busy ? new NfcError('busy', 'the front end has another call under way') : undefined),
      );
      return;
    }
    this.#releasing = true;
    this.#call++;
    this.chip.cancel();
    this.#endCalls();
    this.chip.prepare((error) => {
      if (error !== undefined) this.#endRelease(done, linkError(error));
      else
        this.#letGo((failure) =>
          this.#endRelease(done, failure === undefined ? undefined : linkError(failure)),
        );
    });
  }

  #takeChip(): boolean {
    const { chip } = this;
    if (chip.owner === undefined) chip.owner = this;
    return chip.owner === this && !this.#isBusy();
  }

  #isBusy(): boolean {
    return this.#releasing || this.#onConnect !== undefined || this.#onResponse !== undefined;
  }

  #later(callback: () => void): void {
    this.chip.clock.schedule(0, callback);
  }

  #whyNot({ length }: Uint8Array): NfcError | undefined {
    if (this.#isBusy()) return new NfcError('busy', 'the front end has another call under way');
    if (this.chip.owner !== this || this.#target === 0)
      return new NfcError('removed', 'no card is connected');
    if (length > 0 && length <= NFC_APDU_BYTES_MAX) return undefined;
    return new NfcError('protocol', `a command of ${length} bytes; 1 to ${NFC_APDU_BYTES_MAX} are allowed`);
  }

  /** A card is connected still: it would not answer a look, so the field makes it forget. */
  #letFieldFall(call: number, next: () => void): void {
    this.#target = 0;
    this.#bitRate.reset();
    this.chip.prepare((notReady) => {
      if (call !== this.#call) return;
      if (notReady !== undefined) {
        this.#endConnect(linkError(notReady));
        return;
      }
      this.#fieldOff((error) => {
        if (error !== undefined) this.#endConnect(linkError(error));
        else next();
      });
    });
  }

  #fieldOff(done: (error: Pn532Error | undefined) => void): void {
    this.chip.fieldOff((error) => {
      this.#search.fieldWentOff();
      done(error);
    });
  }

  readonly #onExchanged: ExchangeDone = (error, response) => {
    if (error === undefined || error.code === 'link') {
      this.#endExchange(error, response);
      return;
    }
    this.#bitRate.exchangeFailed();
    this.#cleanUp(error, (cause) => this.#endExchange(cause, NOTHING));
  };

  /**
   * Something failed beyond the chip. Switches the field off, so that the call ends with a front end free for
   * anything; and a chip that has died, which looks just like a card that is silent, is found out: then the
   * error is that.
   */
  #cleanUp(error: NfcError, done: (error: NfcError) => void): void {
    const call = this.#call;
    this.chip.prepare((notReady) => {
      if (call !== this.#call) return;
      if (notReady !== undefined) {
        done(linkError(notReady));
        return;
      }
      this.#fieldOff((failure) => done(failure === undefined ? error : linkError(failure)));
    });
  }

  #endConnect(error: NfcError | undefined): void {
    const done = this.#onConnect;
    this.#onConnect = undefined;
    if (error !== undefined) this.#free();
    done?.(error);
  }

  #endExchange(error: NfcError | undefined, response: Uint8Array): void {
    this.#timing.stop();
    const done = this.#onResponse;
    this.#onResponse = undefined;
    if (error !== undefined) this.#free();
    done?.(error, response);
  }

  #endCalls(): void {
    const onConnect = this.#onConnect;
    const onResponse = this.#onResponse;
    this.#onConnect = undefined;
    this.#onResponse = undefined;
    this.#search.drop();
    this.#exchange.drop();
    if (onConnect === undefined && onResponse === undefined) return;
    const error = new NfcError('closed', 'released');
    this.#later(() => {
      onConnect?.(error);
      onResponse?.(error, NOTHING);
    });
  }

  #letGo(done: (error: Pn532Error | undefined) => void): void {
    if (this.#target === 0) {
      this.#fieldOff(done);
      return;
    }
    this.chip.parameters[0] = 0; // all targets
    this.chip.run(Command.InRelease, 1, RELEASE_MS, (error) => {
      if (error !== undefined) done(error);
      else this.#fieldOff(done);
    });
  }

  #endRelease(done: DoneCall, error: NfcError | undefined): void {
    this.#releasing = false;
    this.#free();
    done(error);
  }

  #free(): void {
    this.#target = 0;
    this.#bitRate.reset();
    this.chip.owner = undefined;
  }
}
