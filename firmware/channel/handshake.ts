/**
 * Noise_NK1_25519_ChaChaPoly_SHA256 (Noise revision 34): the initiator (the card) stays anonymous, the
 * responder (the terminal) proves that it holds the static key of its certificate.
 *
 *     <- s
 *     ...
 *     -> e
 *     <- e, ee, es
 *
 * Two things differ from a textbook handshake, in timing only: message one leaves before the initiator knows
 * the responder's static key, so nothing of it is hashed until `hello`; and message two comes in two parts,
 * its key in `hello` and its payload in `finish`. Both sides compute their two X25519 in `hello`, between the
 * parts and so at the same time.
 *
 * Nothing that the other side sends makes these classes throw: they die, and say so.
 */
import type { Crypto } from '../../hal/crypto.js';
import type { Entropy } from '../../hal/entropy.js';
import { NOTHING } from '../bytes.js';
import { draw } from '../draw.js';
import { ChannelError, type ChannelErrorCode } from './errors.js';
import { Session } from './session.js';

export interface KeyPair {
  /** 32 bytes, X25519. */
  readonly publicKey: Uint8Array;
  /** 32 bytes. */
  readonly secret: Uint8Array;
}

const KEY_BYTES = 32;
/** SHA-256 of `Noise_NK1_25519_ChaChaPoly_SHA256`, where every handshake begins (Noise section 5.2). */
const PROTOCOL_NAME_HASH = Uint8Array.from([
  0xfa, 0x2e, 0x63, 0x34, 0x87, 0xd8, 0x44, 0x88, 0x56, 0x8b, 0x39, 0xa0, 0x14, 0x91, 0xf9, 0xa3, 0x58, 0x17,
  0xc4, 0xb0, 0x24, 0x7a, 0x03, 0xe5, 0x8f, 0x82, 0xe7, 0x94, 0x63, 0x1f, 0x6c, 0x92,
]);

/** A key pair for one handshake. Its X25519 is best done before the touch. Throws EntropyError. */
export function generateEphemeral(crypto: Crypto, entropy: Entropy): KeyPair {
  const secret = draw(entropy, KEY_BYTES);
  return { publicKey: crypto.x25519PublicKey(secret), secret };
}

/** What both roles share: the SymmetricState of Noise section 5.2, and how a handshake ends. */
class Handshake {
  protected readonly crypto: Crypto;
  protected readonly ephemeral: KeyPair;
  /** The prologue, until `mixPublic` begins to hash. */
  #hash: Uint8Array;
  #chainingKey: Uint8Array;
  /** Set by `hello`, until `finish`. */
  #payloadKey: Uint8Array | undefined;
  #begun = false;
  #session: Session | undefined;
  #failure: ChannelErrorCode | undefined;

  /** Takes over the ephemeral key, and wipes its secret in the end. */
  constructor(crypto: Crypto, prologue: Uint8Array, ephemeral: KeyPair) {
    this.crypto = crypto;
    this.ephemeral = ephemeral;
    this.#chainingKey = PROTOCOL_NAME_HASH.slice();
    this.#hash = prologue;
  }

  /** Our ephemeral public key, 32 bytes, to be sent in clear. */
  get e(): Uint8Array {
    return this.ephemeral.publicKey;
  }

  /** Why the handshake is dead, or undefined while it lives. */
  get failure(): ChannelErrorCode | undefined {
    return this.#failure;
  }

  get dead(): boolean {
    return this.#failure !== undefined;
  }

  /** The session that `finish` made. Throws ChannelError when there is none. */
  get session(): Session {
    if (this.#session === undefined)
      throw new ChannelError(this.#failure ?? 'order', 'session: not established');
    return this.#session;
  }

  /** Ends the handshake, and the session if there is one. */
  close(): void {
    this.#session?.close();
    this.die('closed');
  }

  /** Everything public, in the order of the pattern: pre-message, message one, and the key of message two. */
  protected mixPublic(
    responderStatic: Uint8Array,
    initiatorEphemeral: Uint8Array,
    payload1: Uint8Array,
    responderEphemeral: Uint8Array,
  ): boolean {
    if (this.dead) return false;
    if (this.#begun) return this.die('order');
    this.#begun = true;
    this.#hash = this.crypto.sha256(PROTOCOL_NAME_HASH, this.#hash);
    this.#mixHash(responderStatic);
    this.#mixHash(initiatorEphemeral);
    this.#mixHash(payload1); // no key yet: EncryptAndHash leaves it in clear
    this.#mixHash(responderEphemeral);
    return true;
  }

  /**
   * The tokens `ee` and `es`. Only the key after the last is ever used, so the first needs the chaining key
   * alone.
   */
  protected mixSecrets(theirEphemeral: Uint8Array, esSecret: Uint8Array, esPublic: Uint8Array): boolean {
    if (theirEphemeral.length !== KEY_BYTES || esPublic.length !== KEY_BYTES) return this.die('key');
    if (!this.#mixKey(this.ephemeral.secret, theirEphemeral, KEY_BYTES)) return this.die('key');
    if (!this.#mixKey(esSecret, esPublic, 2 * KEY_BYTES)) return this.die('key');
    this.ephemeral.secret.fill(0);
    return true;
  }

  /** The key for the payload of message two; undefined when it is not its turn, and then we are dead. */
  protected takePayloadKey(): Uint8Array | undefined {
    if (this.#payloadKey === undefined) this.die('order');
    const key = this.#payloadKey;
    this.#payloadKey = undefined;
    return key;
  }

  protected get hash(): Uint8Array {
    return this.#hash;
  }

  /** Noise section 5.2, Split(); the first key is the initiator's for sending. */
  protected split(payload2: Uint8Array, initiator: boolean): void {
    this.#mixHash(payload2);
    const keys = this.crypto.hkdfSha256(this.#chainingKey, NOTHING, NOTHING, 2 * KEY_BYTES);
    this.#chainingKey.fill(0);
    const first = keys.subarray(0, KEY_BYTES);
    const second = keys.subarray(KEY_BYTES);
    this.#session = new Session(
      this.crypto,
      initiator ? first : second,
      initiator ? second : first,
      this.#hash,
    );
  }

  /** The first reason stands. False, for the caller to return. */
  protected die(code: ChannelErrorCode): false {
    this.#failure ??= code;
    this.ephemeral.secret.fill(0);
    this.#chainingKey.fill(0);
    this.#payloadKey?.fill(0);
    this.#payloadKey = undefined;
    return false;
  }

  #mixHash(data: Uint8Array): void {
    this.#hash = this.crypto.sha256(this.#hash, data);
  }

  #mixKey(secret: Uint8Array, publicKey: Uint8Array, bytes: number): boolean {
    const shared = this.crypto.x25519(secret, publicKey);
    if (shared === undefined) return false;
    const keys = this.crypto.hkdfSha256(this.#chainingKey, shared, NOTHING, bytes);
    shared.fill(0);
    this.#chainingKey.fill(0);
    this.#chainingKey = keys.subarray(0, KEY_BYTES);
    if (bytes > KEY_BYTES) this.#payloadKey = keys.subarray(KEY_BYTES);
    return true;
  }
}

export class Initiator extends Handshake {
  readonly #payload1: Uint8Array;

  /** `payload1` goes beside `e` in clear; the handshake proves that the responder saw the same. */
  constructor(crypto: Crypto, prologue: Uint8Array, ephemeral: KeyPair, payload1: Uint8Array = NOTHING) {
    super(crypto, prologue, ephemeral);
    this.#payload1 = payload1;
  }

  /** The responder's keys are here: two X25519. False when one is of low order, and we are dead. */
  hello(responderStatic: Uint8Array, responderEphemeral: Uint8Array): boolean {
    return (
      this.mixPublic(responderStatic, this.e, this.#payload1, responderEphemeral) &&
      this.mixSecrets(responderEphemeral, this.ephemeral.secret, responderStatic)
    );
  }

  /** The payload of message two in clear, and `session` is ready; or undefined, and we are dead. */
  finish(payload2: Uint8Array): Uint8Array | undefined {
    const key = this.takePayloadKey();
    if (key === undefined) return undefined;
    const plaintext = this.crypto.open(key, 0, this.hash, payload2);
    key.fill(0);
    if (plaintext === undefined) this.die('tag');
    else this.split(payload2, true);
    return plaintext;
  }
}

export class Responder extends Handshake {
  readonly #static: KeyPair;

  /** `staticKey` is kept by its owner and never wiped here. */
  constructor(crypto: Crypto, prologue: Uint8Array, staticKey: KeyPair, ephemeral: KeyPair) {
    super(crypto, prologue, ephemeral);
    this.#static = staticKey;
  }

  /**
   * The initiator's message one is here: two X25519, best done once our own `e` is on its way. False as
   * above.
   */
  hello(initiatorEphemeral: Uint8Array, payload1: Uint8Array = NOTHING): boolean {
    return (
      this.mixPublic(this.#static.publicKey, initiatorEphemeral, payload1, this.e) &&
      this.mixSecrets(initiatorEphemeral, this.#static.secret, initiatorEphemeral)
    );
  }

  /**
   * The payload of message two, sealed, 16 bytes longer; `session` is ready. Throws ChannelError out of turn.
   */
  finish(plaintext: Uint8Array): Uint8Array {
    const key = this.takePayloadKey();
    if (key === undefined) throw new ChannelError(this.failure ?? 'order', 'finish: no keys to seal with');
    const payload2 = this.crypto.seal(key, 0, this.hash, plaintext);
    key.fill(0);
    this.split(payload2, false);
    return payload2;
  }
}
