/** The open store: appends, reads, scans, and keeps one erased sector ahead. STORE.md says why. */
import type { Flash } from '../../hal/flash.js';
import { RECORD_BYTES_MAX } from '../limits.js';
import { StoreError } from './errors.js';
import {
  bodyBytes,
  decodeEntry,
  decodeOpened,
  ENTRIES_AT,
  encodeBody,
  encodeEntry,
  encodeMark,
  encodeOpened,
  encodePrepared,
  isBodySound,
  KIND_GONE,
  KIND_KEPT,
  KIND_OWN_MIN,
  type Layout,
  OPENED_AT,
  OPENED_BYTES,
  PREPARED_BYTES,
  recordBytes,
} from './format.js';
import { isSectorErased, type Visit, walkSector } from './walk.js';

/** What a sector is good for. */
export const LIVE = 0; // holds records
export const PREPARED = 1; // erased and says so; read once more before use
export const SCRAP = 2; // holds nothing, must be erased
export const BAD = 3; // did not come out of its erase clean: not used until the next boot

/** What `openStore` found. */
export interface Found {
  readonly layout: Layout;
  /** One of LIVE, PREPARED, SCRAP for each sector. */
  readonly states: Uint8Array;
  readonly eraseCounts: Uint32Array;
  /** The live sectors, oldest first. */
  readonly live: number[];
  /** Sector sequence of the newest and of the oldest. */
  readonly newestSequence: number;
  readonly oldestSequence: number;
  /** Offset of the first free byte in the newest, and the next entry's sequence number. */
  readonly end: number;
  readonly sequence: number;
}

export class Store {
  readonly #flash: Flash;
  readonly #layout: Layout;
  readonly #states: Uint8Array;
  readonly #eraseCounts: Uint32Array;
  readonly #live: number[];
  readonly #header: Uint8Array;
  readonly #body: Uint8Array;
  readonly #mark: Uint8Array;
  readonly #oldestSequence: number;
  #sectorSequence: number;
  #end: number;
  #sequence: number;
  /** A sector that is erased for certain, or -1. */
  #ahead = -1;
  /** The newest sector's last record does not count, and its sector has no room to say so. */
  #lastGone = false;
  #failed = false;

  constructor(flash: Flash, found: Found) {
    this.#flash = flash;
    this.#layout = found.layout;
    this.#states = found.states;
    this.#eraseCounts = found.eraseCounts;
    this.#live = found.live;
    this.#oldestSequence = found.oldestSequence;
    this.#sectorSequence = found.newestSequence;
    this.#end = found.end;
    this.#sequence = found.sequence;
    this.#header = new Uint8Array(found.layout.header);
    this.#body = new Uint8Array(bodyBytes(found.layout, RECORD_BYTES_MAX));
    this.#mark = encodeMark(found.layout.unit);
    this.#takePrepared();
  }

  /**
   * Writes one record of at most RECORD_BYTES_MAX bytes; kinds are 1 to 239. When it returns, the record is there for
   * good; when power fails before, it is wholly there or wholly gone. Never erases. Returns the record's address.
   */
  append(kind: number, payload: Uint8Array): number {
    if (!(kind > 0 && kind < KIND_OWN_MIN)) throw new StoreError('argument', `append: kind ${kind}`);
    const length = payload.length;
    if (length > RECORD_BYTES_MAX) throw new StoreError('argument', `append: ${length} bytes`);
    this.#requireWhole();
    const bytes = recordBytes(this.#layout, length);
    const change = this.#end + bytes > this.#limit();
    if (change && this.#ahead < 0) throw new StoreError('full', `append: no erased space for ${bytes} bytes`);

    this.#failed = true; // until the last write is through
    if (change) this.#openAhead();
    const address = this.#newest() * this.#layout.sector + this.#end;
    const body = this.#body.subarray(0, bodyBytes(this.#layout, length));
    encodeEntry(this.#header, kind, length, this.#sequence);
    encodeBody(body, this.#header, payload);
    this.#flash.program(address, this.#header);
    this.#flash.program(address + this.#header.length, body);
    this.#flash.program(address + this.#header.length + body.length, this.#mark);
    this.#end += bytes;
    this.#sequence++;
    this.#failed = false;
    return address;
  }

  /**
   * The payload of the record at `address`, as `append` or `scan` gave it; in `target` when there is one. Throws
   * StoreError 'corrupt' when the CRC does not match.
   */
  read(address: number, target?: Uint8Array): Uint8Array {
    const { sector, unit } = this.#layout;
    const header = this.#header;
    const offset = address % sector;
    const isPlace = this.#states[Math.floor(address / sector)] === LIVE && address % unit === 0;
    if (!isPlace || offset + header.length > sector) {
      throw new StoreError('argument', `read: no record at ${address}`);
    }
    this.#flash.read(address, header);
    const entry = decodeEntry(header);
    if (!entry || entry.kind >= KIND_OWN_MIN || offset + recordBytes(this.#layout, entry.length) > sector) {
      throw new StoreError('corrupt', `read: no record header at ${address}`);
    }
    const { length } = entry;
    if (target !== undefined && target.length < length) {
      throw new StoreError('argument', `read: ${length} bytes into a target of ${target.length}`);
    }
    const body = this.#body.subarray(0, bodyBytes(this.#layout, length));
    this.#flash.read(address + header.length, body);
    if (!isBodySound(header, body, length)) throw new StoreError('corrupt', `read: CRC at ${address}`);
    if (target === undefined) return body.slice(0, length);
    target.set(body.subarray(0, length));
    return target.subarray(0, length);
  }

  /** Visits every record that counts, in the order in which they were appended. `visit` may read, not append. */
  scan(visit: Visit): void {
    for (let i = 0; i < this.#live.length; i++) {
      const walk = walkSector(this.#flash, this.#layout, this.#live[i], this.#opened(i).firstEntry, visit);
      if (walk.damaged) throw new StoreError('corrupt', `scan: entries of sector ${this.#live[i]}`);
      const last = walk.undecided;
      if (last === undefined) continue;
      const gone = i + 1 < this.#live.length ? this.#opened(i + 1).previousGone : this.#lastGone;
      if (!gone) visit(last.kind, last.address, last.length);
    }
  }

  /** Whether records of these payload sizes can all be appended, in this order, before `tidy` runs again. */
  fits(...payloadBytes: number[]): boolean {
    let end = this.#end;
    let ahead = this.#ahead >= 0;
    for (const length of payloadBytes) {
      const bytes = recordBytes(this.#layout, length);
      if (length > RECORD_BYTES_MAX) return false;
      if (end + bytes > this.#limit()) {
        if (!ahead) return false;
        ahead = false;
        end = ENTRIES_AT;
      }
      end += bytes;
    }
    return !this.#failed;
  }

  /** Flash bytes of a record with this payload. */
  recordBytes(payload: number): number {
    return recordBytes(this.#layout, payload);
  }

  /** Flash bytes not yet written, in erased sectors and in those that `tidy` has still to erase. */
  freeBytes(): number {
    let bytes = Math.max(0, this.#limit() - this.#end);
    for (const state of this.#states) {
      if (state === PREPARED || state === SCRAP) bytes += this.#limit() - ENTRIES_AT;
    }
    return bytes;
  }

  /** How often the sector was erased, as far as the flash still knows. */
  eraseCount(sector: number): number {
    return this.#eraseCounts[sector];
  }

  /**
   * Keeps one erased sector ahead. To be run between touches until it returns false: nothing more to do. One step
   * erases at most one sector; when the part fails at it, FlashError comes through and the sector is left alone.
   */
  tidy(): boolean {
    this.#requireWhole();
    if (this.#takePrepared()) return false;
    const sector = this.#nextOf(SCRAP);
    if (sector < 0) return false;
    this.#states[sector] = BAD; // until it proves sound
    prepareSector(this.#flash, this.#layout, sector, ++this.#eraseCounts[sector]);
    if (isSectorErased(this.#flash, sector, PREPARED_BYTES)) this.#states[sector] = PREPARED;
    return true;
  }

  /**
   * Recovery: writes behind the last entry whether the record there counts, so that cells half programmed, which read
   * differently from one day to the next, never change the answer. For `openStore`.
   */
  settle(gone: boolean): void {
    if (this.#end + this.#layout.header > this.#layout.sector) {
      this.#lastGone = gone;
      return;
    }
    encodeEntry(this.#header, gone ? KIND_GONE : KIND_KEPT, 0, this.#sequence);
    this.#flash.program(this.#newest() * this.#layout.sector + this.#end, this.#header);
    this.#end += this.#layout.header;
    this.#sequence++;
  }

  /** Records end here: recovery needs room for one more header. */
  #limit(): number {
    return this.#layout.sector - this.#layout.header;
  }

  #newest(): number {
    return this.#live[this.#live.length - 1];
  }

  #requireWhole(): void {
    if (this.#failed) throw new StoreError('failed', 'a write broke off; open the store again');
  }

  #openAhead(): void {
    const sector = this.#ahead;
    const opened = encodeOpened({
      sectorSequence: this.#sectorSequence + 1,
      firstEntry: this.#sequence,
      oldestSector: this.#oldestSequence,
      previousGone: this.#lastGone,
    });
    this.#flash.program(sector * this.#layout.sector + OPENED_AT, opened);
    this.#sectorSequence++;
    this.#states[sector] = LIVE;
    this.#live.push(sector);
    this.#ahead = -1;
    this.#lastGone = false;
    this.#end = ENTRIES_AT;
  }

  #opened(index: number) {
    const bytes = new Uint8Array(OPENED_BYTES);
    this.#flash.read(this.#live[index] * this.#layout.sector + OPENED_AT, bytes);
    const opened = decodeOpened(bytes, 0);
    if (opened === undefined) throw new StoreError('corrupt', `header of sector ${this.#live[index]}`);
    return opened;
  }

  /** True when a sector stands ready, or is found to. An erase that was cut may leave a header and noise behind it. */
  #takePrepared(): boolean {
    while (this.#ahead < 0) {
      const sector = this.#nextOf(PREPARED);
      if (sector < 0) return false;
      if (isSectorErased(this.#flash, sector, PREPARED_BYTES)) this.#ahead = sector;
      else this.#states[sector] = SCRAP;
    }
    return true;
  }

  /** The first sector in this state behind the newest, around the end; or -1. */
  #nextOf(state: number): number {
    const count = this.#states.length;
    for (let i = 1; i < count; i++) {
      const sector = (this.#newest() + i) % count;
      if (this.#states[sector] === state) return sector;
    }
    return -1;
  }
}

/** Erases the sector and writes at once how often that was done. */
export function prepareSector(flash: Flash, layout: Layout, sector: number, eraseCount: number): void {
  flash.erase(sector);
  flash.program(sector * layout.sector, encodePrepared(layout, eraseCount));
}
