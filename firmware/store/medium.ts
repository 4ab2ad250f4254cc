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
  isCounting,
  isOwn,
  JOURNAL,
  type Layout,
  layoutOf,
  NONE,
  OPENED_AT,
  recordBytes,
  STATE,
  type Stream,
} from './format.js';
import { mendHeader } from './mend.js';
import { FREE, keptSectors, LIVE, Log, type Sectors } from './sectors.js';

/** What did not hold is written once more, elsewhere. */
const ATTEMPTS = 2;

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
  /** See `keptSectors`. */
  kept: number;
  readonly header: EntryHeader;
  readonly #body: Uint8Array;
  readonly #proof: Uint8Array;
  readonly #mark: Uint8Array;
  readonly #markProof: Uint8Array;
  readonly #headerProof: Uint8Array;
  /** Why nothing may be written any more. */
  #stop: 'failed' | 'unwritable' | undefined;

  constructor(
    readonly flash: Flash,
    readonly crc32: Crc32,
    readonly sectors: Sectors,
  ) {
    this.layout = layoutOf(flash);
    this.logs = [new Log(JOURNAL, this.layout), new Log(STATE, this.layout)];
    this.kept = keptSectors(this.layout, 0);
    this.header = new EntryHeader(this.layout);
    this.#body = new Uint8Array(bodyBytes(this.layout, RECORD_BYTES_MAX));
    this.#proof = new Uint8Array(this.#body.length);
    this.#mark = encodeMark(this.layout.unit);
    this.#markProof = new Uint8Array(this.layout.unit);
    this.#headerProof = new Uint8Array(this.layout.header);
  }

  requireWhole(): void {
    if (this.#stop === 'failed') throw new StoreError('failed', 'a write broke off; open the store again');
    if (this.#stop === 'unwritable')
      throw new StoreError('unwritable', 'the flash does not take what is written');
  }

  get isUnwritable(): boolean {
    return this.#stop === 'unwritable';
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
    return this.#attempt(log, kind, recordBytes(layout, length), layout.limits[stream], (address) => {
      if (!this.#program(address, header.encode(kind, length, log.order, key))) return false;
      encodeBody(body, header.bytes, payload, sound, this.crc32);
      if (!this.#program(address + layout.header, body)) return false;
      return this.#program(address + layout.header + body.length, this.#mark);
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
    this.#attempt(log, kind, layout.header, limit, (address) =>
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
    this.#stop = 'failed';
    const isWritten = this.#program(address, header.encode(kind, 0, log.order, key));
    return this.#grow(log, kind, layout.header, isWritten);
  }

  /**
   * Does `write`, whose records (of these payload sizes) count together: with the last of them, or not at
   * all. Behind nothing that counts they begin where there is room for all, so that however often they are
   * cut, they leave no more sectors behind than once. When it throws, what it has begun is dead, and the log
   * goes on in a sector that takes its place.
   */
  together<T>(stream: Stream, payloads: readonly number[], write: () => T): T {
    if (this.barren(stream) > 0 && this.#sectorsFor(stream, payloads) > 0) this.#abandon(stream);
    try {
      return write();
    } catch (error) {
      this.#abandon(stream);
      throw error;
    }
  }

  /** What does not count by now never will. */
  #abandon(stream: Stream): void {
    this.logs[stream].isDead = true;
    this.logs[stream].end = this.layout.sector;
  }

  /**
   * Lets an erased sector take the place of those at the end of a log that hold nothing that counts. False
   * when it cannot, or need not.
   */
  beginAnew(stream: Stream): boolean {
    const log = this.logs[stream];
    if (this.barren(stream) === 0 || log.end === ENTRIES_AT || this.sectors.ready.length === 0) return false;
    log.isDead = true;
    return this.open(stream);
  }

  /** Opens an erased sector at the end of a log. False when it does not take what it has to begin with. */
  open(stream: Stream): boolean {
    this.requireWhole();
    this.#stop = 'failed';
    const isOpen = this.#openReady(this.logs[stream]);
    this.#stop = undefined;
    return isOpen;
  }

  get #hasReserve(): boolean {
    return this.sectors.ready.length >= READY_RESERVE;
  }

  /** How many sectors at the end of a log hold nothing that counts. The next sector takes their place. */
  barren(stream: Stream): number {
    const { sectors, counted } = this.logs[stream];
    let first = sectors.length;
    while (first > 0 && this.sectors.first[sectors[first - 1]] >= counted) first--;
    return sectors.length - first;
  }

  /** Whether `appendOwn` needs no further sector. */
  hasRoomForOwn(stream: Stream): boolean {
    return this.logs[stream].end + this.layout.header <= this.layout.sector;
  }

  /**
   * Writes an entry of so many bytes at the end of a log. Where the flash does not take it, the rest of the
   * sector is left alone: the next sector of the log begins with the same order.
   */
  #attempt(
    log: Log,
    kind: number,
    bytes: number,
    limit: number,
    write: (address: number) => boolean,
  ): number {
    this.requireWhole();
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const isChange = log.end + bytes > limit;
      if (isChange && this.sectors.ready.length === 0) {
        throw new StoreError('full', `no erased space for ${bytes} bytes`);
      }
      this.#stop = 'failed'; // until the last write is through
      const isOpen = !isChange || this.#openReady(log);
      const address = log.sector * this.layout.sector + log.end;
      if (this.#grow(log, kind, bytes, isOpen && write(address))) return address;
    }
    this.#stop = 'unwritable';
    throw new StoreError('unwritable', 'the flash does not take what is written');
  }

  #grow(log: Log, kind: number, bytes: number, isWritten: boolean): boolean {
    this.#stop = undefined;
    log.end = isWritten ? log.end + bytes : this.layout.sector;
    if (!isWritten) return false;
    log.order++;
    log.isDead = false;
    if (isCounting(kind)) log.counted = log.order;
    return true;
  }

  /** False when the flash does not read back as it was programmed. */
  #program(address: number, bytes: Uint8Array): boolean {
    return programAndProve(this, address, bytes, this.#proofFor(bytes));
  }

  #proofFor(bytes: Uint8Array): Uint8Array {
    if (bytes === this.#mark) return this.#markProof;
    return bytes === this.header.bytes ? this.#headerProof : this.#proof.subarray(0, bytes.length);
  }

  /**
   * False when the sector does not take what it has to begin with. Where what does not count yet never will,
   * and where nothing counts in the last sectors of the log, the new one takes their place: it begins with
   * the order that they, or the first of what is dead, begin with.
   */
  #openReady(log: Log): boolean {
    const { sectors, layout } = this;
    const sector = sectors.ready.shift();
    if (sector === undefined) throw new StoreError('full', 'no erased sector');
    const first = log.isDead ? log.counted : log.order;
    let kept = log.sectors.length;
    while (kept > 0 && sectors.first[log.sectors[kept - 1]] >= first) kept--;
    const opened = {
      sequence: ++sectors.sequence,
      stream: log.stream,
      first,
      number: this.nextNumber,
      root: this.root,
      previous: kept === 0 ? 0 : sectors.first[log.sectors[kept - 1]],
    };
    sectors.forgetErase(sector);
    if (!this.#program(sector * layout.sector + OPENED_AT, encodeOpened(opened, this.crc32))) {
      sectors.setState(sector, FREE);
      return false;
    }
    for (const superseded of log.sectors.splice(kept)) sectors.supersede(superseded);
    sectors.setLive(sector, opened.first, opened.number);
    log.sectors.push(sector);
    log.order = first;
    log.isDead = false;
    log.end = ENTRIES_AT;
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
   * `entries` to the journal, `records` to the state. `isEmptying`: they empty a sector, and so give back
   * what they take; they must be able to begin once more after a cut.
   */
  fits(entries: readonly number[], records: readonly number[], isEmptying = false): boolean {
    return this.#grants(this.#sectorsFor(JOURNAL, entries), this.#sectorsFor(STATE, records), isEmptying);
  }

  /** `fits` for one record: asked often, in a touch. */
  fitsOne(stream: Stream, payload: number): boolean {
    const isHere = this.logs[stream].end + recordBytes(this.layout, payload) <= this.layout.limits[stream];
    if (isHere && this.barren(stream) === 0) return this.#stop === undefined && this.#hasReserve;
    const used = isHere ? 0 : 1;
    return stream === JOURNAL ? this.#grants(used, NONE, false) : this.#grants(NONE, used, false);
  }

  /** Whether each log may open so many sectors; NONE where nothing is written to it at all. */
  #grants(journal: number, state: number, isEmptying: boolean): boolean {
    if (this.#stop !== undefined) return false;
    const { ready, spare } = this.sectors;
    const used = Math.max(journal, 0) + Math.max(state, 0);
    const left = spare - used + this.#freedBy(JOURNAL, journal) + this.#freedBy(STATE, state);
    // Where bad sectors have left no more than one, it is that or nothing.
    if (isEmptying) return used <= ready.length && (left > 0 || spare === 1);
    if (used + READY_RESERVE > ready.length) return false;
    const isTaking = used > 0 || this.#isBarrenAt(JOURNAL, journal) || this.#isBarrenAt(STATE, state);
    return !isTaking || left >= this.kept;
  }

  /** Sectors that become free when so many are opened: those that the first of them takes the place of. */
  #freedBy(stream: Stream, used: number): number {
    return used > 0 ? this.barren(stream) : 0;
  }

  /**
   * Whether what is written makes the last sector of the log count, which might have been taken the place of
   * so far.
   */
  #isBarrenAt(stream: Stream, used: number): boolean {
    return used === 0 && this.barren(stream) > 0;
  }

  /** Throws StoreError 'full' where `fits` or `fitsOne` has said no; 'failed' where that is why. */
  requireRoom(fits: boolean): void {
    if (fits) return;
    this.requireWhole();
    throw new StoreError('full', 'no erased space for what is to be written');
  }

  #sectorsFor(stream: Stream, payloads: readonly number[]): number {
    if (payloads.length === 0) return NONE;
    const limit = this.layout.limits[stream];
    const from = (start: number): number => {
      let end = start;
      let sectors = 0;
      for (const payload of payloads) {
        const bytes = recordBytes(this.layout, payload);
        if (end + bytes > limit) {
          sectors++;
          end = ENTRIES_AT;
        }
        end += bytes;
      }
      return sectors;
    };
    const sectors = from(this.logs[stream].end);
    return sectors > 0 && this.barren(stream) > 0 ? from(limit) : sectors;
  }

  /** Flash bytes that records can still take in the last sector of a log, and in an empty sector. */
  room(stream: Stream): number {
    return Math.max(0, this.layout.limits[stream] - this.logs[stream].end);
  }
  roomOfSector(stream: Stream): number {
    return this.layout.limits[stream] - ENTRIES_AT;
  }
}

/** False when the flash does not read back as it was programmed. `proof` is a buffer of the same length. */
export function programAndProve(
  { flash, crc32 }: Pick<Medium, 'flash' | 'crc32'>,
  address: number,
  bytes: Uint8Array,
  proof: Uint8Array,
): boolean {
  flash.program(address, bytes);
  flash.read(address, proof);
  return crc32(proof, 0, proof.length, 0) === crc32(bytes, 0, bytes.length, 0);
}
