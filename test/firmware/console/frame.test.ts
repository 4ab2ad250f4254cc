import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  buildFrame,
  CONSOLE_PAYLOAD_BYTES_MAX,
  type ConsoleFrame,
  FrameReader,
} from '../../../firmware/console/frame.js';
import { crc32 } from '../../../hal/crc32.js';

function reader() {
  const frames: ConsoleFrame[] = [];
  const parser = new FrameReader(crc32, (frame) => frames.push({ ...frame, payload: frame.payload.slice() }));
  const feed = (bytes: Uint8Array) => parser.feed(bytes, bytes.length);
  return { parser, frames, feed };
}

const join = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));
const frame = (tag: number, payload: Uint8Array) => buildFrame(crc32, { code: 0x01, tag, payload });
const payloads = fc.uint8Array({ maxLength: 300 });
/** Bytes that look as much like frames as noise can. */
const noise = fc.array(fc.oneof(fc.constantFrom(0xc5, 0x74, 0x01, 0x00, 0xff), fc.nat(255)), {
  maxLength: 200,
});

describe('console frames', () => {
  it('come out as they went in, however they are cut', () => {
    fc.assert(
      fc.property(
        fc.array(payloads, { maxLength: 5 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 40 })),
        (all, cuts) => {
          const { frames, feed } = reader();
          let stream = join(...all.map((payload, tag) => frame(tag, payload)));
          while (stream.length > 0) {
            const count = cuts.next().value ?? 1;
            feed(stream.subarray(0, count));
            stream = stream.subarray(count);
          }
          expect(frames.map(({ payload }) => payload)).toEqual(all);
        },
      ),
    );
  });

  it('are found after noise, and noise is never one', () => {
    fc.assert(
      fc.property(noise, payloads, (before, payload) => {
        const { frames, parser, feed } = reader();
        feed(Uint8Array.from(before));
        expect(frames).toEqual([]);
        // A header that noise has made whole is given up when the line is quiet.
        parser.reset();
        feed(frame(9, payload));
        expect(frames).toHaveLength(1);
      }),
    );
  });

  it('are found when a half frame stands before them, once as many bytes have come as it promised', () => {
    fc.assert(
      fc.property(payloads, fc.nat(), (payload, at) => {
        const { frames, feed } = reader();
        const cut = frame(1, payload);
        // A frame that lacks its last byte alone is whole when the next one begins with that byte.
        fc.pre(at % cut.length !== cut.length - 1 || cut[cut.length - 1] !== 0xc5);
        feed(cut.subarray(0, at % cut.length));
        for (let i = 0; i < 30; i++) feed(frame(2, Uint8Array.of(1, 2, 3)));
        expect(frames.length).toBeGreaterThan(0);
        expect(frames.every(({ tag }) => tag === 2)).toBe(true);
      }),
    );
  });

  it('are not taken with a bit turned over', () => {
    fc.assert(
      fc.property(payloads, fc.nat(), fc.nat(7), (payload, at, bit) => {
        const { frames, feed } = reader();
        const bytes = frame(1, payload);
        bytes[at % bytes.length] ^= 1 << bit;
        feed(bytes);
        expect(frames).toEqual([]);
      }),
    );
  });

  it('survive a flood of the worst headers in bounded memory', () => {
    const { frames, feed } = reader();
    const header = buildFrame(crc32, {
      code: 1,
      tag: 1,
      payload: new Uint8Array(CONSOLE_PAYLOAD_BYTES_MAX),
    }).subarray(0, 8);
    const flood = join(...Array.from({ length: 1_500 }, () => header));
    feed(flood);
    feed(frame(7, Uint8Array.of(1)));
    // What the flood has promised has to come first.
    for (let i = 0; i < 200 && frames.length === 0; i++) feed(frame(7, Uint8Array.of(1)));
    expect(frames[0]?.tag).toBe(7);
  });

  it('carry no more than their bound', () => {
    expect(() => frame(1, new Uint8Array(CONSOLE_PAYLOAD_BYTES_MAX + 1))).toThrow(RangeError);
    const { frames, feed } = reader();
    feed(frame(1, new Uint8Array(CONSOLE_PAYLOAD_BYTES_MAX)));
    expect(frames).toHaveLength(1);
  });
});

describe('the work for console frames', () => {
  /** Bytes that went through a checksum, and the frames that were found. */
  function work(pieces: readonly Uint8Array[]) {
    let summed = 0;
    const counted: typeof crc32 = (bytes, from, to, seed) => {
      summed += to - from;
      return crc32(bytes, from, to, seed);
    };
    const tags: number[] = [];
    const parser = new FrameReader(counted, ({ tag }) => tags.push(tag));
    for (const piece of pieces) parser.feed(piece, piece.length);
    return { summed, tags, received: pieces.reduce((sum, { length }) => sum + length, 0) };
  }

  /** A byte is in two whole frames at most; two sync bytes have one header's five bytes checked. */
  const SUMS_A_BYTE_MAX = 2 + 5 / 2;

  const header = (length: number): Uint8Array =>
    buildFrame(crc32, { code: 1, tag: 1, payload: new Uint8Array(length) }).subarray(0, 8);
  /** Headers that claim the most, nested; sync bytes alone; whole frames, damaged or not. */
  const hostile = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.integer({ min: CONSOLE_PAYLOAD_BYTES_MAX - 40, max: CONSOLE_PAYLOAD_BYTES_MAX }),
    },
    { weight: 2, arbitrary: fc.nat(CONSOLE_PAYLOAD_BYTES_MAX) },
  );
  const part = fc.oneof(
    fc
      .tuple(hostile, fc.integer({ min: 1, max: 400 }))
      .map(([length, times]) => join(...Array.from({ length: times }, () => header(length)))),
    fc
      .integer({ min: 1, max: 500 })
      .map((times) => new Uint8Array(2 * times).map((_, i) => [0xc5, 0x74][i % 2])),
    fc.tuple(fc.nat(255), payloads).map(([tag, payload]) => frame(tag, payload)),
    noise.map((bytes) => Uint8Array.from(bytes)),
  );

  it('is linear in the bytes that came, whatever they are and however they are cut', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), fc.integer({ min: 1, max: 700 }), (parts, size) => {
        const stream = join(...parts);
        const pieces: Uint8Array[] = [];
        for (let at = 0; at < stream.length; at += size) pieces.push(stream.subarray(at, at + size));
        const { summed, received } = work(pieces);
        expect(summed).toBeLessThanOrEqual(SUMS_A_BYTE_MAX * received);
      }),
      { numRuns: 300 },
    );
  });

  it('finds the same frames however the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), fc.integer({ min: 1, max: 50 }), (parts, size) => {
        const stream = join(...parts);
        const pieces: Uint8Array[] = [];
        for (let at = 0; at < stream.length; at += size) pieces.push(stream.subarray(at, at + size));
        expect(work(pieces).tags).toEqual(work([stream]).tags);
      }),
    );
  });

  it('finds every sound frame that one damaged frame has swallowed', () => {
    fc.assert(
      fc.property(fc.array(payloads, { minLength: 1, maxLength: 5 }), (swallowed) => {
        const inner = join(...swallowed.map((payload, tag) => frame(tag, payload)));
        const outer = frame(200, join(inner, new Uint8Array(20)));
        outer[outer.length - 1] ^= 1;
        expect(work([outer]).tags).toEqual(swallowed.map((_, tag) => tag));
      }),
    );
  });
});

describe('CONSOLE.md', () => {
  it('has an example that is true', () => {
    const text = readFileSync(new URL('../../../firmware/console/CONSOLE.md', import.meta.url), 'utf8');
    const shown = [...text.matchAll(/^C5 74 .*$/gm)].map(([line]) =>
      Buffer.from(line.replace(/ /g, ''), 'hex'),
    );
    const { frames, feed } = reader();
    for (const line of shown) feed(line);
    expect(frames.map(({ code, tag }) => [code, tag])).toEqual([
      [0x01, 0x2a],
      [0x10, 0x2b],
      [0x90, 0x2b],
    ]);
    expect([...frames[2].payload]).toEqual([0x03]);
  });
});
