/**
 * Finds where each log ends and what counts in it: from the newest root on, so that the work does not grow
 * with what came before.
 */
import type { Flash } from '../../hal/flash.js';
import type { DamageCode } from './errors.js';
import {
  decodeRoot,
  ENTRIES_AT,
  EntryHeader,
  isCounting,
  isMore,
  KIND,
  type Layout,
  NONE,
  type RootFields,
} from './format.js';
import { type Headers, ORDER_MAX } from './headers.js';
import { type Index, PAGES } from './index.js';
import type { Medium } from './medium.js';
import type { Log } from './sectors.js';
import { isCommitted, type Visit, type Walk, walkSector } from './walk.js';

/** State entries that count, behind the newest root. The columns belong together. */
export class Tail {
  readonly kinds: number[] = [];
  readonly keys: number[] = [];
  readonly addresses: number[] = [];
  root = NONE;
  /** See `Log.counted`. */
  counted = 1;
  /** Entries of a batch that has not ended, at the end of the columns. */
  #unfinished = 0;

  /** Without: everything is taken, for a log whose root does not read. */
  constructor(readonly heedsRoots: boolean) {}

  readonly visit: Visit = (kind, key, address, _, order) => {
    if (isCounting(kind)) this.counted = order + 1;
    if (kind === KIND.gone) this.#keep(this.kinds.length - this.#unfinished);
    else if (kind === KIND.root) {
      if (!this.heedsRoots) return;
      this.root = address;
      this.#keep(0);
    } else if (kind !== KIND.index) {
      this.kinds.push(kind);
      this.keys.push(key);
      this.addresses.push(address);
      this.#unfinished = isMore(kind) ? this.#unfinished + 1 : 0;
    }
  };

  get isUnfinished(): boolean {
    return this.#unfinished > 0;
  }

  #keep(length: number): void {
    this.kinds.length = length;
    this.keys.length = length;
    this.addresses.length = length;
    this.#unfinished = 0;
  }
}

/** What the entries behind a root change of what it says. */
export function applyTail(index: Index, fields: RootFields, { kinds, keys, addresses }: Tail): void {
  for (let i = 0; i < kinds.length; i++) {
    const kind = kinds[i];
    const key = keys[i];
    if (kind === KIND.put || kind === KIND.putMore) index.set(key, addresses[i]);
    else if (kind === KIND.remove || kind === KIND.removeMore) index.set(key, NONE);
    else if (kind === KIND.floor) fields.floor = key;
    else if (kind === KIND.erase) fields.erases.push(key);
    else if (kind === KIND.bad) fields.bad.push(key);
  }
}

/** Where a log ends, and what recovery has to write there: a verdict, or nothing. */
export interface End {
  readonly verdict: number | undefined;
  readonly order: number;
  readonly end: number;
  /** See `Log.counted`. */
  readonly counted: number;
}

/** Goes through the state from the entry of this order in `sectors[start]`, `from` being its offset. */
export function walkState(
  medium: Medium,
  headers: Headers,
  sectors: readonly number[],
  start: number,
  from: number,
  order: number,
  tail: Tail,
): End | DamageCode {
  const { flash, layout } = medium;
  let at = from;
  let next = order;
  tail.counted = order;
  for (let i = start; ; i++) {
    const isLast = i === sectors.length - 1;
    const until = isLast ? ORDER_MAX : headers.first[sectors[i + 1]];
    const walk = walkSector(medium, sectors[i], next, until, tail.visit, at);
    if (walk.damaged) return 'entry';
    if (isLast) return endOf(flash, layout, walk, tail);
    if (walk.order !== until && tail.heedsRoots) return 'gap';
    // A record with a sector behind it counts, or that sector would begin with its order.
    const last = walk.undecided;
    if (last !== undefined) tail.visit(last.kind, last.key, last.address, last.length, last.order);
    next = until;
    at = ENTRIES_AT;
  }
}

/** Decides what the last entries of a log are worth. `tail` hears of the last record if it counts. */
function endOf(flash: Flash, layout: Layout, walk: Walk, tail: Tail): End {
  const last = walk.undecided;
  let isGone = false;
  if (last !== undefined) {
    isGone = last.kind === KIND.putMore || !isCommitted(flash, layout, last.address, last.length);
    if (!isGone) tail.visit(last.kind, last.key, last.address, last.length, last.order);
  }
  if (tail.isUnfinished) isGone = true;
  if (isGone) tail.visit(KIND.gone, 0, 0, 0, 0);
  const isOpen = last !== undefined || isGone;
  const verdict = isGone ? KIND.gone : KIND.kept;
  return { verdict: isOpen ? verdict : undefined, order: walk.order, end: walk.end, counted: tail.counted };
}

/** Reads the root at `address` and the pages that it names. Undefined when one of them does not read. */
export function loadRoot(medium: Medium, index: Index, address: number): RootFields | undefined {
  try {
    const root = decodeRoot(medium.readRecord(address), PAGES);
    if (root === undefined) return undefined;
    for (let page = 0; page < PAGES; page++) {
      const at = root.pages[page];
      if (at !== NONE && !index.load(page, medium.readRecord(at), at)) return undefined;
    }
    medium.root = address;
    return root.fields;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'corrupt') return undefined;
    throw error;
  }
}

/** The order of the root at `address`, or undefined when there is none. */
export function orderOfRoot(flash: Flash, layout: Layout, address: number): number | undefined {
  const header = new EntryHeader(layout);
  flash.read(address, header.bytes);
  return header.decode() && header.kind === KIND.root ? header.order : undefined;
}

/** The journal from the entry `floor` on; it ends in the last of `sectors`. */
export function walkJournal(medium: Medium, headers: Headers, sectors: readonly number[]): End | DamageCode {
  const { flash, layout } = medium;
  for (let i = 1; i < sectors.length; i++) {
    if (headers.previous[sectors[i]] !== headers.first[sectors[i - 1]]) return 'gap';
  }
  const last = sectors[sectors.length - 1];
  const tail = new Tail(true);
  tail.counted = headers.first[last];
  const walk = walkSector(medium, last, tail.counted, ORDER_MAX, tail.visit);
  if (walk.damaged) return 'entry';
  const end = endOf(flash, layout, walk, tail);
  medium.nextNumber = headers.number[last] + tail.kinds.length;
  return end;
}

/**
 * Writes down what was decided, so that cells half programmed, which may read differently from one day to the
 * next, never change the answer. Where no room is left for it, the log's next sector says it: it begins with
 * the order of what is gone.
 */
export function settle(medium: Medium, log: Log, { verdict, order, end, counted }: End): void {
  log.order = order;
  log.end = end;
  log.counted = counted;
  if (verdict !== undefined) medium.appendOwnHere(log.stream, verdict, 0);
  log.isDead = log.counted < log.order;
}
