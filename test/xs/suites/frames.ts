/**
 * The PN532's frames in C against those in TypeScript, on streams of whole, damaged and made-up frames that
 * come in random pieces: the same bytes, the same verdicts, the same state after each piece.
 */
import {
  ACK_FRAME,
  BODY_BYTES_MAX,
  BODY_OFFSET,
  ERROR_FRAME,
  FRAME_BUFFER_BYTES,
  type FrameCodec,
  FrameParser,
  frameEnd,
  NACK_FRAME,
  PARSER_WORDS,
  plainFrames,
  TFI_ERROR,
} from '../../../hal/pn532/frame.js';
import { same, throws, toHex } from '../check.js';
import { Dice } from '../hardware/dice.js';
import type { Suite } from '../suite.js';

export interface FramesInput {
  readonly seed: number;
  readonly streams: number;
}

const PIECES_MAX = 6;
/** Bytes that headers are made of. */
const TELLING = [0x00, 0xff, 0x01, 0xfe, 0x00];

export const suite: Suite<FramesInput> = ({ frames }, { seed, streams }) => [
  {
    name: 'a body of any length gets the same frame, and nothing around it is touched',
    run: () => {
      const dice = new Dice(seed, 'seal');
      for (let length = 1; length <= BODY_BYTES_MAX; length++) {
        const body = dice.bytes(length);
        const [ours, plain] = [frames, plainFrames].map((codec) => sealed(codec, body));
        same(toHex(ours), toHex(plain), `a body of ${length} bytes`);
      }
    },
  },
  {
    name: 'a body that no frame has is refused',
    run: () => {
      for (const length of [-1, 0, BODY_BYTES_MAX + 1, 100_000])
        throws(RangeError, () => frames.seal(new Uint8Array(FRAME_BUFFER_BYTES), length), `${length} bytes`);
    },
  },
  {
    name: 'any stream, however it is cut, is read the same way',
    run: () => {
      const dice = new Dice(seed, 'streams');
      for (let i = 0; i < streams; i++) {
        const parsers = [frames, plainFrames].map((codec) => new FrameParser(codec));
        const stream = streamOf(dice);
        const most = 1 + dice.below(stream.length);
        for (let start = 0, end = 0; start < stream.length; start = end) {
          end = Math.min(stream.length, start + 1 + dice.below(most));
          const [ours, plain] = parsers.map((parser) => told(parser, stream, start, end));
          same(ours, plain, `stream ${i}, bytes ${start} to ${end} of ${toHex(stream)}`);
        }
      }
    },
  },
  {
    name: 'C refuses what is no parser’s state, or lies outside the bytes',
    run: () => {
      if (frames === plainFrames) return;
      const state = (length: number, missing: number) => Int32Array.of(0, 0, missing, length, 0);
      const bytes = new Uint8Array(8);
      const body = new Uint8Array(BODY_BYTES_MAX + 1);
      const refused = (at: Int32Array, start: number, end: number, into = body) =>
        throws(
          RangeError,
          () => frames.feed(at, into, bytes, start, end),
          `${at.join()}: ${start} to ${end}`,
        );
      for (const [length, missing] of [
        [BODY_BYTES_MAX + 1, 3],
        [-1, 0],
        [4, 6],
        [4, -1],
      ])
        refused(state(length, missing), 0, 8);
      for (const [start, end] of [
        [-1, 4],
        [5, 4],
        [0, 9],
      ])
        refused(state(0, 0), start, end);
      refused(new Int32Array(PARSER_WORDS - 1), 0, 8);
      refused(state(0, 0), 0, 8, new Uint8Array(BODY_BYTES_MAX));
    },
  },
];

function sealed(codec: FrameCodec, body: Uint8Array): Uint8Array {
  const buffer = new Uint8Array(FRAME_BUFFER_BYTES).fill(0xee);
  buffer.set(body, BODY_OFFSET);
  return Uint8Array.of(codec.seal(buffer, body.length), ...buffer);
}

/** All that a parser says while it takes a piece, frame by frame. */
function told(parser: FrameParser, stream: Uint8Array, start: number, end: number): string {
  const said: string[] = [];
  for (let at = start; at < end; ) {
    at = parser.feed(stream, at, end);
    const { found, length, body, isInBody, isMidway } = parser;
    said.push([at, found, length, toHex(body.subarray(0, length + 1)), isInBody, isMidway].join());
  }
  return said.join(' ');
}

function streamOf(dice: Dice): Uint8Array {
  const pieces = Array.from({ length: 1 + dice.below(PIECES_MAX) }, () => pieceOf(dice));
  return Uint8Array.from(pieces.flatMap((piece) => [...piece]));
}

function pieceOf(dice: Dice): Uint8Array {
  const kind = dice.below(10);
  if (kind === 0) return dice.bytes(1 + dice.below(12));
  if (kind === 1) return Uint8Array.from({ length: 1 + dice.below(12) }, () => dice.of(TELLING));
  if (kind < 4) return dice.of([ACK_FRAME, NACK_FRAME, ERROR_FRAME]);
  // Mostly short; around 255 bytes the header changes.
  const length = kind === 4 ? 250 + dice.below(16) : 1 + dice.below(20);
  const body = dice.bytes(length);
  if (kind === 5) body[0] = TFI_ERROR;
  const buffer = new Uint8Array(FRAME_BUFFER_BYTES);
  buffer.set(body, BODY_OFFSET);
  const frame = buffer.slice(plainFrames.seal(buffer, length), frameEnd(length));
  // One that is cut, or damaged anywhere.
  if (kind === 6) return frame.subarray(0, 1 + dice.below(frame.length));
  if (kind === 7) frame[dice.below(frame.length)] ^= 1 << dice.below(8);
  if (kind === 8) frame[dice.below(9)] = dice.below(256);
  return frame;
}
