import type { Crypto } from '../../hal/crypto.js';
import type { Entropy } from '../../hal/entropy.js';
import { EntropyError } from '../draw.js';
import { generateEphemeral, type KeyPair } from './handshake.js';

/** The ephemeral key pair of the next session, made before it is needed where there is time. */
export class KeyAhead {
  #ready: KeyPair | undefined;

  constructor(
    private readonly crypto: Crypto,
    private readonly entropy: Entropy,
  ) {}

  /** For the time between touches. Without entropy nothing is made: `take` tries anew. */
  make(): void {
    try {
      this.#ready ??= generateEphemeral(this.crypto, this.entropy);
    } catch (error) {
      if (!(error instanceof EntropyError)) throw error;
    }
  }

  /** Never the same twice. Throws EntropyError. */
  take(): KeyPair {
    const ready = this.#ready ?? generateEphemeral(this.crypto, this.entropy);
    this.#ready = undefined;
    return ready;
  }
}
