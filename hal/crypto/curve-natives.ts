import type { Crypto } from '../crypto.js';

type Bytes = Uint8Array;

/** Signatures and key agreement as C has them, where lengths are checked. The caller makes every output. */
export interface CurveNatives {
  ed25519Key(key: Bytes, seed: Bytes): void;
  ed25519Sign(signature: Bytes, key: Bytes, message: Bytes): void;
  x25519Public(publicKey: Bytes, secret: Bytes): void;
  /** False when the shared secret is all zero. */
  x25519(shared: Bytes, secret: Bytes, publicKey: Bytes): boolean;
  /** False for y = 1. */
  x25519PublicOf(publicKey: Bytes, ed25519: Bytes): boolean;
}

type Curve = Pick<
  Crypto,
  'ed25519KeyFromSeed' | 'ed25519Sign' | 'x25519PublicKey' | 'x25519' | 'x25519PublicKeyOf'
>;

export const curveOf = (natives: CurveNatives): Curve => ({
  ed25519KeyFromSeed(seed) {
    const key = new Uint8Array(64);
    natives.ed25519Key(key, seed);
    return key;
  },

  ed25519Sign(key, message) {
    const signature = new Uint8Array(64);
    natives.ed25519Sign(signature, key, message);
    return signature;
  },

  x25519PublicKey(secret) {
    const publicKey = new Uint8Array(32);
    natives.x25519Public(publicKey, secret);
    return publicKey;
  },

  x25519(secret, publicKey) {
    const shared = new Uint8Array(32);
    return natives.x25519(shared, secret, publicKey) ? shared : undefined;
  },

  x25519PublicKeyOf(ed25519PublicKey) {
    const publicKey = new Uint8Array(32);
    return natives.x25519PublicOf(publicKey, ed25519PublicKey) ? publicKey : undefined;
  },
});
