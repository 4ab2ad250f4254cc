import { sameBytes } from '../bytes.js';
import { CERTIFICATE_CACHE_MAX, CERTIFICATE_SAVES_PER_ENTRY } from '../limits.js';
import type { Certificate } from '../objects/certificate.js';
import { Key } from '../store/keys.js';
import type { MirroredStore } from '../store/mirrored-store.js';

const HASH_BYTES = 32;
export const CERTIFICATE_NAME_BYTES = 8;
const FIRSTS_APART = 256 / CERTIFICATE_CACHE_MAX;

/**
 * Certificates whose signature was found good and whose owner has proved its key, by their hashes: whoever
 * deals with the same few terminals verifies each once, also when the device wakes up anew for every touch.
 * The oldest makes room for the newest. The certificates themselves are kept as long as there is power: whoever
 * is named and not here is asked for the whole.
 */
export class CertificateCache {
  readonly #hashes = new Uint8Array(CERTIFICATE_CACHE_MAX * HASH_BYTES);
  /**
   * The first byte of each, to look for. Those of empty places are spread out, so that the work does not tell
   * how many there are.
   */
  readonly #firsts = new Uint8Array(CERTIFICATE_CACHE_MAX).map((_, place) => place * FIRSTS_APART);
  readonly #certificates: (Certificate | undefined)[] = [];
  #next = 0;
  /** Places that are newer here than in flash. */
  #unsaved: number[] = [];
  #savesLeft = 0;
  #isLoaded = false;

  /** Without a mirrored store nothing outlives the power. */
  constructor(private readonly mirrored: MirroredStore | undefined) {}

  /**
   * `hash`: 32 bytes, of the certificate and the key that it was verified with. A hash is no secret: it is
   * compared up to the first difference.
   */
  knows(hash: Uint8Array): boolean {
    return this.#placeOf(hash) >= 0;
  }

  /** -1 when it is not here. `hash`: from its first byte on, as much of it as is compared. */
  #placeOf(hash: Uint8Array): number {
    this.load();
    const first = hash[0];
    const firsts = this.#firsts;
    for (let place = firsts.indexOf(first); place >= 0; place = firsts.indexOf(first, place + 1)) {
      const at = place * HASH_BYTES;
      if (sameBytes(this.#hashes.subarray(at, at + hash.length), hash)) return place;
    }
    return -1;
  }

  /**
   * The certificate whose hash begins with `name` (CERTIFICATE_NAME_BYTES). One that was remembered before the
   * power came is not here.
   */
  recall(name: Uint8Array): Certificate | undefined {
    return this.#certificates[this.#placeOf(name)];
  }

  /** `hash`: as for `knows`. One that is here already is here with its bytes from now on. */
  add(hash: Uint8Array, certificate: Certificate): void {
    const known = this.#placeOf(hash);
    if (known >= 0) {
      this.#certificates[known] = certificate;
      return;
    }
    const place = this.#next;
    this.#set(place, hash);
    this.#certificates[place] = certificate;
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
      if (hash?.length === HASH_BYTES) this.#set(place, hash);
      else free = Math.min(free, place);
    }
    this.#next = free % CERTIFICATE_CACHE_MAX;
  }

  #set(place: number, hash: Uint8Array): void {
    this.#hashes.set(hash, place * HASH_BYTES);
    this.#firsts[place] = hash[0];
  }
}
