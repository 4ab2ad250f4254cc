import { sameBytes } from '../bytes.js';
import { CERTIFICATE_CACHE_MAX, CERTIFICATE_SAVES_PER_ENTRY } from '../limits.js';
import { Key } from '../store/keys.js';
import type { MirroredStore } from '../store/mirrored-store.js';

const HASH_BYTES = 32;

/**
 * Certificates whose signature was found good and whose owner has proved its key, by their hashes: whoever
 * deals with the same few terminals verifies each once, also when the device wakes up anew for every touch.
 * The oldest makes room for the newest.
 */
export class CertificateCache {
  readonly #hashes = new Uint8Array(CERTIFICATE_CACHE_MAX * HASH_BYTES);
  #next = 0;
  /** Places that are newer here than in flash. */
  #unsaved: number[] = [];
  #savesLeft = 0;
  #isLoaded = false;

  /** Without a vault nothing outlives the power. */
  constructor(private readonly mirrored: MirroredStore | undefined) {}

  /**
   * `hash`: 32 bytes, of the certificate and the key that it was verified with. One that is not known is
   * looked for in all places, also in those that are empty, so that the work does not tell how many are
   * known. A hash is no secret: it is compared up to the first difference.
   */
  knows(hash: Uint8Array): boolean {
    this.load();
    const hashes = this.#hashes;
    for (let at = 0; at < hashes.length; at += HASH_BYTES) {
      if (hashes[at] === hash[0] && sameBytes(hashes.subarray(at, at + HASH_BYTES), hash)) return true;
    }
    return false;
  }

  add(hash: Uint8Array): void {
    this.load();
    const place = this.#next;
    this.#hashes.set(hash, place * HASH_BYTES);
    this.#next = (place + 1) % CERTIFICATE_CACHE_MAX;
    this.#unsaved = [...this.#unsaved.filter((other) => other !== place), place];
  }

  /**
   * An entry was written to the journal: see CERTIFICATE_SAVES_PER_ENTRY. What an earlier one left over
   * lapses.
   */
  allowSave(): void {
    this.#savesLeft = CERTIFICATE_SAVES_PER_ENTRY;
  }

  /**
   * Writes the newest of them to flash; false when none is left to write, or none may be. For the time
   * between touches.
   */
  save(): boolean {
    const place = this.#unsaved[this.#unsaved.length - 1];
    if (place === undefined || this.#savesLeft === 0 || !this.mirrored?.store.fits([], [HASH_BYTES]))
      return false;
    const hash = this.#hashes.slice(place * HASH_BYTES, (place + 1) * HASH_BYTES);
    this.mirrored.write(Key.certificateCache + place, hash);
    this.#unsaved.pop();
    this.#savesLeft--;
    return true;
  }

  /**
   * From flash. For the time before a touch: a reader must not be able to tell by the work how many there
   * are.
   */
  load(): void {
    if (this.#isLoaded) return;
    this.#isLoaded = true;
    let free = CERTIFICATE_CACHE_MAX;
    for (let place = 0; place < CERTIFICATE_CACHE_MAX; place++) {
      const hash = this.mirrored?.readIfSound(Key.certificateCache + place);
      if (hash?.length === HASH_BYTES) this.#hashes.set(hash, place * HASH_BYTES);
      else free = Math.min(free, place);
    }
    this.#next = free % CERTIFICATE_CACHE_MAX;
  }
}
