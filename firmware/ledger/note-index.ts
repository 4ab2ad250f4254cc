import { NOTES_MAX, PURPOSE_MAX, TARGETS_MAX, TRANSFER_NOTES_MAX } from '../limits.js';
import type { Note } from '../objects/note.js';
import type { NoteInput, Terms } from '../objects/transfer.js';
import { bytesOf, changedPages, wider } from './columns.js';

/** Notes chosen for a payment, with the terms that hold for all of them. */
export interface NoteChoice extends Terms {
  notes: NoteInput[];
}

const CAPACITY_FIRST = 32;
/**
 * Rows of one page, and bytes of a row in it: id (8), left (4), expiry (4), place (2), tag (4), hops (1),
 * condition (1).
 */
const PAGE_ROWS = 32;
const ROW_BYTES = 24;
/** Conditions of a note. */
const HELD = 0;
/** The bank has taken it back: its bytes are kept while a transfer that used it is in flight. */
const RETIRED = 1;
/**
 * Its bytes do not read any more, so it cannot be shown: what is left on it goes back to the bank when it
 * expires.
 */
const UNREADABLE = 2;
export const NOTE_INDEX_PAGES = NOTES_MAX / PAGE_ROWS;

/**
 * The index of the notes held, in the order in which they expire: the place of each in the store, and what is
 * left of it. Columns of integers, since a thousand objects would not fit the chip.
 */
export class NoteIndex {
  #count = 0;
  /** Everything before it is spent. */
  #first = 0;
  #id = new Uint8Array(8 * CAPACITY_FIRST);
  #place = new Uint16Array(CAPACITY_FIRST);
  #left = new Uint32Array(CAPACITY_FIRST);
  #expires_s = new Uint32Array(CAPACITY_FIRST);
  #tag = new Uint32Array(CAPACITY_FIRST);
  #hops = new Uint8Array(CAPACITY_FIRST);
  #condition = new Uint8Array(CAPACITY_FIRST);
  #total = 0;
  /** Targets that notes have had since the last settlement; those beyond TARGETS_MAX wait. */
  #targets: number[] = [];
  readonly #dirty = new Uint8Array(NOTE_INDEX_PAGES);

  get count(): number {
    return this.#count;
  }

  get targets(): readonly number[] {
    return this.#targets;
  }

  /** What is left on all notes, expired ones included. */
  get total(): number {
    return this.#total;
  }

  /** False when NOTES_MAX are held. */
  add(note: Note, place: number): boolean {
    if (this.#count === NOTES_MAX) return false;
    if (this.#count === this.#left.length) this.#grow();
    const expires_s = note.expires_s;
    let at = this.#count;
    while (at > 0 && this.#expires_s[at - 1] > expires_s) at--;
    this.#move(at, at + 1);
    this.#id.set(note.id, at * 8);
    this.#place[at] = place;
    this.#left[at] = note.value;
    this.#expires_s[at] = expires_s;
    this.#tag[at] = note.tag;
    this.#hops[at] = note.hopsMax;
    this.#condition[at] = HELD;
    this.#count++;
    this.#total += note.value;
    if (at < this.#first) this.#first = at;
    this.#touch(at, this.#count);
    this.#target(note.tag);
    return true;
  }

  /**
   * Up to TRANSFER_NOTES_MAX notes that cover `amount`: those that expire first, as long as they do;
   * otherwise the largest seen. One pass, which ends with the first notes in the usual case. Undefined when
   * no such choice covers it. `hopsLimit`: only notes that may change hands so often.
   */
  choose(tag: number, amount: number, time_s: number, hopsLimit = 0): NoteChoice | undefined {
    const chosen: number[] = [];
    let sum = 0;
    for (let at = this.#first; at < this.#count && sum < amount; at++) {
      const left = this.#left[at];
      if (left === 0 || this.#hops[at] < hopsLimit || !this.#isUsable(at, tag, time_s)) continue;
      if (chosen.length === TRANSFER_NOTES_MAX) {
        const smallest = this.#smallest(chosen);
        if (this.#left[chosen[smallest]] >= left) continue;
        sum -= this.#left[chosen[smallest]];
        chosen.splice(smallest, 1);
      }
      chosen.push(at);
      sum += left;
    }
    return sum < amount ? undefined : this.#pick(chosen, amount);
  }

  #smallest(chosen: readonly number[]): number {
    let smallest = 0;
    for (let i = 1; i < chosen.length; i++) {
      if (this.#left[chosen[i]] < this.#left[chosen[smallest]]) smallest = i;
    }
    return smallest;
  }

  #pick(chosen: readonly number[], amount: number): NoteChoice {
    const pick: NoteChoice = { notes: [], hops: 0, hopsLimit: 0xff, expires_s: 0xffffffff };
    for (let i = 0; i < chosen.length; i++) {
      const at = chosen[i];
      const part = Math.min(this.#left[at], amount);
      if (part === 0) break;
      amount -= part;
      pick.notes.push({ id: this.#id.slice(at * 8, at * 8 + 8), amount: part });
      if (this.#hops[at] < pick.hopsLimit) pick.hopsLimit = this.#hops[at];
      if (this.#expires_s[at] < pick.expires_s) pick.expires_s = this.#expires_s[at];
    }
    return pick;
  }

  /** The note that expires first of those with something left, 8 bytes: the one that is likely paid with. */
  get next(): Uint8Array | undefined {
    for (let at = this.#first; at < this.#count; at++) {
      if (this.#condition[at] === HELD && this.#left[at] > 0) return this.#id.slice(at * 8, at * 8 + 8);
    }
    return undefined;
  }

  /** The most that `choose` could cover: the largest TRANSFER_NOTES_MAX notes of the tag. */
  spendable(tag: number, time_s: number): number {
    const largest: number[] = [];
    for (let at = this.#first; at < this.#count; at++) {
      if (this.#left[at] === 0 || !this.#isUsable(at, tag, time_s)) continue;
      largest.push(this.#left[at]);
      largest.sort((a, b) => b - a);
      if (largest.length > TRANSFER_NOTES_MAX) largest.pop();
    }
    return largest.reduce((sum, left) => sum + left, 0);
  }

  /** All of the tag that could be paid, if in several payments. */
  usable(tag: number, time_s: number): number {
    let total = 0;
    for (let at = this.#first; at < this.#count; at++) {
      if (this.#isUsable(at, tag, time_s)) total += this.#left[at];
    }
    return total;
  }

  /** What is left on that note; undefined when it is not here. */
  left(id: Uint8Array): number | undefined {
    const at = this.#find(id);
    return at < 0 ? undefined : this.#left[at];
  }

  /** What `retire` would leave on notes. */
  totalAfter(until_s: number): number {
    let total = 0;
    for (let at = 0; at < this.#count; at++) if (this.#expires_s[at] > until_s) total += this.#left[at];
    return total;
  }

  /** Takes `amount` off a note; false when it is not there or has less. */
  take(id: Uint8Array, amount: number): boolean {
    const at = this.#find(id);
    if (at < 0 || this.#left[at] < amount) return false;
    this.#left[at] -= amount;
    this.#total -= amount;
    this.#touch(at, at + 1);
    while (this.#first < this.#count && this.#left[this.#first] === 0) this.#first++;
    return true;
  }

  /** Puts back what a void transfer had taken; false when the bank has the note back already. */
  restore(id: Uint8Array, amount: number): boolean {
    const at = this.#find(id);
    if (at < 0 || this.#condition[at] === RETIRED) return false;
    this.#left[at] += amount;
    this.#total += amount;
    this.#touch(at, at + 1);
    if (at < this.#first) this.#first = at;
    return true;
  }

  /** The place of the note in the store, or undefined. */
  place(id: Uint8Array): number | undefined {
    const at = this.#find(id);
    return at < 0 ? undefined : this.#place[at];
  }

  /** The note's bytes do not read: it is not chosen any more. */
  leaveOut(id: Uint8Array): void {
    const at = this.#find(id);
    if (at < 0) return;
    this.#condition[at] = UNREADABLE;
    this.#touch(at, at + 1);
  }

  /** What is left on notes of any kind that have not run out. */
  unexpired(time_s: number): number {
    let total = 0;
    for (let at = this.#first; at < this.#count; at++) {
      if (this.#expires_s[at] > time_s) total += this.#left[at];
    }
    return total;
  }

  #target(tag: number): void {
    const isNew = tag > PURPOSE_MAX && !this.#targets.includes(tag);
    if (isNew && this.#targets.length < TARGETS_MAX) this.#targets.push(tag);
  }

  #isUsable(at: number, tag: number, time_s: number): boolean {
    return this.#tag[at] === tag && this.#expires_s[at] > time_s && this.#condition[at] !== UNREADABLE;
  }

  /** Marks in `places` the ones that notes of this index have. */
  occupy(places: Uint8Array): void {
    for (let at = 0; at < this.#count; at++) places[this.#place[at]] = 1;
  }

  /**
   * Notes that expire up to `until_s` are the bank's again, and spent ones go; `inUse` says whose bytes are
   * still needed.
   */
  retire(until_s: number, inUse: (id: Uint8Array) => boolean): void {
    this.#touch(0, this.#count);
    for (let at = this.#count - 1; at >= 0; at--) {
      if (this.#expires_s[at] <= until_s) {
        this.#total -= this.#left[at];
        this.#left[at] = 0;
        this.#condition[at] = RETIRED;
      }
      if (this.#left[at] === 0 && !inUse(this.#id.subarray(at * 8, at * 8 + 8))) {
        this.#move(at + 1, at);
        this.#count--;
      }
    }
    this.#first = 0;
    this.#targets = [];
    for (let at = 0; at < this.#count; at++) this.#target(this.#tag[at]);
  }

  /** How many notes `retire` would leave. */
  countAfter(until_s: number, inUse: (id: Uint8Array) => boolean): number {
    let count = 0;
    for (let at = 0; at < this.#count; at++) {
      const stays = this.#left[at] > 0 && this.#expires_s[at] > until_s;
      if (stays || inUse(this.#id.subarray(at * 8, at * 8 + 8))) count++;
    }
    return count;
  }

  /** Calls `visit` for each note with something left. */
  each(visit: (id: Uint8Array, left: number, expires_s: number) => void): void {
    for (let at = this.#first; at < this.#count; at++) {
      if (this.#left[at] > 0)
        visit(this.#id.subarray(at * 8, at * 8 + 8), this.#left[at], this.#expires_s[at]);
    }
  }

  /** From the first unspent note on, then the spent ones: a payment's own notes are found at once. */
  #find(id: Uint8Array): number {
    const first = this.#first;
    for (let i = 0; i < this.#count; i++) {
      const at = first + i < this.#count ? first + i : first + i - this.#count;
      let same = 0;
      while (same < 8 && this.#id[at * 8 + same] === id[same]) same++;
      if (same === 8) return at;
    }
    return -1;
  }

  /** Moves the rows from `from` to the end of the used ones to `to`. */
  #move(from: number, to: number): void {
    this.#id.copyWithin(to * 8, from * 8, this.#count * 8);
    for (const column of this.#columns()) column.copyWithin(to, from, this.#count);
  }

  #columns() {
    return [this.#left, this.#expires_s, this.#place, this.#tag, this.#hops, this.#condition];
  }

  #grow(): void {
    const capacity = this.#left.length * 2;
    this.#id = wider(this.#id, new Uint8Array(8 * capacity));
    this.#place = wider(this.#place, new Uint16Array(capacity));
    this.#left = wider(this.#left, new Uint32Array(capacity));
    this.#expires_s = wider(this.#expires_s, new Uint32Array(capacity));
    this.#tag = wider(this.#tag, new Uint32Array(capacity));
    this.#hops = wider(this.#hops, new Uint8Array(capacity));
    this.#condition = wider(this.#condition, new Uint8Array(capacity));
  }

  // Pages, for the store

  /** Pages that have changed since `saved`. */
  changed(): number[] {
    return changedPages(this.#dirty, PAGE_ROWS, this.#count);
  }

  saved(): void {
    this.#dirty.fill(0);
  }

  page(page: number): Uint8Array {
    const bytes = new Uint8Array(PAGE_ROWS * ROW_BYTES);
    bytes.set(this.#id.subarray(page * PAGE_ROWS * 8, (page + 1) * PAGE_ROWS * 8));
    let at = PAGE_ROWS * 8;
    for (const column of this.#columns()) {
      const part = bytesOf(column, page * PAGE_ROWS, PAGE_ROWS);
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }

  /** Takes in the next page, in order, when `count` notes are held in all. False when it is none. */
  load(page: number, count: number, bytes: Uint8Array): boolean {
    if (page * PAGE_ROWS !== this.#count || count > NOTES_MAX || bytes.length !== PAGE_ROWS * ROW_BYTES)
      return false;
    while (this.#left.length < this.#count + PAGE_ROWS) this.#grow();
    this.#id.set(bytes.subarray(0, PAGE_ROWS * 8), page * PAGE_ROWS * 8);
    let at = PAGE_ROWS * 8;
    for (const column of this.#columns()) {
      const part = bytesOf(column, page * PAGE_ROWS, PAGE_ROWS);
      part.set(bytes.subarray(at, at + part.length));
      at += part.length;
    }
    const first = this.#count;
    this.#count = Math.min(count, first + PAGE_ROWS);
    for (let row = first; row < this.#count; row++) {
      this.#total += this.#left[row];
      this.#target(this.#tag[row]);
    }
    while (this.#first < this.#count && this.#left[this.#first] === 0) this.#first++;
    return true;
  }

  #touch(from: number, end: number): void {
    for (let page = (from / PAGE_ROWS) | 0; page * PAGE_ROWS < end; page++) this.#dirty[page] = 1;
  }
}
