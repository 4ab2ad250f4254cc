import type { Crypto } from '../../hal/crypto.js';
import type { Entropy } from '../../hal/entropy.js';

/** Where private keys of a bank are. */
export interface KeyStore {
  /**
   * A new Ed25519 key, of a name for people. Returns what the books keep of it, and what `crypto` signs with.
   * Throws BankError `token`, `token-pin`.
   */
  make(name: string): Uint8Array;
  /** Signs with its keys; also throws BankError `token-key`. */
  readonly crypto: Crypto;
}

/** The root signs endorsements alone; an operator's key signs each note and settlement. */
export interface KeyStores {
  readonly root: KeyStore;
  readonly operators: KeyStore;
}

/** Of what the books keep of a key. */
const SECRET_AND_PUBLIC_BYTES = 64;

/** Whether the private key itself is in the books, and not only its public one (32 bytes). */
export const isInBooks = (key: Uint8Array): boolean => key.length === SECRET_AND_PUBLIC_BYTES;

export const publicOf = (key: Uint8Array): Uint8Array => key.slice(-32);

export function randomSeed(entropy: Entropy, length = 32): Uint8Array {
  const seed = new Uint8Array(length);
  entropy.fill(seed);
  return seed;
}

/**
 * Keys in the books, in clear: for trying out. Whoever reads the books, or a backup of them, can make money.
 */
export function keysInBooks(crypto: Crypto, entropy: Entropy): KeyStores {
  const store = { make: () => crypto.ed25519KeyFromSeed(randomSeed(entropy)), crypto };
  return { root: store, operators: store };
}
