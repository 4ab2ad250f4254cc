/**
 * Transport mode: one key and one counter each way (Noise revision 34, sections 5.1 and 7.3), one message an
 * APDU.
 *
 * A message that does not open ends the session for good. Noise would allow trying again; a payment has no
 * use for it, and an attacker gets one guess.
 */
import type { Crypto } from '../../hal/crypto.js';
import { NOTHING } from '../bytes.js';
import { CHANNEL_MESSAGES_MAX } from '../limits.js';
import { ChannelError, type ChannelErrorCode } from './errors.js';

export class Session {
  #crypto: Crypto;
  #sendKey: Uint8Array;
  #receiveKey: Uint8Array;
  #sent = 0;
  #received = 0;
  #failure: ChannelErrorCode | undefined;

  /**
   * Takes over the keys, and wipes them in the end. `handshakeHash`: 32 bytes, the same on both sides and in
   * no other session.
   */
  constructor(
    crypto: Crypto,
    sendKey: Uint8Array,
    receiveKey: Uint8Array,
    readonly handshakeHash: Uint8Array,
  ) {
    this.#crypto = crypto;
    this.#sendKey = sendKey;
    this.#receiveKey = receiveKey;
  }

  /** Why the session is dead, or undefined while it lives. */
  get failure(): ChannelErrorCode | undefined {
    return this.#failure;
  }

  get dead(): boolean {
    return this.#failure !== undefined;
  }

  /** `plaintext` encrypted, 16 bytes longer. Throws ChannelError when the session is dead. */
  seal(plaintext: Uint8Array): Uint8Array {
    if (this.#sent >= CHANNEL_MESSAGES_MAX) this.#die('exhausted');
    if (this.#failure !== undefined)
      throw new ChannelError(this.#failure, `seal: session dead (${this.#failure})`);
    return this.#crypto.seal(this.#sendKey, this.#sent++, NOTHING, plaintext);
  }

  /** The plaintext; or undefined, and the session is dead: `failure` says why. Never throws. */
  open(sealed: Uint8Array): Uint8Array | undefined {
    if (this.#received >= CHANNEL_MESSAGES_MAX) this.#die('exhausted');
    if (this.#failure !== undefined) return undefined;
    const plaintext = this.#crypto.open(this.#receiveKey, this.#received++, NOTHING, sealed);
    if (plaintext === undefined) this.#die('tag');
    return plaintext;
  }

  close(): void {
    this.#die('closed');
  }

  /** The first reason stands. */
  #die(code: ChannelErrorCode): void {
    this.#failure ??= code;
    this.#sendKey.fill(0);
    this.#receiveKey.fill(0);
  }
}
