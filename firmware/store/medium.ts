/**
 * Writes entries at the end of a log, opening an erased sector where one is full, and reads records by their
 * address.
 */
import type { Crc32 } from '../../hal/crc32.js';
import type { Flash } from '../../hal/flash.js';
import { RECORD_BYTES_MAX } from '../limits.js';
import { StoreError } from './errors.js';
import {
  bodyBytes,
  ENTRIES_AT,
  EntryHeader,
  encodeBody,
  encodeMark,
  encodeOpened,
  isBodySound,
  isOwn,
  JOURNAL,
  KIND,
  type Layout,
  layoutOf,
  NONE,
  OPENED_AT,
  recordBytes,
  STATE,
  type Stream,
} from './format.js';
import { mendHeader } from './mend.js';
import { LIVE, Log, type Sectors } from './sectors.js';

/** A record that did not hold is written once more, elsewhere. */
const ATTEMPTS = 2;

/**
 * Sectors that no record may take, erased or not: what is alive in a sector must find room elsewhere before
 * it can be erased, and with it a root and all pages of the index.
 */
export const HOUSEKEEPING_SECTORS = 3;

/**
 * Erased sectors that no record may take: without one, an erase might have no place to be announced, and be
 * in vain when the next boot comes.
 */
export const READY_RESERVE = 1;

export class Medium {
  readonly layout: Layout;
  readonly logs: readonly [Log, Log];
  /** Address of the root in force, or NONE. */
  root = NONE;
  /** Number of the journal entry that comes next. */
  nextNumber = 1;
  readonly header: EntryHeader;
  readonly #body: Uint8Array;
  readonly #proof: Uint8Array;
  readonly #mark: Uint8Array;
  #failed = false;

  constructor(
    readonly flash: Flash,
    readonly crc32: Crc32,
    readonly sectors: Sectors,
  ) {
    this.layout = layoutOf(flash);
    this.logs = [new Log(JOURNAL, this.layout), new Log(STATE, this.layout)];
    this.header = new EntryHeader(this.layout);
    this.#body = new Uint8Array(bodyBytes(this.layout, RECORD_BYTES_MAX));
    this.#proof = new Uint8Array(this.#body.length);
    this.#mark = encodeMark(this.layout.unit);
  }

  requireWhole(): void {
    if (this.#failed) throw new StoreError('failed', 'a write broke off; open the store again');
  }

  /**
   * One record, atomic. Never erases. Throws StoreError 'full' when there is no erased space. Returns its
   * address. Not `sound`: see `encodeBody`.
   */
  appendRecord(stream: Stream, kind: number, key: number, payload: Uint8Array, sound = true): number {
    const { header, layout } = this;
    const length = payload.length;
    if (length > RECORD_BYTES_MAX) throw new StoreError('argument', `record of ${length} bytes`);
    const log = this.logs[stream];
    const body = this.#body.subarray(0, bodyBytes(layout, length));
    return this.#attempt(log, recordBytes(layout, length), layout.limits[stream], (address) => {
      if (!this.#program(address, header.encode(kind, length, log.order, key))) return false;
      encodeBody(body, header.bytes, payload, sound, this.crc32);
      if (!this.#program(address + layout.header, body)) return false;
      this.flash.program(address + layout.header + body.length, this.#mark);
      return true;
    });
  }

  /**
   * An entry that is a header alone. With `spare` it may use the room that records leave at the end of a
   * sector.
   */
  appendOwn(stream: Stream, kind: number, key: number, spare = true): void {
    const { header, layout } = this;
    const log = this.logs[stream];
    const limit = spare ? layout.sector : layout.limits[stream];
    this.#attempt(log, layout.header, limit, (address) =>
      this.#program(address, header.encode(kind, 0, log.order, key)),
    );
  }

  /**
   * The same, behind the last entry or not at all: false when there is no room, or the flash does not take
   * it.
   */
  appendOwnHere(stream: Stream, kind: number, key: number): boolean {
    const { header, layout } = this;
    const log = this.logs[stream];
    if (!this.hasRoomForOwn(stream)) return false;
    const address = log.sector * layout.sector + log.end;
    this.#failed = true;
    return this.#grow(log, layout.header, this.#program(address, header.encode(kind, 0, log.order, key)));
  }

  /**
   * What was begun and not ended does not count: the log goes on in another sector, which begins by saying
   * so.
   */
  breakOff(stream: Stream): void {
    this.logs[stream].isBroken = true;
    this.logs[stream].end = this.layout.sector;
  }

  /** Whether `appendOwn` needs no further sector. */
  hasRoomForOwn(stream: Stream): boolean {
    return this.logs[stream].end + this.layout.header <= this.layout.sector;
  }

  /**
   * Writes an entry of so many bytes at the end of a log. Where the flash does not take it, the rest of the
   * sector is left alone: the next sector of the log begins with the same order.
   */
  #attempt(log: Log, bytes: number, limit: number, write: (address: number) => boolean): number {
    this.requireWhole();
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const isChange = log.end + bytes > limit;
      if (isChange && this.sectors.ready.length === 0) {
        throw new StoreError('full', `no erased space for ${bytes} bytes`);
      }
      this.#failed = true; // until the last write is through
      const isOpen = !isChange || this.#openReady(log);
      const address = log.sector * this.layout.sector + log.end;
      if (this.#grow(log, bytes, isOpen && write(address))) return address;
    }
    throw new StoreError('worn', 'the flash does not take what is written');
  }

  #grow(log: Log, bytes: number, isWritten: boolean): boolean {
    this.#failed = false;
    log.end = isWritten ? log.end + bytes : this.layout.sector;
    if (isWritten) log.order++;
    return isWritten;
  }

  /** False when the flash does not read back as it was programmed. */
  #program(address: number, bytes: Uint8Array): boolean {
    this.flash.program(address, bytes);
    const proof = this.#proof.subarray(0, bytes.length);
    this.flash.read(address, proof);
    return this.crc32(proof, 0, proof.length, 0) === this.crc32(bytes, 0, bytes.length, 0);
  }

  /** False when the sector does not take what it has to begin with. */
  #openReady(log: Log): boolean {
    const { sectors, layout } = this;
    const sector = sectors.ready.shift();
    if (sector === undefined) throw new StoreError('full', 'no erased sector');
    const opened = {
      sequence: sectors.sequence + 1,
      stream: log.stream,
      first: log.order,
      number: this.nextNumber,
      root: this.root,
      previous: log.sector === NONE ? 0 : sectors.first[log.sector],
    };
    this.flash.program(sector * layout.sector + OPENED_AT, encodeOpened(opened, this.crc32));
    sectors.sequence++;
    sectors.setLive(sector, opened.first, opened.number);
    sectors.forgetErase(sector);
    log.sectors.push(sector);
    log.end = ENTRIES_AT;
    if (!log.isBroken) return true;
    const gone = this.header.encode(KIND.gone, 0, log.order, 0);
    log.isBroken = !this.#program(sector * layout.sector + log.end, gone);
    if (log.isBroken) return false;
    log.end += layout.header;
    log.order++;
    return true;
  }

  /**
   * Reads the header of the record at `address` into `header`. Throws StoreError 'corrupt' when there is
   * none.
   */
  readHeader(address: number): EntryHeader {
    const { sector, unit } = this.layout;
    const { header } = this;
    const offset = address % sector;
    const isPlace = this.sectors.state((address - offset) / sector) === LIVE && offset % unit === 0;
    if (!isPlace || offset + this.layout.header > sector) {
      throw new StoreError('corrupt', `no record at ${address}`);
    }
    this.flash.read(address, header.bytes);
    const isWhole = header.decode() || mendHeader(this, address, header);
    if (!isWhole || isOwn(header.kind) || offset + recordBytes(this.layout, header.length) > sector) {
      throw new StoreError('corrupt', `no record header at ${address}`);
    }
    return header;
  }

  /**
   * The payload of the record at `address`, valid until the next read or write; `header` is that record's.
   * `onRot` is called instead of throwing StoreError 'corrupt' when only the CRC does not match.
   */
  readRecord(address: number, onRot?: () => void): Uint8Array {
    const header = this.readHeader(address);
    const { length } = header;
    const body = this.#body.subarray(0, bodyBytes(this.layout, length));
    this.flash.read(address + this.layout.header, body);
    if (!isBodySound(header.bytes, body, length, this.crc32)) {
      if (onRot === undefined) throw new StoreError('corrupt', `CRC of the record at ${address}`);
      onRot();
    }
    return body.subarray(0, length);
  }

  /**
   * Whether records of these payload sizes can all be appended, in this order, before `tidy` runs again:
   * `entries` to the journal, `records` to the state. Housekeeping may use the sectors that others leave.
   */
  fits(entries: readonly number[], records: readonly number[], isHousekeeping = false): boolean {
    if (this.#failed) return false;
    const used = this.#sectorsFor(JOURNAL, entries) + this.#sectorsFor(STATE, records);
    return this.#grants(used, isHousekeeping);
  }

  /**
   * Whether so many sectors may be opened. Housekeeping may open the very last, since emptying a sector into
   * it gives another.
   */
  #grants(used: number, isHousekeeping: boolean): boolean {
    const { ready, spare } = this.sectors;
    if (isHousekeeping && spare === 1) return used <= ready.length;
    if (used + READY_RESERVE > ready.length) return false;
    return used === 0 || isHousekeeping || used + HOUSEKEEPING_SECTORS <= spare;
  }

  /** `fits` for one record: asked often, in a touch. */
  fitsOne(stream: Stream, payload: number): boolean {
    if (this.#failed) return false;
    const isHere = this.logs[stream].end + recordBytes(this.layout, payload) <= this.layout.limits[stream];
    return this.#grants(isHere ? 0 : 1, false);
  }

  /** Throws StoreError 'full' where `fits` or `fitsOne` has said no; 'failed' where that is why. */
  requireRoom(fits: boolean): void {
    if (fits) return;
    this.requireWhole();
    throw new StoreError('full', 'no erased space for what is to be written');
  }

  #sectorsFor(stream: Stream, payloads: readonly number[]): number {
    const { limits, header } = this.layout;
    const limit = limits[stream];
    let { end, isBroken } = this.logs[stream];
    let sectors = 0;
    for (const payload of payloads) {
      const bytes = recordBytes(this.layout, payload);
      if (end + bytes > limit) {
        sectors++;
        end = isBroken ? ENTRIES_AT + header : ENTRIES_AT;
        isBroken = false;
      }
      end += bytes;
    }
    return sectors;
  }

  /** Flash bytes that records can still take in the last sector of a log, and in an empty sector. */
  room(stream: Stream): number {
    return Math.max(0, this.layout.limits[stream] - this.logs[stream].end);
  }
  roomOfSector(stream: Stream): number {
    return this.layout.limits[stream] - ENTRIES_AT;
  }
}
