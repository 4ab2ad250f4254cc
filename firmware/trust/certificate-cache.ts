import type { Crypto } from '../../hal/crypto.js';
import { CERTIFICATE_CACHE_MAX } from '../limits.js';
import { Key } from '../store/keys.js';
import type { MirroredStore } from '../store/mirrored-store.js';

const HASH_BYTES = 32;

/**
 * Certificates whose signature was found good, by their hashes: whoever deals with the same few terminals
 * verifies each once, also when the device wakes up anew for every touch. The oldest makes room for the
 * newest.
 */
export class CertificateCache {
  readonly #hashes = new Uint8Array(CERTIFICATE_CACHE_MAX * HASH_BYTES);
  #count = 0;
  #next = 0;
  /** Places that are newer here than in flash. */
  #unsaved: number[] = [];
  #isLoaded = false;

  /** Without a vault nothing outlives the power. */
  constructor(
    private readonly crypto: Crypto,
    private readonly mirrored: MirroredStore | undefined,
  ) {}

  /** `hash`: 32 bytes, of the certificate and the key that it was verified with. */
  knows(hash: Uint8Array): boolean {
    this.#load();
    for (let place = 0; place < this.#count; place++) {
      const at = place * HASH_BYTES;
      if (
        this.#hashes[at] === hash[0] &&
        this.crypto.equal(this.#hashes.subarray(at, at + HASH_BYTES), hash)
      ) {
        return true;
      }
    }
    return false;
  }

  add(hash: Uint8Array): void {
    this.#load();
    const place = this.#next;
    this.#hashes.set(hash, place * HASH_BYTES);
    if (this.#count < CERTIFICATE_CACHE_MAX) this.#count++;
    this.#next = (place + 1) % CERTIFICATE_CACHE_MAX;
    this.#unsaved = [...this.#unsaved.filter((other) => other !== place), place];
  }

  /** Writes one of them to flash; false when none is left to write. For the time between touches. */
  save(): boolean {
    const [place] = this.#unsaved;
    const hash = this.#hashes.slice(place * HASH_BYTES, (place + 1) * HASH_BYTES);
    if (place === undefined || !this.mirrored?.store.fits([], [HASH_BYTES])) return false;
    this.mirrored.write(Key.certificateCache + place, hash);
    this.#unsaved.shift();
    return true;
  }

  /** Read when first asked for, since not every boot meets somebody. */
  #load(): void {
    if (this.#isLoaded) return;
    this.#isLoaded = true;
    while (this.#count < CERTIFICATE_CACHE_MAX) {
      const hash = this.mirrored?.readIfSound(Key.certificateCache + this.#count);
      if (hash?.length !== HASH_BYTES) break;
      this.#hashes.set(hash, this.#count++ * HASH_BYTES);
    }
    this.#next = this.#count % CERTIFICATE_CACHE_MAX;
  }
}
