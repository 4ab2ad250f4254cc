import { NfcError } from '../nfc.js';
import { Command, SAK_ISO_DEP, STATUS_ERROR_MASK } from './commands.js';
import type { Pn532Core } from './core.js';
import { linkError, type Pn532Error } from './errors.js';
import type { Exchange } from './exchange.js';
import { TimeLimit } from './time-limit.js';

/** The chip's own looks, four or so, are over long before. */
const LIST_MS = 500;
/** Says goodbye to cards that may be gone, one after another. */
const DESELECT_MS = 700;
/** ISO 14443-3 section 5: a card is reset after 5 ms without a field. */
const FIELD_RESET_MS = 6;
/** Before the next look when all that is there is foreign. */
const LOOK_AGAIN_MS = 50;
/** A wallet that was let go beside other cards listens again within this, or a few times it. */
const LISTENS_AGAIN_MS = 10;
/** A card's answer to `select`. */
const SELECT_MS = 700;
/** Targets that the chip keeps at a time. */
const TARGETS = 2;
/** Cards that are told apart in one field. More of them, or one that is another each time, are too many. */
const CARDS_MAX = 16;
/** ISO 7816-4: the first byte of the status word of a command that was carried out. */
const SW1_OK = 0x90;

interface Target {
  readonly number: number;
  readonly uid: Uint8Array;
  readonly isIsoDep: boolean;
  readonly ats: Uint8Array;
}

interface Seen {
  readonly uid: Uint8Array;
  readonly isOurs: boolean;
}

/** What was found; with an error, nobody. */
export interface Found {
  /** The chip's number for it; 0 for nobody. */
  readonly number: number;
  readonly uid: Uint8Array;
  /** From TL on; empty unless the card has just been activated, and has heard no command yet. */
  readonly freshAts: Uint8Array;
  /** It speaks ISO 14443-4. Only a search for a tag finds one that does not. */
  readonly isIsoDep: boolean;
}

export type SearchDone = (error: NfcError | undefined, found: Found) => void;

const NOTHING = new Uint8Array(0);
const NOBODY: Found = Object.freeze({ number: 0, uid: NOTHING, freshAts: NOTHING, isIsoDep: false });

/**
 * Finds the one card that is wanted among what is in the field.
 *
 * A single ISO 14443-4 card is taken as it is. As soon as there are more, each is asked by `select`, and all
 * are sent to HALT (ISO 14443-3), where a card answers no REQA; the next look finds those that are left,
 * until the wanted one is alone. A look that finds nobody ends with the field off for a moment: that brings
 * back a card that was lost half way through its activation, and hears no request any more.
 */
export class Search {
  readonly #limit: TimeLimit;
  readonly #seen: Seen[] = [];
  #listed: Target[] = [];
  /** Something was there that is not what is wanted. */
  #sawForeign = false;
  #select: Uint8Array = NOTHING;
  #done: SearchDone | undefined;
  /** A card that is alone has to answer `select` too. */
  #asksAll = false;
  /** Whatever is alone in the field is wanted, with ISO 14443-4 or without. */
  #wantsTag = false;
  #restarted = false;
  #fieldOff_ms = 0;
  /** Marks a search, so that what its steps schedule is void once it has ended. */
  #run = 0;

  constructor(
    private readonly chip: Pn532Core,
    private readonly exchange: Exchange,
  ) {
    this.#limit = new TimeLimit(chip.clock);
  }

  /** `done` runs once. With an error the field is off, unless it is 'link'. */
  start(timeout_ms: number, select: Uint8Array, asksAll: boolean, done: SearchDone): void {
    this.#select = select;
    this.#asksAll = asksAll && select.length > 0;
    this.#wantsTag = false;
    this.#startLooking(timeout_ms, done);
  }

  /** As `start`, for a passive tag of either kind: two things in the field are a crowd. */
  startTag(timeout_ms: number, done: SearchDone): void {
    this.#wantsTag = true;
    this.#startLooking(timeout_ms, done);
  }

  #startLooking(timeout_ms: number, done: SearchDone): void {
    this.#done = done;
    this.#seen.length = 0;
    this.#sawForeign = false;
    this.#restarted = false;
    this.#run++;
    this.#limit.start(timeout_ms);
    this.#begin();
  }

  /** Gives up: `done` will not run any more. */
  drop(): void {
    this.#done = undefined;
    this.#run++;
  }

  /** The field has been switched off now: the next look waits until cards have noticed. */
  fieldWentOff(): void {
    this.#fieldOff_ms = this.chip.clock.ticks_ms();
  }

  #begin(): void {
    this.#prepare(() => this.#lookSoon());
  }

  /**
   * Starts the chip if it must be: something has failed, or it is still busy with a card that asks for time.
   */
  #prepare(next: () => void): void {
    const run = this.#run;
    this.chip.prepare((error) => {
      if (run !== this.#run) return;
      if (error !== undefined) this.#end(linkError(error));
      else next();
    });
  }

  #later(delay_ms: number, step: () => void): void {
    const run = this.#run;
    this.chip.clock.schedule(delay_ms, () => {
      if (run === this.#run) step();
    });
  }

  /** Looks once the field has been off for long enough. */
  #lookSoon(): void {
    const off_ms = (this.chip.clock.ticks_ms() - this.#fieldOff_ms) & 0x7fffffff;
    if (off_ms >= FIELD_RESET_MS) this.#look();
    else this.#later(FIELD_RESET_MS - off_ms, () => this.#look());
  }

  #look(): void {
    if (this.#limit.left_ms <= 0) {
      this.#switchOff(() => this.#end(this.#verdict()));
      return;
    }
    const { chip } = this;
    chip.parameters[0] = TARGETS;
    chip.parameters[1] = 0; // 106 kbit/s type A
    chip.run(Command.InListPassiveTarget, 2, LIST_MS, (error, length) => {
      if (error?.code === 'no-ack' && !this.#restarted) {
        // The chip may have lost power since the last call, unseen: it has forgotten its start, and is given
        // one more.
        this.#restarted = true;
        this.#begin();
      } else if (error !== undefined) {
        this.#end(linkError(error));
      } else {
        this.#listed = targetsIn(chip.response, length);
        this.#takeListed();
      }
    });
  }

  #takeListed(): void {
    const [first, second] = this.#listed;
    if (first === undefined) {
      this.#reset(0);
    } else if (this.#wantsTag) {
      if (second === undefined) this.#end(undefined, foundOf(first));
      else this.#switchOff(() => this.#end(new NfcError('crowd', 'more than one tag or card in the field')));
    } else if (!this.#asksAll && this.#seen.length === 0 && second === undefined && first.isIsoDep) {
      this.#end(undefined, foundOf(first));
    } else {
      this.#ask(0, false);
    }
  }

  /** Finds out about each listed card that is new, from `index` on. */
  #ask(index: number, isAnyNew: boolean): void {
    const target = this.#listed[index];
    if (target === undefined) {
      this.#decide(isAnyNew);
    } else if (this.#find(target) !== undefined) {
      this.#ask(index + 1, isAnyNew);
    } else if (!target.isIsoDep || this.#select.length === 0) {
      this.#note(target, target.isIsoDep);
      this.#ask(index + 1, true);
    } else {
      this.exchange.start(target.number, this.#select, SELECT_MS, (error, response) => {
        if (error?.code === 'link') {
          this.#end(error);
        } else if (error !== undefined) {
          // Lost on the way, or gone; or one of ours, let go to make room, that does not listen again yet:
          // the next look would go the same way, were the others not silent by then.
          this.#prepare(() => this.#halt(() => this.#later(LISTENS_AGAIN_MS, () => this.#look())));
        } else {
          this.#note(target, response[response.length - 2] === SW1_OK);
          this.#ask(index + 1, true);
        }
      });
    }
  }

  #find(target: Target): Seen | undefined {
    return this.#seen.find(({ uid }) => sameUid(uid, target.uid));
  }

  #note(target: Target, isOurs: boolean): void {
    this.#seen.push({ uid: target.uid, isOurs });
    if (!isOurs) this.#sawForeign = true;
  }

  /** All listed cards are known now. */
  #decide(isAnyNew: boolean): void {
    const ours = this.#seen.filter(({ isOurs }) => isOurs).length;
    const wanted = this.#listed.find((target) => this.#find(target)?.isOurs === true);
    const isAlone = this.#listed.length === 1;
    if (ours > 1 || this.#seen.length > CARDS_MAX) {
      this.#switchOff(() => this.#end(crowd(ours)));
    } else if (wanted !== undefined && (isAlone || !isAnyNew)) {
      this.#take(wanted);
    } else if (ours > 0 || isAnyNew) {
      this.#halt(() => this.#later(LISTENS_AGAIN_MS, () => this.#look()));
    } else {
      this.#reset(LOOK_AGAIN_MS);
    }
  }

  /** Of two cards this one: the other goes to HALT. */
  #take(wanted: Target): void {
    const { chip } = this;
    chip.parameters[0] = wanted.number;
    chip.run(Command.InSelect, 1, DESELECT_MS, (error, length) => {
      if (error !== undefined) this.#end(linkError(error));
      else if (length > 0 && (chip.response[0]! & STATUS_ERROR_MASK) === 0)
        this.#end(undefined, { ...foundOf(wanted), freshAts: NOTHING });
      else this.#reset(0);
    });
  }

  /** All listed cards go to HALT. */
  #halt(next: () => void): void {
    const { chip } = this;
    chip.parameters[0] = 0; // all targets
    chip.run(Command.InDeselect, 1, DESELECT_MS, (error) => {
      if (error !== undefined) this.#end(linkError(error));
      else next();
    });
  }

  /** The field off and on again: every card begins anew, and so do we. */
  #reset(pause_ms: number): void {
    this.#seen.length = 0;
    this.#switchOff(() => this.#later(pause_ms, () => this.#lookSoon()));
  }

  #switchOff(next: () => void): void {
    this.chip.fieldOff((error: Pn532Error | undefined) => {
      this.fieldWentOff();
      if (error !== undefined) this.#end(linkError(error));
      else next();
    });
  }

  /** Why nothing was found in time. */
  #verdict(): NfcError {
    if (this.#sawForeign && !this.#seen.some(({ isOurs }) => isOurs)) {
      return new NfcError('foreign', 'none of the cards in the field is the one that is wanted');
    }
    return new NfcError('timeout', 'no card came');
  }

  #end(error: NfcError | undefined, found = NOBODY): void {
    const done = this.#done;
    this.drop();
    done?.(error, found);
  }
}

/** One that has just been listed. */
const foundOf = ({ number, uid, ats, isIsoDep }: Target): Found => ({ number, uid, freshAts: ats, isIsoDep });

function crowd(ours: number): NfcError {
  const what = ours > 1 ? `${ours} cards of the kind that is wanted` : `more than ${CARDS_MAX} cards`;
  return new NfcError('crowd', `${what} in the field`);
}

/**
 * InListPassiveTarget's answer: how many, then for each its number, ATQA (2), SAK, length of UID, UID, and
 * ATS if it has one.
 */
function targetsIn(response: Uint8Array, length: number): Target[] {
  const targets: Target[] = [];
  const count = length === 0 ? 0 : response[0]!;
  let at = 1;
  while (targets.length < count && at + 5 <= length) {
    const isIsoDep = (response[at + 3]! & SAK_ISO_DEP) !== 0;
    const end = at + 5 + response[at + 4]!;
    if (end > length) break;
    const after = isIsoDep && end < length ? Math.min(end + response[end]!, length) : end;
    const uid = response.slice(at + 5, end);
    targets.push({ number: response[at]!, uid, isIsoDep, ats: response.slice(end, after) });
    at = after;
  }
  return targets;
}

function sameUid(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
