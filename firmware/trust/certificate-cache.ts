import { join, sameBytes } from '../bytes.js';
import { CERTIFICATE_CACHE_MAX, CERTIFICATE_SAVES_PER_ENTRY } from '../limits.js';
import { CERTIFICATE_BYTES, Certificate } from '../objects/certificate.js';
import { Key } from '../store/keys.js';
import type { MirroredStore } from '../store/mirrored-store.js';

const HASH_BYTES = 32;
const RECORD_BYTES = HASH_BYTES + CERTIFICATE_BYTES;
const FIRSTS_APART = 256 / CERTIFICATE_CACHE_MAX;

/** A certificate that is newer here than in flash. */
interface Unsaved {
  readonly place: number;
  readonly certificate: Certificate;
}

/**
 * Certificates whose signature was found good and whose owner has proved its key, by their hashes: whoever
 * deals with the same few terminals verifies each once, also when the device wakes up anew for every touch.
 * The oldest makes room for the newest. The certificates themselves stay in flash, for whoever is shown one
 * by its name, and for receipts that stand alone.
 */
export class CertificateCache {
  readonly #hashes = new Uint8Array(CERTIFICATE_CACHE_MAX * HASH_BYTES);
  /**
   * The first byte of each, to look for. Those of empty places are spread out, so that the work does not tell
   * how many there are.
   */
  readonly #firsts = new Uint8Array(CERTIFICATE_CACHE_MAX).map((_, place) => place * FIRSTS_APART);
  #next = 0;
  #unsaved: Unsaved[] = [];
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

  /** The certificate whose hash begins with `name` (CERTIFICATE_NAME_BYTES). */
  recall(name: Uint8Array): Certificate | undefined {
    const place = this.#placeOf(name);
    return place < 0 ? undefined : this.#certificate(place);
  }

  /** -1 when it is not here. `start`: of the hash, as much of it as is compared. */
  #placeOf(start: Uint8Array): number {
    this.load();
    const first = start[0];
    const firsts = this.#firsts;
    for (let place = firsts.indexOf(first); place >= 0; place = firsts.indexOf(first, place + 1)) {
      const at = place * HASH_BYTES;
      if (sameBytes(this.#hashes.subarray(at, at + start.length), start)) return place;
    }
    return -1;
  }

  /** `hash`: as for `knows`. The bytes of the certificate stay as they are: nobody else writes to them. */
  add(hash: Uint8Array, certificate: Certificate): void {
    this.load();
    const place = this.#next;
    this.#set(place, hash);
    this.#next = (place + 1) % CERTIFICATE_CACHE_MAX;
    this.#unsaved = [...this.#unsaved.filter((other) => other.place !== place), { place, certificate }];
  }

  /** The certificates of a device (its id, 8 bytes) that are remembered; it may have had several. */
  certificatesOf(device: Uint8Array): Certificate[] {
    const found: Certificate[] = [];
    for (let place = 0; place < CERTIFICATE_CACHE_MAX; place++) {
      const certificate = this.#certificate(place);
      if (certificate && sameBytes(certificate.id, device)) found.push(certificate);
    }
    return found;
  }

  #certificate(place: number): Certificate | undefined {
    const unsaved = this.#unsaved.find((each) => each.place === place);
    if (unsaved) return unsaved.certificate;
    const record = this.#read(place);
    return record && Certificate.parse(record.slice(HASH_BYTES));
  }

  #read(place: number): Uint8Array | undefined {
    const record = this.mirrored?.readIfSound(Key.certificateCache + place);
    return record?.length === RECORD_BYTES ? record : undefined;
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
    const newest = this.#unsaved[this.#unsaved.length - 1];
    if (newest === undefined || this.#savesLeft === 0 || !this.mirrored?.store.fits([], [RECORD_BYTES]))
      return false;
    const { place, certificate } = newest;
    const hash = this.#hashes.subarray(place * HASH_BYTES, (place + 1) * HASH_BYTES);
    this.mirrored.write(Key.certificateCache + place, join(hash, certificate.bytes));
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
      const record = this.#read(place);
      if (record) this.#set(place, record.subarray(0, HASH_BYTES));
      else free = Math.min(free, place);
    }
    this.#next = free % CERTIFICATE_CACHE_MAX;
  }

  #set(place: number, hash: Uint8Array): void {
    this.#hashes.set(hash, place * HASH_BYTES);
    this.#firsts[place] = hash[0];
  }
}
