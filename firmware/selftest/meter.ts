import type { Clock } from '../../hal/clock.js';
import type { Crc32 } from '../../hal/crc32.js';
import type { Crypto } from '../../hal/crypto.js';
import type { Entropy } from '../../hal/entropy.js';

/** What a measurement counts in. */
export interface Meter {
  /** Of `BenchUnit`. */
  readonly unit: number;
  /** Instructions retired, or microseconds, since the start: differences count. */
  now(): number;
}

export interface BenchParts {
  readonly crypto: Crypto;
  readonly crc32: Crc32;
  readonly entropy: Entropy;
  readonly clock: Clock;
  readonly meter: Meter;
}
