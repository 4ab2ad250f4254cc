import type { Clock } from '../hal/clock.js';
import type { Crc32 } from '../hal/crc32.js';
import type { Crypto } from '../hal/crypto.js';
import type { Entropy } from '../hal/entropy.js';
import type { Flash } from '../hal/flash.js';
import type { Presence } from '../hal/presence.js';

/**
 * All that a wallet needs from outside. NFC is not here: `card/` and `terminal/` are given a front end each.
 */
export interface Env {
  readonly flash: Flash;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly crypto: Crypto;
  readonly crc32: Crc32;
  readonly presence: Presence;
}
