import { sameBytes } from '../../firmware/bytes.js';
import type { Crypto } from '../../hal/crypto.js';

type Bytes = Uint8Array;

/** Powers of two: more than the signatures and keys that a large town still asks for, */
const PLACES = 8192;
/** and more than what touches have under way at a time: what is kept longer is only moved about in memory. */
const PLACES_IN_TOUCH = 64;

/**
 * The last things that were computed, each at a place that its bytes give it; a newer one takes the place of
 * an older. Whoever looks compares everything: another thing at the same place is as good as nothing.
 */
class Recent<Thing> {
  readonly #things: (Thing | undefined)[];

  constructor(places: number) {
    this.#things = new Array(places).fill(undefined);
  }

  at(place: number): Thing | undefined {
    return this.#things[place % this.#things.length];
  }

  put(place: number, thing: Thing): void {
    this.#things[place % this.#things.length] = thing;
  }
}

/** `bytes` are as good as random, at least two of them. */
const placeOf = (bytes: Bytes): number => (bytes[0] << 8) | bytes[1];

/** Of two keys in either order: one of them agrees with several others in a touch. */
const placeOfPair = (a: Bytes, b: Bytes): number => placeOf(a) ^ placeOf(b);

interface Signed {
  readonly publicKey: Bytes;
  readonly message: Bytes;
  readonly signature: Bytes;
}

interface Sealed {
  readonly key: Bytes;
  readonly counter: number;
  readonly associated: Bytes;
  readonly plaintext: Bytes;
  readonly sealed: Bytes;
}

interface Derived {
  readonly salt: Bytes;
  readonly material: Bytes;
  readonly info: Bytes;
  readonly keys: Bytes;
}

interface Agreed {
  readonly own: Bytes;
  readonly theirs: Bytes;
  readonly shared: Bytes;
}

interface KeyPair {
  readonly secret: Bytes;
  readonly publicKey: Bytes;
}

/**
 * `crypto` for both sides of a touch in one process. What one side has just computed, the other computes
 * again: it checks what was signed, opens what was sealed, and comes to the same shared secret. Here the
 * second time is a look-up, and the answers are exactly those of `crypto`:
 *
 * - A signature that was made over these very bytes is valid, and so is one that was found valid before.
 * - What was sealed opens to what it was made of, under the same key, counter and associated bytes.
 * - a·(b·9) = b·(a·9): a public key made here is a multiple of the base point, so that the other side's
 *   X25519 is this one's (RFC 7748 section 6.1).
 *
 * Whatever is not found byte for byte, a hostile byte among it, is computed. It keeps secrets that a device
 * wipes: it is for simulations alone.
 */
export function sharedCrypto(crypto: Crypto): Crypto {
  const signed = new Recent<Signed>(PLACES);
  const sealedBefore = new Recent<Sealed>(PLACES_IN_TOUCH);
  const derived = new Recent<Derived>(PLACES_IN_TOUCH);
  const agreed = new Recent<Agreed>(PLACES_IN_TOUCH);
  const agreementKeys = new Recent<KeyPair>(PLACES);
  const signingKeys = new Recent<KeyPair>(PLACES);

  /** Of the public halves that callers hand in none is believed. */
  const signingKeyOf = (seed: Bytes): Bytes => {
    const known = signingKeys.at(placeOf(seed));
    if (known && sameBytes(known.secret, seed)) return known.publicKey;
    const publicKey = crypto.ed25519KeyFromSeed(seed).slice(32);
    signingKeys.put(placeOf(seed), { secret: seed.slice(), publicKey });
    return publicKey;
  };

  const agreementKeyOf = (secret: Bytes): Bytes => {
    const known = agreementKeys.at(placeOf(secret));
    if (known && sameBytes(known.secret, secret)) return known.publicKey;
    const publicKey = crypto.x25519PublicKey(secret);
    agreementKeys.put(placeOf(secret), { secret: secret.slice(), publicKey });
    return publicKey;
  };

  return {
    ...crypto,

    hkdfSha256(salt, material, info, bytes) {
      // Without material, the salt is what keys are made of.
      const name = material.length > 1 ? material : salt;
      const known = derived.at(placeOf(name));
      if (
        known?.keys.length === bytes &&
        sameBytes(known.material, material) &&
        sameBytes(known.salt, salt) &&
        sameBytes(known.info, info)
      )
        return known.keys.slice();
      const keys = crypto.hkdfSha256(salt, material, info, bytes);
      derived.put(placeOf(name), {
        salt: salt.slice(),
        material: material.slice(),
        info: info.slice(),
        keys: keys.slice(),
      });
      return keys;
    },

    ed25519Sign(key, message) {
      const signature = crypto.ed25519Sign(key, message);
      const publicKey = signingKeyOf(key.subarray(0, 32));
      signed.put(placeOf(signature), { publicKey, message: message.slice(), signature: signature.slice() });
      return signature;
    },

    ed25519Verify(publicKey, message, signature) {
      const known = signed.at(placeOf(signature));
      if (
        known &&
        sameBytes(known.signature, signature) &&
        sameBytes(known.publicKey, publicKey) &&
        sameBytes(known.message, message)
      )
        return true;
      const isValid = crypto.ed25519Verify(publicKey, message, signature);
      if (isValid)
        signed.put(placeOf(signature), {
          publicKey: publicKey.slice(),
          message: message.slice(),
          signature: signature.slice(),
        });
      return isValid;
    },

    x25519PublicKey: (secret) => agreementKeyOf(secret).slice(),

    x25519(secret, theirs) {
      const own = agreementKeyOf(secret);
      // Only what the other side has put there: who asks for the same again may hold another secret of the
      // same public key, which a point of the twist tells apart.
      const known = agreed.at(placeOfPair(own, theirs));
      if (known && sameBytes(known.own, theirs) && sameBytes(known.theirs, own)) return known.shared.slice();
      const shared = crypto.x25519(secret, theirs);
      if (shared)
        agreed.put(placeOfPair(own, theirs), { own, theirs: theirs.slice(), shared: shared.slice() });
      return shared;
    },

    seal(key, counter, associated, plaintext) {
      const sealed = crypto.seal(key, counter, associated, plaintext);
      sealedBefore.put(placeOf(key), {
        key: key.slice(),
        counter,
        associated: associated.slice(),
        plaintext: plaintext.slice(),
        sealed: sealed.slice(),
      });
      return sealed;
    },

    open(key, counter, associated, sealed) {
      const known = sealedBefore.at(placeOf(key));
      if (
        known?.counter === counter &&
        sameBytes(known.sealed, sealed) &&
        sameBytes(known.key, key) &&
        sameBytes(known.associated, associated)
      )
        return known.plaintext.slice();
      return crypto.open(key, counter, associated, sealed);
    },
  };
}
