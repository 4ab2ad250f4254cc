import type { Crypto } from '../../hal/crypto.js';
import type { Entropy } from '../../hal/entropy.js';
import { concat } from '../bytes.js';
import { draw } from '../draw.js';
import { PIN_DIGITS_MAX, PIN_DIGITS_MIN, PIN_TRIES_MAX, PUK_BYTES, PUK_TRIES_MAX } from '../limits.js';
import { isUnwritable } from '../store/errors.js';

const SALT_BYTES = 16;
const HASH_BYTES = 32;
const SECRETS_BYTES = SALT_BYTES + 2 * HASH_BYTES;

/** `full`: no room in flash to count the try; sync first. `unwritable`: the flash does not take it. */
export type PinVerdict = 'right' | 'wrong' | 'locked' | 'unset' | 'full' | 'unwritable';

/** How the verifier writes to flash; each call is on flash when it returns. */
export interface PinStore {
  /** Why a try cannot be counted; undefined when it can. */
  refusesTry(): 'full' | 'unwritable' | undefined;
  /** salt (16), hash of the PIN (32), hash of the PUK (32); empty: no PIN. */
  writeSecrets(secrets: Uint8Array): void;
  /** tries left for the PIN, tries left for the PUK. */
  writeTries(tries: Uint8Array): void;
}

/**
 * PIN and PUK (P2). The try counter is on flash before the comparison begins, so pulling the plug buys no
 * further try. What lies in flash is salted and hashed, which on a device without flash encryption does not
 * stop who reads the flash: a PIN has few digits.
 */
export class Pin {
  #secrets: Uint8Array | undefined;
  #tries = Uint8Array.of(PIN_TRIES_MAX, PUK_TRIES_MAX);

  constructor(
    private readonly crypto: Crypto,
    private readonly store: PinStore,
  ) {}

  /** From the records found at boot, in order. */
  restoreSecrets(secrets: Uint8Array): void {
    if (secrets.length === SECRETS_BYTES) this.#secrets = secrets.slice();
  }
  restoreTries(tries: Uint8Array): void {
    if (tries.length === 2) this.#tries = tries.slice();
  }

  get set(): boolean {
    return this.#secrets !== undefined;
  }
  get triesLeft(): number {
    return this.#tries[0];
  }
  get locked(): boolean {
    return this.set && this.#tries[0] === 0;
  }

  /**
   * Sets both secrets and gives all tries. False when the PIN or the PUK has the wrong form. Throws
   * EntropyError.
   */
  enrol(entropy: Entropy, pin: Uint8Array, puk: Uint8Array): boolean {
    if (!isPin(pin) || puk.length !== PUK_BYTES) return false;
    this.#setSecrets(draw(entropy, SALT_BYTES), pin, puk);
    return true;
  }

  #setSecrets(salt: Uint8Array, pin: Uint8Array, puk: Uint8Array): void {
    const secrets = new Uint8Array(SECRETS_BYTES);
    secrets.set(salt);
    secrets.set(this.#hash(secrets, pin), SALT_BYTES);
    secrets.set(this.#hash(secrets, puk), SALT_BYTES + HASH_BYTES);
    this.#writeTries(PIN_TRIES_MAX, PUK_TRIES_MAX);
    this.#secrets = secrets;
    this.store.writeSecrets(secrets);
  }

  /** No PIN any more. */
  clear(): void {
    this.#secrets = undefined;
    this.store.writeSecrets(new Uint8Array(0));
  }

  verify(pin: Uint8Array): PinVerdict {
    return this.#counted(() => this.#verify(pin));
  }

  /** A try that flash does not count is none. */
  #counted(attempt: () => PinVerdict): PinVerdict {
    const refused = this.store.refusesTry();
    if (refused !== undefined) return refused;
    try {
      return attempt();
    } catch (error) {
      if (isUnwritable(error)) return 'unwritable';
      throw error;
    }
  }

  #verify(pin: Uint8Array): PinVerdict {
    const secrets = this.#secrets;
    if (!secrets) return 'unset';
    if (this.#tries[0] === 0) return 'locked';
    this.#writeTries(this.#tries[0] - 1, this.#tries[1]);
    const expected = secrets.subarray(SALT_BYTES, SALT_BYTES + HASH_BYTES);
    if (!this.crypto.equal(this.#hash(secrets, pin), expected)) return this.locked ? 'locked' : 'wrong';
    this.#writeTries(PIN_TRIES_MAX, this.#tries[1]);
    return 'right';
  }

  /**
   * Unlocks with the PUK and sets a new PIN. A new PIN of the wrong form costs no try and is `wrong`. Throws
   * EntropyError, and that costs no try either.
   */
  unlock(entropy: Entropy, puk: Uint8Array, newPin: Uint8Array): PinVerdict {
    return this.#counted(() => this.#unlock(entropy, puk, newPin));
  }

  #unlock(entropy: Entropy, puk: Uint8Array, newPin: Uint8Array): PinVerdict {
    const secrets = this.#secrets;
    if (!secrets) return 'unset';
    if (this.#tries[1] === 0) return 'locked';
    if (!isPin(newPin)) return 'wrong';
    const salt = draw(entropy, SALT_BYTES);
    this.#writeTries(this.#tries[0], this.#tries[1] - 1);
    const expected = secrets.subarray(SALT_BYTES + HASH_BYTES);
    if (!this.crypto.equal(this.#hash(secrets, puk), expected))
      return this.#tries[1] === 0 ? 'locked' : 'wrong';
    this.#setSecrets(salt, newPin, puk);
    return 'right';
  }

  /** The bank has said so (an authenticated sync): all tries again, same PIN. */
  unlockByBank(): void {
    if (this.#tries[0] !== PIN_TRIES_MAX || this.#tries[1] !== PUK_TRIES_MAX) {
      this.#writeTries(PIN_TRIES_MAX, PUK_TRIES_MAX);
    }
  }

  #writeTries(pin: number, puk: number): void {
    this.#tries = Uint8Array.of(pin, puk);
    this.store.writeTries(this.#tries);
  }

  #hash(secrets: Uint8Array, secret: Uint8Array): Uint8Array {
    return this.crypto.hmacSha256(
      secrets.subarray(0, SALT_BYTES),
      concat(Uint8Array.of(secret.length), secret),
    );
  }
}

/** Digits in ASCII. */
function isPin(pin: Uint8Array): boolean {
  if (pin.length < PIN_DIGITS_MIN || pin.length > PIN_DIGITS_MAX) return false;
  return pin.every((digit) => digit >= 0x30 && digit <= 0x39);
}
