import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ACK_FRAME,
  BODY_BYTES_MAX,
  BODY_OFFSET,
  ERROR_FRAME,
  Found,
  FRAME_BUFFER_BYTES,
  FrameParser,
  frameBytes,
  frameEnd,
  NACK_FRAME,
  sealFrame,
  sumOf,
} from '../../../hal/pn532/frame.js';

const body = fc.uint8Array({ minLength: 1, maxLength: BODY_BYTES_MAX });

function frameOf(bytes: Uint8Array): Uint8Array {
  const buffer = new Uint8Array(FRAME_BUFFER_BYTES).fill(0xee);
  buffer.set(bytes, BODY_OFFSET);
  return buffer.slice(sealFrame(buffer, bytes.length), frameEnd(bytes.length));
}

/** All that the parser finds, in pieces of the given sizes. */
function findAll(stream: Uint8Array, sizes: readonly number[]): { found: number; body: Uint8Array }[] {
  const parser = new FrameParser();
  const out: { found: number; body: Uint8Array }[] = [];
  let start = 0;
  for (let turn = 0; start < stream.length; turn++) {
    const end = Math.min(stream.length, start + (sizes[turn % sizes.length] ?? stream.length));
    let at = start;
    while (at < end) {
      at = parser.feed(stream, at, end);
      if (parser.found !== Found.nothing)
        out.push({ found: parser.found, body: parser.body.slice(0, parser.length) });
    }
    start = end;
  }
  return out;
}

const concat = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));

describe('the sum of bytes', () => {
  /** A frame is half as long. */
  const BYTES_MAX = 512;
  const naive = (bytes: Uint8Array, start: number, end: number) =>
    bytes.subarray(start, end).reduce((sum, byte) => sum + byte, 0);

  test('is the same as byte by byte, from each word on and for each length', () => {
    const random = fc.sample(fc.uint8Array({ minLength: 600, maxLength: 600 }), 3);
    for (const content of [...random, new Uint8Array(600).fill(0xff), new Uint8Array(600).fill(0x80)]) {
      for (const offset of [0, 4, 12]) {
        const bytes = new Uint8Array(new ArrayBuffer(offset + 600), offset);
        bytes.set(content);
        for (const start of [0, 4, 8, 40]) {
          for (let end = start; end <= Math.min(600, start + BYTES_MAX); end++) {
            const sum = sumOf(bytes, start, end);
            if (sum !== naive(bytes, start, end)) expect.unreachable(`${offset}: ${start} to ${end}`);
          }
        }
      }
    }
  });

  test('knows nothing of the bytes around', () => {
    for (let length = 1; length <= BODY_BYTES_MAX; length++) {
      const buffer = new Uint8Array(FRAME_BUFFER_BYTES).fill(0xff);
      buffer.fill(0, BODY_OFFSET, BODY_OFFSET + length);
      sealFrame(buffer, length);
      expect(buffer[BODY_OFFSET + length]).toBe(0);
    }
  });
});

describe('a PN532 frame', () => {
  test('is as the manual shows it', () => {
    const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
    expect(hex(frameOf(Uint8Array.of(0xd4, 0x02)))).toBe('0000ff02fed4022a00');
    expect(hex(frameOf(Uint8Array.of(0xd5, 0x03, 0x32, 0x01, 0x06, 0x07)))).toBe(
      '0000ff06fad50332010607e800',
    );
    expect(hex(frameOf(new Uint8Array(255))).slice(0, 10)).toBe('0000ffff01');
    expect(hex(frameOf(new Uint8Array(256))).slice(0, 16)).toBe('0000ffffff0100ff');
    expect(hex(frameOf(new Uint8Array(265))).slice(0, 16)).toBe('0000ffffff0109f6');
  });

  test('comes back whole, however the stream is cut into pieces', () => {
    fc.assert(
      fc.property(
        fc.array(body, { minLength: 1, maxLength: 4 }),
        fc.array(fc.integer({ min: 1, max: 300 })),
        (bodies, sizes) => {
          // One body is the error frame's.
          fc.pre(bodies.every((bytes) => bytes.length > 1 || bytes[0] !== 0x7f));
          const found = findAll(concat(...bodies.map(frameOf)), sizes);
          expect(found).toEqual(bodies.map((bytes) => ({ found: Found.body, body: bytes })));
        },
      ),
    );
  });

  test('is found or refused alike in any stream, however that is cut', () => {
    const piece = fc.oneof(
      body.map(frameOf),
      fc.tuple(body, fc.nat(), fc.nat(255)).map(([bytes, at, byte]) => {
        const damaged = frameOf(bytes);
        damaged[at % damaged.length] = byte;
        return damaged;
      }),
      fc.constantFrom(ACK_FRAME, NACK_FRAME, ERROR_FRAME),
      fc
        .array(fc.constantFrom(0x00, 0xff, 0x01, 0xfe), { maxLength: 12 })
        .map((some) => Uint8Array.from(some)),
      fc.uint8Array({ maxLength: 12 }),
    );
    const sizes = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1 });
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), sizes, (pieces, cuts) => {
        const stream = concat(...pieces);
        expect(findAll(stream, cuts)).toEqual(findAll(stream, [1]));
      }),
      { numRuns: 500 },
    );
  });

  test('does not begin in the middle of another header', () => {
    for (const begun of [[0, 0xff], [0, 0xff, 5], [0], [0, 0, 0xff, 0xff, 0xff], [0, 0xff, 0xff, 0xff, 1]]) {
      const stream = concat(Uint8Array.from(begun), ACK_FRAME, frameOf(Uint8Array.of(0xd5, 0x03)));
      expect(findAll(stream, [begun.length, 100])).toEqual(findAll(stream, [1]));
    }
  });

  test('is found behind a preamble of any length and before a postamble of any length', () => {
    fc.assert(
      fc.property(body, fc.nat(40), fc.nat(40), (bytes, before, after) => {
        fc.pre(bytes.length > 1 || bytes[0] !== 0x7f);
        const frame = frameOf(bytes).slice(1, -1);
        const stream = concat(new Uint8Array(before), frame, new Uint8Array(after), frameOf(bytes));
        expect(findAll(stream, [7]).map((one) => one.body)).toEqual([bytes, bytes]);
      }),
    );
  });

  test('may be extended although it is short', () => {
    const stream = Uint8Array.of(0, 0, 0xff, 0xff, 0xff, 0, 2, 0xfe, 0xd4, 0x02, 0x2a, 0);
    expect(findAll(stream, [1])).toEqual([{ found: Found.body, body: Uint8Array.of(0xd4, 0x02) }]);
  });

  test('ACK, NACK and error frame are told apart', () => {
    const found = findAll(concat(ACK_FRAME, NACK_FRAME, ERROR_FRAME, ACK_FRAME), [3]);
    expect(found.map((one) => one.found)).toEqual([Found.ack, Found.nack, Found.error, Found.ack]);
  });

  test('with one bit wrong never passes for another body, and the frame after the next is heard again', () => {
    fc.assert(
      fc.property(body, fc.nat(), (bytes, bit) => {
        const frame = frameOf(bytes);
        const at = bit % (frame.length * 8);
        const damaged = frame.slice();
        damaged[at >> 3]! ^= 1 << (at & 7);
        for (const one of findAll(damaged, [frame.length])) {
          if (one.found === Found.body) expect(one.body).toEqual(bytes); // preamble or postamble was hit
        }
        // A wrong length swallows at most what the longest frame would.
        const flush = new Uint8Array(FRAME_BUFFER_BYTES + 2);
        const last = findAll(concat(damaged, flush, frameOf(Uint8Array.of(0xd5, 0x03))), [50]).at(-1);
        expect(last).toEqual({ found: Found.body, body: Uint8Array.of(0xd5, 0x03) });
      }),
    );
  });

  test('with a wrong length checksum or a length beyond the limit is refused', () => {
    expect(findAll(Uint8Array.of(0, 0, 0xff, 0x02, 0xfd, 0xd4), [1])[0]!.found).toBe(Found.badLength);
    expect(findAll(Uint8Array.of(0, 0, 0xff, 0xff, 0xff, 0x01, 0x0a, 0xf5), [1])[0]!.found).toBe(
      Found.badLength,
    );
    expect(findAll(Uint8Array.of(0, 0, 0xff, 0xff, 0xff, 0x01, 0x00, 0xfe), [1])[0]!.found).toBe(
      Found.badLength,
    );
    expect(findAll(Uint8Array.of(0, 0, 0xff, 0x02, 0xfe, 0xd4, 0x02, 0x2b), [1])[0]!.found).toBe(
      Found.badChecksum,
    );
  });

  test('noise alone is never taken for a body of the wrong checksum', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (noise) => {
        for (const one of findAll(noise, [13])) {
          expect(one.body.length).toBeLessThanOrEqual(BODY_BYTES_MAX);
        }
      }),
    );
  });

  test('tells its length from its header', () => {
    fc.assert(
      fc.property(body, (bytes) => {
        const frame = frameOf(bytes);
        expect(frameBytes(frame, Math.min(frame.length, 16))).toBe(frame.length - 1);
        expect(frameBytes(frame, 3)).toBe(0);
      }),
    );
    expect(frameBytes(ACK_FRAME, 6)).toBe(5);
  });

  test('cannot be made empty or too long', () => {
    const buffer = new Uint8Array(FRAME_BUFFER_BYTES);
    expect(() => sealFrame(buffer, 0)).toThrow(RangeError);
    expect(() => sealFrame(buffer, BODY_BYTES_MAX + 1)).toThrow(RangeError);
  });
});
