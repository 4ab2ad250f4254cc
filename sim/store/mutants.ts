/**
 * Wrong stores: each is the real one with one line changed. The driver must tell every one of them from the
 * real one.
 */
export interface Mutant {
  readonly name: string;
  /** In firmware/store/. */
  readonly file: string;
  /** Occurs once in the file. */
  readonly find: string;
  readonly replace: string;
}

const of = (file: string, name: string, find: string, replace = ''): Mutant => ({
  name,
  file,
  find,
  replace,
});

export const MUTANTS: readonly Mutant[] = [
  // What makes a record whole
  of('medium.ts', 'no commit mark', 'this.flash.program(address + layout.header + body.length, this.#mark);'),
  of(
    'medium.ts',
    'mark before body',
    'if (!this.#program(address + layout.header, body)) return false;\n      this.flash.program(address + layout.header + body.length, this.#mark);',
    'this.flash.program(address + layout.header + body.length, this.#mark);\n      if (!this.#program(address + layout.header, body)) return false;',
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
    'return this.crc32(proof, 0, proof.length, 0) === this.crc32(bytes, 0, bytes.length, 0);',
    'return true;',
  ),

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
    'this.#unfinished = kind === KIND.putMore || kind === KIND.removeMore ? this.#unfinished + 1 : 0;',
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
    'if (verdict === undefined || medium.appendOwnHere(log.stream, verdict, 0) || verdict === KIND.kept) return;',
    'if (log.order > 0) return;',
  ),
  of('boot.ts', 'a verdict without room is forgotten', '  log.isBroken = true;\n', ''),
  of(
    'boot.ts',
    'the last record always counts',
    'isGone = isMore || !isCommitted(',
    'isGone = isMore && !isCommitted(',
  ),
  of('boot.ts', 'the order of what is gone is used up', '  if (undecided) log.order--;\n', ''),

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
  of('housekeeping.ts', 'an erase is not announced', 'this.#own(KIND.erase, key);'),
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
    'const root = encodeRoot({ floor: this.floor, erases, bad }, index.pages);',
    'const root = encodeRoot({ floor: 1, erases, bad }, index.pages);',
  ),
  of(
    'housekeeping.ts',
    'a root forgets the sectors that stand erased',
    'const root = encodeRoot({ floor: this.floor, erases, bad }, index.pages);',
    'const root = encodeRoot({ floor: this.floor, erases: [], bad }, index.pages);',
  ),
  of('housekeeping.ts', 'a sector is freed and not emptied', 'for (const key of keys) this.#move(key);', ''),
  of(
    'housekeeping.ts',
    'an emptied sector keeps the root',
    'if (isRooted && !this.#writeRoot()) return false;',
    '',
  ),
  of(
    'housekeeping.ts',
    'what moves is not noted',
    'this.#place(key, medium.appendRecord(STATE, KIND.put, key, payload, sound));',
    'medium.appendRecord(STATE, KIND.put, key, payload, sound);',
  ),
  of(
    'housekeeping.ts',
    'what has rotted is sound once it has moved',
    'KIND.put, key, payload, sound));',
    'KIND.put, key, payload));',
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
