import { terminalIdOf } from '../../firmware/account/bill.js';
import { concat, getU32, NOTHING, putU32, sameBytes } from '../../firmware/bytes.js';
import { U32_MAX } from '../../firmware/objects/shape.js';
import type { Crypto } from '../../hal/crypto.js';
import { hex, utf8 } from '../bank/bytes.js';
import { MESSAGE_BYTES_MAX } from './pool-messages.js';

/*
 * The channel of one terminal with one gateway. Both know each other's Ed25519 key, of which X25519 keys are
 * the images; the secret of the two is the same at every meeting. A terminal opens a session by a random
 * number of its own, and the gateway answers with one of its own: so nothing of an earlier session is ever
 * heard again, and no pair of key and nonce comes twice.
 */
export const INSTANCE_BYTES = 8;
const NUMBER_BYTES = 8;
const MAC_BYTES = 8;
const COUNTER_BYTES = 4;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
const LABEL = utf8('tapnote pool 1');

/** First byte of what goes over the air. */
const Frame = { open: 1, accept: 2, data: 3 } as const;
const OPEN_BYTES = 1 + NUMBER_BYTES + MAC_BYTES;
const ACCEPT_BYTES = 1 + 2 * NUMBER_BYTES + MAC_BYTES;
/** Of the longest frame. */
export const FRAME_BYTES_MAX = 1 + COUNTER_BYTES + MESSAGE_BYTES_MAX + TAG_BYTES;

/** A terminal as topics name it: its id in hex. */
export const terminalNameOf = (crypto: Crypto, publicKey: Uint8Array): string =>
  hex(terminalIdOf(crypto, publicKey));

/** What both ends of a channel start from. */
export class PoolSecret {
  readonly #shared: Uint8Array;

  /**
   * `ownKey`: signing key, 64 bytes; `peer`: public key, 32; `place`: what the channel is bound to. Throws
   * RangeError for a public key that is no point, or a weak one.
   */
  constructor(
    readonly crypto: Crypto,
    ownKey: Uint8Array,
    peer: Uint8Array,
    private readonly place: Uint8Array,
  ) {
    const image = crypto.x25519PublicKeyOf(peer);
    const shared = image && crypto.x25519(crypto.x25519SecretOf(ownKey), image);
    if (!shared) throw new RangeError('this public key makes no secret');
    this.#shared = shared;
  }

  /** `OPEN`, by the terminal that has drawn `number` (8 bytes). */
  open(number: Uint8Array): Uint8Array {
    return concat(Uint8Array.of(Frame.open), number, this.#mac(number));
  }

  /** The terminal's number; undefined when it is no OPEN of this terminal. */
  opened(frame: Uint8Array): Uint8Array | undefined {
    if (frame.length !== OPEN_BYTES || frame[0] !== Frame.open) return undefined;
    const number = frame.slice(1, 1 + NUMBER_BYTES);
    return this.crypto.equal(frame.subarray(1 + NUMBER_BYTES), this.#mac(number)) ? number : undefined;
  }

  /** `ACCEPT`, by the gateway that has drawn `own`. */
  accept(number: Uint8Array, own: Uint8Array): Uint8Array {
    const both = concat(number, own);
    return concat(Uint8Array.of(Frame.accept), both, this.#mac(both));
  }

  /** The gateway's number; undefined when it is no ACCEPT for `number`. */
  accepted(number: Uint8Array, frame: Uint8Array): Uint8Array | undefined {
    if (frame.length !== ACCEPT_BYTES || frame[0] !== Frame.accept) return undefined;
    const both = frame.slice(1, 1 + 2 * NUMBER_BYTES);
    const isOurs = sameBytes(both.subarray(0, NUMBER_BYTES), number);
    if (!isOurs || !this.crypto.equal(frame.subarray(1 + 2 * NUMBER_BYTES), this.#mac(both)))
      return undefined;
    return both.slice(NUMBER_BYTES);
  }

  /** Keys of the session of these two numbers: terminal to gateway, gateway to terminal. */
  session(number: Uint8Array, own: Uint8Array): { readonly up: Uint8Array; readonly down: Uint8Array } {
    const keys = this.#derive(concat(number, own), 2 * KEY_BYTES);
    return { up: keys.slice(0, KEY_BYTES), down: keys.slice(KEY_BYTES) };
  }

  #mac(what: Uint8Array): Uint8Array {
    return this.crypto.hmacSha256(this.#derive(NOTHING, KEY_BYTES), what).slice(0, MAC_BYTES);
  }

  #derive(salt: Uint8Array, bytes: number): Uint8Array {
    return this.crypto.hkdfSha256(salt, this.#shared, concat(LABEL, this.place), bytes);
  }
}

/** One end of a session. */
export class PoolSession {
  #sent = 0;
  #heard = 0;

  constructor(
    private readonly crypto: Crypto,
    private readonly sendKey: Uint8Array,
    private readonly hearKey: Uint8Array,
  ) {}

  /** The message under the next number, from 1 on. Undefined when a session has had all: open another. */
  seal(message: Uint8Array): { readonly number: number; readonly frame: Uint8Array } | undefined {
    if (this.#sent === U32_MAX) return undefined;
    const number = ++this.#sent;
    const counter = new Uint8Array(COUNTER_BYTES);
    putU32(counter, 0, number);
    const sealed = this.crypto.seal(this.sendKey, number, NOTHING, message);
    return { number, frame: concat(Uint8Array.of(Frame.data), counter, sealed) };
  }

  /** Undefined for what the other end has not sealed, and what is not newer than all that was heard. */
  hear(frame: Uint8Array): { readonly number: number; readonly message: Uint8Array } | undefined {
    const head = 1 + COUNTER_BYTES;
    if (frame[0] !== Frame.data || frame.length < head + TAG_BYTES || frame.length > FRAME_BYTES_MAX)
      return undefined;
    const number = getU32(frame, 1);
    if (number <= this.#heard) return undefined;
    const message = this.crypto.open(this.hearKey, number, NOTHING, frame.subarray(head));
    if (!message) return undefined;
    this.#heard = number;
    return { number, message };
  }
}
