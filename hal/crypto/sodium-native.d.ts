/** What host.ts calls of the package, which has no types: the outputs come first, and are filled. */
declare module 'sodium-native' {
  type Bytes = Uint8Array;
  const sodium: {
    crypto_sign_seed_keypair(publicKey: Bytes, key: Bytes, seed: Bytes): void;
    crypto_sign_detached(signature: Bytes, message: Bytes, key: Bytes): void;
    crypto_scalarmult_base(publicKey: Bytes, secret: Bytes): void;
    /** Throws an Error when the shared secret is all zero. */
    crypto_scalarmult(shared: Bytes, secret: Bytes, publicKey: Bytes): void;
    crypto_aead_chacha20poly1305_ietf_encrypt(
      sealed: Bytes,
      plaintext: Bytes,
      associated: Bytes | null,
      unused: null,
      nonce: Bytes,
      key: Bytes,
    ): void;
    /** Throws an Error when the tag does not match. */
    crypto_aead_chacha20poly1305_ietf_decrypt(
      plaintext: Bytes,
      unused: null,
      sealed: Bytes,
      associated: Bytes | null,
      nonce: Bytes,
      key: Bytes,
    ): void;
  };
  export default sodium;
}
