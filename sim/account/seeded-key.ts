import type { Crypto } from '../../hal/crypto.js';
import { randomSeed } from '../bank/key-store.js';
import { SimEntropy } from '../chip/entropy.js';

/** Signing key (64 bytes) of whoever is called that: the same for the same seed. */
export const seededKey = (crypto: Crypto, seed: number, name: string): Uint8Array =>
  crypto.ed25519KeyFromSeed(randomSeed(new SimEntropy(seed, name)));
