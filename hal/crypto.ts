/**
 * The primitives, as one interface with several providers (noble, OpenSSL, libsodium, and C of our own on
 * chips). Nothing here is written in JavaScript on the chip.
 *
 * Ed25519 is strict and the same in every provider, to the last signature: RFC 8032, cofactorless, S below L,
 * no non-canonical or small-order public key, no small-order R. A device must never accept what its bank
 * refuses.
 */
export interface Crypto {
  /** SHA-256 of `a`, or of `a` followed by `b`: 32 bytes (FIPS 180-4). */
  sha256(a: Uint8Array, b?: Uint8Array): Uint8Array;
  /** HMAC-SHA-256: 32 bytes (RFC 2104). */
  hmacSha256(key: Uint8Array, data: Uint8Array): Uint8Array;
  /** HKDF-SHA-256: `bytes` of key material (RFC 5869). Throws RangeError beyond 255 * 32. */
  hkdfSha256(salt: Uint8Array, material: Uint8Array, info: Uint8Array, bytes: number): Uint8Array;

  /** Signing key of 64 bytes (seed, public key) from a seed of 32 bytes. */
  ed25519KeyFromSeed(seed: Uint8Array): Uint8Array;
  /** Signature of 64 bytes; deterministic. `key` is the 64 bytes of `ed25519KeyFromSeed`. */
  ed25519Sign(key: Uint8Array, message: Uint8Array): Uint8Array;
  /**
   * A hint: signatures under this public key will come, and may be verified faster by what is made of it now,
   * which takes as long as a verification. Two keys are kept for that, at places 0 and 1; an empty key frees
   * a place. No answer changes by it, and most providers do nothing.
   */
  ed25519Prepare(publicKey: Uint8Array, place: number): void;
  /** False for every malformed input; never throws. */
  ed25519Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;

  /** X25519 public key, 32 bytes (RFC 7748). */
  x25519PublicKey(secret: Uint8Array): Uint8Array;
  /** Shared secret of 32 bytes, or undefined when it is all zero (a low-order public key). */
  x25519(secret: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined;

  /**
   * X25519 secret of 32 bytes that belongs to a signing key of 64: the first half of SHA-512 of its seed
   * (RFC 8032 section 5.1.5). X25519 clamps it.
   */
  x25519SecretOf(signingKey: Uint8Array): Uint8Array;
  /**
   * The X25519 public key (32 bytes) of whoever has this Ed25519 public key (32 bytes): u = (1 + y) / (1 - y)
   * (RFC 7748 section 4.1). Undefined for y = 1. It says nothing about the order of the point.
   */
  x25519PublicKeyOf(ed25519PublicKey: Uint8Array): Uint8Array | undefined;

  /**
   * ChaCha20-Poly1305 (RFC 8439), nonce = 4 zero bytes then `counter` in little endian, as Noise wants: text
   * then tag of 16.
   */
  seal(key: Uint8Array, counter: number, associated: Uint8Array, plaintext: Uint8Array): Uint8Array;
  /** The plaintext, or undefined when the tag does not match. */
  open(key: Uint8Array, counter: number, associated: Uint8Array, sealed: Uint8Array): Uint8Array | undefined;

  /** Compares in time that depends on the length alone. */
  equal(a: Uint8Array, b: Uint8Array): boolean;
}
