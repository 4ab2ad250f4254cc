import type { JournalEntry } from '../../firmware/ledger/journal-entry.js';
import { decodeRecord, type JournalRecord } from '../../firmware/ledger/journal-record.js';
import { Certificate } from '../../firmware/objects/certificate.js';
import { applyTail, loadRoot, Tail } from '../../firmware/store/boot.js';
import {
  JOURNAL,
  KIND,
  type Layout,
  layoutOf,
  NONE,
  type RootFields,
  STATE,
} from '../../firmware/store/format.js';
import { type Headers, readHeaders } from '../../firmware/store/headers.js';
import { Index } from '../../firmware/store/index.js';
import { isMirrored, Key, mirrorOf } from '../../firmware/store/keys.js';
import { Medium } from '../../firmware/store/medium.js';
import { erasedSector, Sectors } from '../../firmware/store/sectors.js';
import { crc32 } from '../../hal/crc32.js';
import type { Crypto } from '../../hal/crypto.js';
import { geometryOf, ImageFlash } from './image.js';
import { type Entry, type Gap, walkLog } from './walk.js';

/** What the newest root says, and where it lies. */
export interface RootReport extends RootFields {
  readonly address: number;
  readonly order: number;
}

/** The logs of an image; undefined when it has none of this firmware's. */
export function contentsOf(crypto: Crypto, image: Uint8Array): Contents | undefined {
  const flash = new ImageFlash(image, geometryOf(image));
  const layout = layoutOf(flash);
  const read = readHeaders(flash, layout, crc32);
  return read.status === 'ok' ? new Contents(crypto, flash, layout, read.headers) : undefined;
}

/** All that two logs hold, and what of it still counts. */
export class Contents {
  readonly state: readonly Entry[];
  readonly journal: readonly Entry[];
  readonly gaps: readonly Gap[];
  readonly root: RootReport | undefined;
  /** Journal entries below it are not needed. */
  readonly floor: number;
  readonly bad: ReadonlySet<number>;
  /** Sectors that were announced to be erased since the newest root, or stood erased then. */
  readonly erases: ReadonlySet<number>;
  readonly #index = new Index();
  readonly #byAddress = new Map<number, Entry>();
  readonly #numbers = new Map<number, Entry>();
  readonly #live = new Set<number>();

  constructor(
    private readonly crypto: Crypto,
    flash: ImageFlash,
    layout: Layout,
    headers: Headers,
  ) {
    const state = walkLog(flash, layout, headers, STATE);
    const journal = walkLog(flash, layout, headers, JOURNAL);
    this.state = state.entries;
    this.journal = journal.entries;
    this.gaps = [...state.gaps, ...journal.gaps];
    for (const entry of this.state) this.#byAddress.set(entry.address, entry);
    const sectors = new Sectors(flash.sectorCount);
    for (const sector of headers.ofLog(STATE)) sectors.setLive(sector, headers.first[sector], 0);
    this.root = this.#findRoot(new Medium(flash, crc32, sectors));
    const fields: RootFields = {
      floor: this.root?.floor ?? 0,
      erases: [...(this.root?.erases ?? [])],
      bad: [...(this.root?.bad ?? [])],
    };
    this.#applyTail(fields);
    this.floor = fields.floor;
    this.bad = new Set(fields.bad);
    this.erases = new Set(fields.erases.map(erasedSector));
    this.#index.forEach((address) => void this.#live.add(address));
    for (const address of this.#index.pages) this.#live.add(address);
    if (this.root) this.#live.add(this.root.address);
    for (const entry of this.journal) {
      if (entry.kind !== KIND.entry || !entry.committed) continue;
      this.#numbers.set(entry.key, entry);
      if (entry.key >= this.floor) this.#live.add(entry.address);
    }
  }

  #findRoot(medium: Medium): RootReport | undefined {
    for (const entry of [...this.state].reverse()) {
      if (entry.kind !== KIND.root || !entry.committed || !entry.sound) continue;
      const fields = loadRoot(medium, this.#index, entry.address);
      if (fields !== undefined) return { ...fields, address: entry.address, order: entry.order };
      this.#index.clear();
    }
    return undefined;
  }

  /** As a boot does, with what this image has behind its root. */
  #applyTail(fields: RootFields): void {
    const tail = new Tail(false);
    const after = this.root?.order ?? 0;
    for (const { order, kind, key, address, payload, committed } of this.state) {
      if (order <= after || kind === KIND.kept) continue;
      if (committed || kind === KIND.gone) tail.visit(kind, key, address, payload.length, order);
    }
    if (tail.isUnfinished || this.state.at(-1)?.committed === false) tail.visit(KIND.gone, 0, 0, 0, 0);
    applyTail(this.#index, fields, tail);
  }

  isLive(entry: Entry): boolean {
    return entry.committed && this.#live.has(entry.address);
  }

  /** The entry that holds the value of a key. */
  placeOf(key: number): Entry | undefined {
    return this.#byAddress.get(this.#index.address(key));
  }

  /** Keys whose values lie where nothing can be read. */
  lostKeys(): number[] {
    const keys: number[] = [];
    this.#index.forEach((address, key) => {
      if (address !== NONE && this.#byAddress.get(address)?.key !== key) keys.push(key);
    });
    return keys;
  }

  /** The value of a key, from its second copy when need be; undefined when there is none that is sound. */
  read(key: number): Uint8Array | undefined {
    const entry = this.placeOf(key);
    if (entry?.sound && entry.key === key) return entry.payload;
    return isMirrored(key) ? this.read(mirrorOf(key)) : undefined;
  }

  /** Zeros, which is nobody's id, while there is no certificate. */
  get #device(): Uint8Array {
    return Certificate.parse(this.read(Key.certificate) ?? new Uint8Array(0))?.id ?? new Uint8Array(8);
  }

  noted(number: number): JournalRecord | undefined {
    const found = this.#numbers.get(number);
    return found?.sound ? decodeRecord(this.crypto, this.#device, found.payload) : undefined;
  }

  /** The journal as far as it is here, oldest first. */
  get entries(): JournalEntry[] {
    const { first, next } = this.range;
    return Array.from({ length: next - first }, (_, i) => this.noted(first + i)?.entry).filter(
      (entry) => entry !== undefined,
    );
  }

  /** A journal entry by its number; undefined when it is not here, or not sound. */
  entry(number: number): Uint8Array | undefined {
    return this.noted(number)?.bytes;
  }

  /**
   * The journal entries that are here without a gap up to the newest: number of the first, and of the one
   * after the last.
   */
  get range(): { readonly first: number; readonly next: number } {
    let last = 0;
    for (const number of this.#numbers.keys()) last = Math.max(last, number);
    let first = last + 1;
    while (this.#numbers.get(first - 1)?.sound) first--;
    return { first, next: last + 1 };
  }
}
