import { type Mutant, mutantsOf } from '../fuzz/mutant.js';

const of = mutantsOf('firmware/store');

/** Wrong stores: the driver must tell every one of them from the real one. */
export const MUTANTS: readonly Mutant[] = [
  // What makes a record whole
  of(
    'medium.ts',
    'no commit mark',
    'return this.#program(address + layout.header + body.length, this.#mark);',
    'return true;',
  ),
  of(
    'medium.ts',
    'mark before body',
    'if (!this.#program(address + layout.header, body)) return false;\n      return this.#program(address + layout.header + body.length, this.#mark);',
    'if (!this.#program(address + layout.header + body.length, this.#mark)) return false;\n      return this.#program(address + layout.header, body);',
  ),
  of('format.ts', 'one bit of a mark is enough', 'return zeros >= MARK_BYTES * 4;', 'return zeros > 0;'),
  of(
    'format.ts',
    'a mark needs all its bits',
    'return zeros >= MARK_BYTES * 4;',
    'return zeros === MARK_BYTES * 8;',
  ),
  of(
    'format.ts',
    'zero bits of a header not counted',
    '!known || bytes[1] !== this.#zeros() ||',
    '!known ||',
  ),
  of(
    'mend.ts',
    'a header is put right by guess',
    'return isBodySound(bytes, body, length, crc32);',
    'return true;',
  ),
  of('format.ts', 'checksum leaves the header out', 'crc32(header, 0, ENTRY_HEADER_BYTES, 0)', '0'),
  of(
    'format.ts',
    'checksum over half of the payload',
    'return crc32(body, 0, length,',
    'return crc32(body, 0, length >> 1,',
  ),
  of('format.ts', 'key 0 looks like half a mark', '= ~key;', '= key;'),
  of(
    'medium.ts',
    'checksum not looked at',
    'if (!isBodySound(header.bytes, body, length, this.crc32)) {',
    'if (length < 0) {',
  ),
  of(
    'medium.ts',
    'what is written is not read back',
    'return crc32(proof, 0, proof.length, 0) === crc32(bytes, 0, bytes.length, 0);',
    'return true;',
  ),
  of(
    'medium.ts',
    'the commit mark is not read back',
    'return this.#program(address + layout.header + body.length, this.#mark);',
    'this.flash.program(address + layout.header + body.length, this.#mark);\n      return true;',
  ),
  of(
    'medium.ts',
    'the opening of a sector is not read back',
    'if (!this.#program(sector * layout.sector + OPENED_AT, encodeOpened(opened, this.crc32))) {',
    'this.flash.program(sector * layout.sector + OPENED_AT, encodeOpened(opened, this.crc32));\n    if (sector < 0) {',
  ),
  of(
    'housekeeping.ts',
    'the header of a prepared sector is not read back',
    'return programAndProve(medium, sector * layout.sector, prepared, new Uint8Array(prepared.length));',
    'flash.program(sector * layout.sector, prepared);\n  return true;',
  ),
  of('medium.ts', 'a flash that takes nothing is tried again', "    this.#stop = 'unwritable';\n"),

  // What a walk makes of it
  of('walk.ts', 'a missing entry is not missed', 'if (isWhole) damaged = true;'),
  of(
    'walk.ts',
    'a rotten header passes for a torn one',
    'damaged ||= at > layout.sector || (torn && !isSectorErased(flash, sector, at));',
    'damaged ||= at > layout.sector;',
  ),
  of(
    'walk.ts',
    'a mark behind a torn header is not seen',
    'damaged ||= isMark(header.bytes, i, layout.unit);',
    ';',
  ),
  of(
    'walk.ts',
    'a record is visited in spite of "gone"',
    'if (undecided !== undefined && kind !== KIND.gone) {',
    'if (undecided !== undefined) {',
  ),
  of('walk.ts', 'the next sector does not bound this one', '&& order < until) {', ') {'),
  of(
    'boot.ts',
    'half a batch counts',
    'this.#unfinished = isMore(kind) ? this.#unfinished + 1 : 0;',
    'this.#unfinished = 0;',
  ),
  of(
    'boot.ts',
    '"gone" does not drop a batch',
    'if (kind === KIND.gone) this.#keep(this.kinds.length - this.#unfinished);',
    'if (kind === KIND.gone) this.#unfinished = 0;',
  ),
  of(
    'boot.ts',
    'the verdict is not written',
    'if (verdict !== undefined) medium.appendOwnHere(log.stream, verdict, 0);',
    '',
  ),
  of('boot.ts', 'a verdict without room is forgotten', '  log.isDead = log.counted < log.order;\n', ''),
  of(
    'boot.ts',
    'the last record always counts',
    'isGone = last.kind === KIND.putMore || !isCommitted(',
    'isGone = last.kind === KIND.putMore && !isCommitted(',
  ),
  of('boot.ts', 'the order of what is gone is used up', 'log.counted = counted;', 'log.counted = order;'),

  // Which sectors
  of(
    'open.ts',
    'a sector is ready though its erase was cut',
    'const isErased = headers.isUnopened(sector) && isEraseCount(key, headers.eraseCount[sector]);',
    'const isErased = headers.isUnopened(sector);',
  ),
  of('open.ts', 'an opened sector is ready', 'headers.isUnopened(sector) && isEraseCount(', 'isEraseCount('),
  of(
    'open.ts',
    'the sequence starts again at each boot',
    '  sectors.sequence = headers.sequence[headers.newest];\n',
    '',
  ),
  of('open.ts', 'the root is looked for where an old one was', 'isHere ||= kind === KIND.root;', ';'),
  of(
    'boot.ts',
    'the floor is forgotten at boot',
    'else if (kind === KIND.floor) fields.floor = key;',
    'else if (kind === KIND.floor) fields.floor = 1;',
  ),
  of(
    'housekeeping.ts',
    'an erase is not announced',
    'get #hasRoomForOwn(): boolean {\n    const { medium } = this;',
    'get #hasRoomForOwn(): boolean {\n    const { medium } = this;\n    if (medium.kept > 0) return false;',
  ),
  of('housekeeping.ts', 'the floor is not written', 'this.#own(KIND.floor, number);'),
  of(
    'housekeeping.ts',
    'a root without its pages',
    'for (let page = 0; page < PAGES; page++) if (index.dirty[page] === 1) pages.push(page);',
    '',
  ),
  of(
    'housekeeping.ts',
    'a root does not heed what changed since',
    'const root = encodeRoot({ floor: this.floor, erases, bad }, places);',
    'const root = encodeRoot({ floor: 1, erases, bad }, places);',
  ),
  of(
    'housekeeping.ts',
    'a root forgets the sectors that stand erased',
    'const root = encodeRoot({ floor: this.floor, erases, bad }, places);',
    'const root = encodeRoot({ floor: this.floor, erases: [], bad }, places);',
  ),
  of('housekeeping.ts', 'a sector is freed and not emptied', 'this.#moveAll(keys, lengths);', ''),
  of(
    'housekeeping.ts',
    'an emptied sector keeps the root',
    'if (isRooted && !this.#writeRoot(true)) return false;',
    '',
  ),
  of(
    'housekeeping.ts',
    'what moves is not noted',
    'addresses.forEach((address, i) => void this.#place(keys[i], address));',
    'if (addresses.length < 0) this.#place(keys[0], addresses[0]);',
  ),
  of(
    'housekeeping.ts',
    'what has rotted is sound once it has moved',
    'return medium.appendRecord(STATE, kind, key, payload, sound);',
    'return medium.appendRecord(STATE, kind, key, payload);',
  ),
  of(
    'housekeeping.ts',
    'a sector that does not erase is used',
    'return isSectorErased(flash, sector, 0);',
    'return true;',
  ),
  of(
    'headers.ts',
    'a bad bit in the header of a sector is not mended',
    'decodeOpened(bytes, crc32) ?? mendOpened(bytes, crc32)',
    'decodeOpened(bytes, crc32)',
  ),
  of(
    'journal.ts',
    'a journal sector is given back one too early',
    'sectors.number[journal[1]] <= number',
    'sectors.number[journal[0]] <= number',
  ),
  of(
    'journal.ts',
    'a journal sector is trusted beyond its damage',
    'if (undecided !== undefined && order === until && !damaged)',
    'if (undecided !== undefined)',
  ),

  // Cuts that go on
  of(
    'headers.ts',
    'what another sector has taken the place of is in force',
    'if (this.first[sector] >= first) superseded(sector);',
    'if (first < 0) superseded(sector);',
  ),
  of(
    'medium.ts',
    'what is dead has a place in the log',
    'const first = log.isDead ? log.counted : log.order;',
    'const first = log.order;',
  ),
  of(
    'medium.ts',
    'a batch begins where there is no room for all of it',
    'if (this.barren(stream) > 0 && this.#sectorsFor(stream, payloads) > 0) this.#abandon(stream);',
    '',
  ),
  of('sectors.ts', 'no sectors are kept for housekeeping', 'return 2 + 2 * (', 'return 0 * ('),
  of(
    'open.ts',
    'a format begins with the ends of the older store',
    '[...others, ...ends]',
    '[...ends, ...others]',
  ),

  // Room
  of(
    'medium.ts',
    'no reserve of erased sectors',
    'export const READY_RESERVE = 1;',
    'export const READY_RESERVE = 0;',
  ),
  of('format.ts', 'no spare headers', '[1, 6];', '[0, 0];'),
  of('store.ts', 'a batch is a row of writes', 'i === last ? KIND.put : KIND.putMore', 'KIND.put'),
];
