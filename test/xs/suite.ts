/**
 * A suite is a plain module: no test framework, nothing of Node. So the same cases run in Node, in XS on the
 * host, and in XS on the emulated chip. Each engine brings its own hardware.
 */
import type { Crc32 } from '../../hal/crc32.js';
import type { Crypto } from '../../hal/crypto.js';
import type { FrameCodec } from '../../hal/pn532/frame.js';
import type { QrEncoder } from '../../hal/qr.js';

export interface Hardware {
  readonly crypto: Crypto;
  readonly crc32: Crc32;
  readonly frames: FrameCodec;
  readonly qr: QrEncoder;
}

export interface Case {
  /** One line; unlike any other in its suite. */
  readonly name: string;
  /** Throws when it fails. */
  readonly run: () => void;
}

/**
 * The names must be the same in each engine: `input`, any JSON value, is the one thing that they may depend
 * on.
 */
export type Suite<Input> = (hardware: Hardware, input: Input) => readonly Case[];
