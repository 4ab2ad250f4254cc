/**
 * The bank's counter in a life: what a device has received comes back as notes of all terms, and some of what
 * it is given is spoilt.
 */
import { AMOUNT_MAX, TRANSFER_NOTES_MAX } from '../../firmware/limits.js';
import type { Note } from '../../firmware/objects/note.js';
import { type Limits, Profile } from '../../firmware/objects/profile.js';
import { Resolution } from '../../firmware/objects/settlement.js';
import { Refusal, refusalName } from '../../firmware/protocol/refusal.js';
import { ascii } from '../world/test-bank.js';
import type { Books } from './books.js';
import type { Dice } from './dice.js';
import type { Judge, Tally } from './judge.js';
import { limitsOf } from './people.js';
import type { Subject } from './subject.js';
import { type VisitEnd, visit } from './visit.js';

const DAY_S = 86_400;
const EVERYTHING_S = 0xffffffff;

interface Spoilt {
  readonly notes: readonly Note[];
  /** How the device must decline it. */
  readonly why: Refusal | undefined;
}

export class Counter {
  constructor(
    private readonly books: Books,
    private readonly judge: Judge,
    private readonly dice: Dice,
    private readonly tally: Tally,
  ) {}

  /** One visit, which may be cut short. Returns how it ended, in words. */
  serve(subject: Subject, now_s: number): string {
    const { name, wallet } = subject;
    const { ledger } = wallet;
    const bank = this.books.bankOf(subject.id);
    const retireUntil_s = this.dice.one([0, 0, now_s + DAY_S, EVERYTHING_S]);
    const resolved = this.books.resolve(ledger.inFlightTransfers, now_s);
    let due =
      ledger.lots.total + ledger.claims + ledger.noteIndex.total - ledger.noteIndex.totalAfter(retireUntil_s);
    for (const { sequence, resolution } of resolved) {
      const inFlightTransfer = ledger.inFlightTransfers.find((candidate) => candidate.sequence === sequence);
      if (inFlightTransfer && resolution === Resolution.returned) due += inFlightTransfer.transfer.total;
    }
    const room = AMOUNT_MAX - ledger.held - ledger.inFlight;
    const load = this.dice.below(3) ? Math.min(room, this.dice.below(2_500)) : 0;
    const { notes, why } = this.#spoil(subject, this.#notes(subject.id, due + load, now_s));
    const { epoch, settledAt } = ledger;
    const messagesMax = this.dice.below(6) === 0 ? 1 + this.dice.below(6) : 100;
    const limits = this.#limits(name);
    const objects = limits ? [Profile.build(bank.crypto, bank.operatorKey, subject.id, limits)] : [];
    if (this.dice.below(12) === 0)
      subject.flash.cutAtOperation(1 + this.dice.below(12), () => this.dice.uint32());
    let end: VisitEnd = { end: 'torn' };
    const ended = subject.outlives(() => {
      end = visit(bank, {
        wallet,
        exchange: (command) => subject.exchange(command),
        take: () => {},
        objects,
        notes,
        settlement: { time_s: now_s, retireUntil_s, resolved },
        from: settledAt + 1,
        head: this.judge.head(subject, settledAt),
        messagesMax,
      });
    });
    if (!ended) this.tally.cuts++;
    this.#given(subject, limits, end);
    if (subject.wallet.ledger.epoch > epoch) {
      if (why !== undefined)
        throw new Error(`${subject.name} takes what it must decline: ${refusalName(why)}`);
      this.judge.money += load;
      this.tally.syncs++;
    }
    return ended ? this.#endOf(end, why) : 'cut';
  }

  /** Now and then a new profile, or one of another version that must not replace what there is. */
  #limits(name: string): Limits | undefined {
    const { version } = this.judge.limits.get(name)!;
    return this.dice.below(4) === 0 ? limitsOf(this.dice, version + this.dice.one([1, 1, 0, -1])) : undefined;
  }

  /** A newer profile holds once it is there, and is there when a sync has come to its end. */
  #given({ name, wallet }: Subject, limits: Limits | undefined, { end }: VisitEnd): void {
    const { version } = this.judge.limits.get(name)!;
    const holds = limits && limits.version > version;
    if (!holds || (end !== 'done' && wallet.limits.version === version)) return;
    this.judge.limits.set(name, limits);
    this.tally.profiles++;
  }

  #endOf(end: VisitEnd, why: Refusal | undefined): string {
    if (end.end === 'failed') throw new Error('a sync fails without a reason');
    if (end.end !== 'declined') return end.end;
    this.tally.declined++;
    if (end.why !== why)
      throw new Error(`declined for ${refusalName(end.why)}, not ${refusalName(why ?? 0)}`);
    return `declined, ${refusalName(end.why)}`;
  }

  /** A few notes of all terms. */
  #notes(owner: Uint8Array, value: number, now_s: number): Note[] {
    const notes: Note[] = [];
    for (let left = value; left > 0; ) {
      const isLast = notes.length > TRANSFER_NOTES_MAX + 2;
      const part = isLast ? left : Math.min(left, 1 + this.dice.below(Math.max(1, Math.min(left, 900))));
      const issuer = this.dice.isOnceIn(6) ? this.dice.one(this.books.banks) : undefined;
      const terms = {
        expires_s: now_s + this.dice.one([60, DAY_S, 5 * DAY_S, 40 * DAY_S, 300 * DAY_S]),
        hopsMax: this.dice.one([1, 2, 3, 3, 5, 5, 15]),
        purpose: this.dice.one([0, 0, 0, 0, 5812]),
      };
      notes.push(this.books.note(owner, part, terms, issuer));
      left -= part;
    }
    return notes;
  }

  /**
   * Now and then a note of another currency, one of an id that is there already, or more than can be held.
   */
  #spoil({ id, wallet }: Subject, notes: readonly Note[]): Spoilt {
    const roll = this.dice.below(20);
    const [first] = notes;
    if (!first || roll > 3) return { notes, why: undefined };
    if (roll === 0) return { notes: [...notes, first], why: Refusal.noteHeld };
    if (roll === 1) {
      const foreign = this.books.spoilt(first, { currency: ascii('USD') });
      return { notes: [foreign, ...notes.slice(1)], why: Refusal.currency };
    }
    if (roll === 2) {
      const huge = this.books.note(id, AMOUNT_MAX, { expires_s: EVERYTHING_S, hopsMax: 3, purpose: 0 });
      return { notes: [...notes, huge], why: Refusal.balanceLimit };
    }
    const held: Uint8Array[] = [];
    wallet.ledger.noteIndex.each((note) => void held.push(note.slice()));
    if (held.length === 0) return { notes, why: undefined };
    const again = this.books.spoilt(first, { id: held[this.dice.below(held.length)] });
    return { notes: [again, ...notes.slice(1)], why: Refusal.noteHeld };
  }
}
