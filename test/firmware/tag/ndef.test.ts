import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TAG_MESSAGE_BYTES_MAX, TAG_RECORDS_MAX } from '../../../firmware/limits.js';
import { buildNdef, type NdefRecord, parseNdef, Tnf } from '../../../firmware/tag/ndef.js';
import { TagFault } from '../../../firmware/tag/tag-fault.js';
import { URL_MESSAGE, utf8 } from './payee-tags.js';

const [MB, ME, CF, SR, IL] = [0x80, 0x40, 0x20, 0x10, 0x08];

const bytes = (minLength: number, maxLength: number) =>
  fc.uint8Array({ minLength, maxLength }).map((each) => Uint8Array.from(each));
const record: fc.Arbitrary<NdefRecord> = fc.oneof(
  fc.record({
    tnf: fc.integer({ min: Tnf.wellKnown, max: Tnf.external }),
    type: bytes(1, 12),
    id: bytes(0, 5),
    payload: bytes(0, 300),
  }),
  fc.record({ tnf: fc.constant(Tnf.unknown), type: bytes(0, 0), id: bytes(0, 5), payload: bytes(0, 20) }),
  fc.constant({ tnf: Tnf.empty, type: utf8(''), id: utf8(''), payload: utf8('') }),
);
const message = fc
  .array(record, { minLength: 1, maxLength: 3 })
  .filter((records) => buildNdef(records).length <= TAG_MESSAGE_BYTES_MAX);

/** Another hand's way through a message, for messages without chunks: a cursor that only ever takes. */
function read(bytes: Uint8Array): NdefRecord[] {
  const left = [...bytes];
  const take = (count: number): Uint8Array => Uint8Array.from(left.splice(0, count));
  const records: NdefRecord[] = [];
  while (left.length > 0) {
    const [head] = take(1);
    const [typeLength] = take(1);
    const payloadLength = take(head & SR ? 1 : 4).reduce((sum, byte) => sum * 256 + byte, 0);
    const idLength = head & IL ? take(1)[0] : 0;
    records.push({ tnf: head & 7, type: take(typeLength), id: take(idLength), payload: take(payloadLength) });
  }
  return records;
}

/** The same message with its first record cut into chunks, each of so many bytes. */
function chunked({ tnf, type, id, payload }: NdefRecord, sizes: readonly number[]): Uint8Array {
  const pieces: Uint8Array[] = [];
  let at = 0;
  for (const size of sizes) pieces.push(payload.subarray(at, (at += size)));
  pieces.push(payload.subarray(at));
  return Uint8Array.from(
    pieces.flatMap((piece, i) => {
      const [isFirst, isLast] = [i === 0, i === pieces.length - 1];
      const head =
        (isFirst ? MB | tnf : Tnf.unchanged) | (isLast ? ME : CF) | (isFirst && id.length ? IL : 0);
      const long = [0, 0, piece.length >> 8, piece.length & 0xff];
      const idLength = isFirst && id.length ? [id.length] : [];
      return isFirst
        ? [head, type.length, ...long, ...idLength, ...type, ...id, ...piece]
        : [head, 0, ...long, ...piece];
    }),
  );
}

const plain = (records: readonly NdefRecord[] | TagFault) =>
  typeof records === 'number' ? records : records.map((each) => ({ ...each, id: Uint8Array.from(each.id) }));

describe('an NDEF message', () => {
  it('reads back as the records that it was made from, here and by another hand', () => {
    fc.assert(
      fc.property(message, (records) => {
        const built = buildNdef(records);
        expect(parseNdef(built)).toEqual(records);
        expect(read(built)).toEqual(records);
      }),
      { numRuns: 400 },
    );
  });

  it('is the same however its payload is cut into chunks', () => {
    const cut = fc.tuple(
      record.filter(({ tnf }) => tnf !== Tnf.empty),
      fc.array(fc.nat(60), { minLength: 1, maxLength: 5 }),
    );
    fc.assert(
      fc.property(cut, ([each, sizes]) => {
        expect(plain(parseNdef(chunked(each, sizes)))).toEqual([each]);
      }),
      { numRuns: 400 },
    );
  });

  it('that is cut anywhere is refused, and so is one that goes on', () => {
    fc.assert(
      fc.property(message, fc.nat(), bytes(1, 4), (records, where, more) => {
        const built = buildNdef(records);
        expect(typeof parseNdef(built.subarray(0, where % built.length))).toBe('number');
        expect(typeof parseNdef(Uint8Array.of(...built, ...more))).toBe('number');
      }),
      { numRuns: 400 },
    );
  });

  it('is never read beyond its end, whatever its bytes are', () => {
    fc.assert(
      fc.property(bytes(0, 60), (any) => {
        const parsed = parseNdef(any);
        if (typeof parsed === 'number') return;
        const total = parsed.reduce(
          (sum, { type, id, payload }) => sum + type.length + id.length + payload.length,
          0,
        );
        expect(total).toBeLessThan(any.length);
      }),
      { numRuns: 20_000 },
    );
  });

  const [u] = [0x55];
  it.each<[string, TagFault, number[]]>([
    ['of no bytes', TagFault.empty, []],
    ['without MB', TagFault.record, [ME | SR | 1, 1, 0, u]],
    ['with MB twice', TagFault.record, [MB | SR | 1, 1, 0, u, MB | ME | SR | 1, 1, 0, u]],
    ['without ME', TagFault.cut, [MB | SR | 1, 1, 0, u]],
    ['with bytes behind ME', TagFault.record, [MB | ME | SR | 1, 1, 0, u, 0]],
    ['of the reserved format 7', TagFault.record, [MB | ME | SR | 7, 1, 0, u]],
    ['of format 6 that follows on nothing', TagFault.chunk, [MB | ME | SR | 6, 0, 1, 0]],
    ['well-known, without a type', TagFault.record, [MB | ME | SR | 1, 0, 1, 0]],
    ['unknown, with a type', TagFault.record, [MB | ME | SR | 5, 1, 0, u]],
    ['empty, with content', TagFault.record, [MB | ME | SR | 0, 0, 1, 0]],
    ['whose length is 2^32-1', TagFault.cut, [MB | ME | 4, 1, 0xff, 0xff, 0xff, 0xff, u]],
    ['whose length is 2^31', TagFault.cut, [MB | ME | 4, 1, 0x80, 0, 0, 0, u]],
    ['whose id is beyond its end', TagFault.cut, [MB | ME | SR | IL | 4, 1, 0, 9, u]],
    ['that ends within a chunk', TagFault.cut, [MB | CF | SR | 4, 1, 1, u, 0]],
    ['with ME within a record', TagFault.chunk, [MB | ME | CF | SR | 4, 1, 1, u, 0, ME | SR | 6, 0, 0]],
    ['whose chunk has a type', TagFault.record, [MB | CF | SR | 4, 1, 1, u, 0, ME | SR | 6, 1, 0, u]],
    ['whose chunk has an id', TagFault.chunk, [MB | CF | SR | 4, 1, 1, u, 0, ME | SR | IL | 6, 0, 0, 0]],
    ['whose chunk has a format', TagFault.chunk, [MB | CF | SR | 4, 1, 1, u, 0, ME | SR | 4, 1, 0, u]],
    ['with an empty record in chunks', TagFault.chunk, [MB | CF | SR | 0, 0, 0, ME | SR | 6, 0, 0]],
  ])('%s is refused, with a code', (_, fault, raw) => {
    expect(parseNdef(Uint8Array.from(raw))).toBe(fault);
  });

  it('is bounded in bytes and in records', () => {
    const url = read(URL_MESSAGE)[0];
    const many = (count: number) => buildNdef(Array.from({ length: count }, () => url));
    expect((parseNdef(many(TAG_RECORDS_MAX)) as NdefRecord[]).length).toBe(TAG_RECORDS_MAX);
    expect(parseNdef(many(TAG_RECORDS_MAX + 1))).toBe(TagFault.tooLong);
    const payload = new Uint8Array(TAG_MESSAGE_BYTES_MAX - 7);
    const longest = { ...url, payload };
    expect(buildNdef([longest]).length).toBe(TAG_MESSAGE_BYTES_MAX);
    expect(parseNdef(buildNdef([longest]))).toEqual([longest]);
    const over = buildNdef([{ ...longest, payload: new Uint8Array(payload.length + 1) }]);
    expect(parseNdef(over)).toBe(TagFault.tooLong);
  });
});
