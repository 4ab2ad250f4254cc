/**
 * Noise_NK1_25519_ChaChaPoly_SHA256 (Noise revision 34): the initiator (the card) stays anonymous, the
 * responder (the terminal) proves that it holds the static key of its certificate.
 *
 *     <- s
 *     ...
 *     -> e
 *     <- e, ee, es
 *
 * Three things differ from a textbook handshake, in timing only: message one leaves before the initiator
 * knows the responder's static key, so nothing of it is hashed until `hello`; message two comes in parts, its
 * key in `agree`, and its payload in `finish`; and `ee` is computed as soon as that key is here, while the
 * responder's certificate is on its way. What is hashed, and what is mixed into the chaining key, are two
 * things (Noise section 5.2), so the order within each is that of the pattern.
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

/**
 * The X25519 key pair of a signing key (64 bytes): one secret for both, see PROTOCOL.md, One key a device.
 */
export function agreementOf(crypto: Crypto, signingKey: Uint8Array): KeyPair {
  const secret = crypto.x25519SecretOf(signingKey);
  return { secret, publicKey: crypto.x25519PublicKey(secret) };
}

/** What both roles share: the SymmetricState of Noise section 5.2, and how a handshake ends. */
class Handshake {
  protected readonly crypto: Crypto;
  protected readonly ephemeral: KeyPair;
  #hash: Uint8Array = NOTHING;
  #chainingKey: Uint8Array;
  /** Set by `hello`, until `finish`. */
  #payloadKey: Uint8Array | undefined;
  /** Those of the session, the initiator's for sending first. */
  #sessionKeys: Uint8Array = NOTHING;
  #begun = false;
  #session: Session | undefined;
  #failure: ChannelErrorCode | undefined;

  /** Takes over the ephemeral key, and wipes its secret in the end. */
  constructor(crypto: Crypto, ephemeral: KeyPair) {
    this.crypto = crypto;
    this.ephemeral = ephemeral;
    this.#chainingKey = PROTOCOL_NAME_HASH.slice();
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
    prologue: Uint8Array,
    responderStatic: Uint8Array,
    initiatorEphemeral: Uint8Array,
    payload1: Uint8Array,
    responderEphemeral: Uint8Array,
  ): boolean {
    if (this.dead) return false;
    if (this.#begun) return this.die('order');
    this.#begun = true;
    this.#hash = this.crypto.sha256(PROTOCOL_NAME_HASH, prologue);
    this.#mixHash(responderStatic);
    this.#mixHash(initiatorEphemeral);
    this.#mixHash(payload1); // no key yet: EncryptAndHash leaves it in clear
    this.#mixHash(responderEphemeral);
    return true;
  }

  /** The token `ee`. Only the key after `es` is ever used, so this one needs the chaining key alone. */
  protected mixEphemerals(theirs: Uint8Array): boolean {
    if (this.dead) return false;
    if (theirs.length === KEY_BYTES && this.#mixKey(this.ephemeral.secret, theirs, KEY_BYTES)) return true;
    return this.die('key');
  }

  /** The token `es`. */
  protected mixStatic(secret: Uint8Array, publicKey: Uint8Array): boolean {
    if (publicKey.length !== KEY_BYTES || !this.#mixKey(secret, publicKey, 2 * KEY_BYTES))
      return this.die('key');
    this.ephemeral.secret.fill(0);
    // Noise section 5.2, Split(): it takes the chaining key alone, which is the last now, and nobody waits.
    this.#sessionKeys = this.crypto.hkdfSha256(this.#chainingKey, NOTHING, NOTHING, 2 * KEY_BYTES);
    this.#chainingKey.fill(0);
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

  /** The session begins: its keys are its own from now on. */
  protected split(payload2: Uint8Array, initiator: boolean): void {
    this.#mixHash(payload2);
    const keys = this.#sessionKeys;
    this.#sessionKeys = NOTHING;
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
    this.#sessionKeys.fill(0);
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
  #theirs: Uint8Array | undefined;

  /** `payload1` goes beside `e` in clear; the handshake proves that the responder saw the same. */
  constructor(crypto: Crypto, ephemeral: KeyPair, payload1: Uint8Array = NOTHING) {
    super(crypto, ephemeral);
    this.#payload1 = payload1;
  }

  /**
   * The responder's ephemeral key is here: one X25519, and none when the same key comes again. False when it
   * is of low order or another one than before, and we are dead.
   */
  agree(responderEphemeral: Uint8Array): boolean {
    if (this.#theirs) return this.crypto.equal(this.#theirs, responderEphemeral) || this.die('order');
    this.#theirs = responderEphemeral.slice();
    return this.mixEphemerals(this.#theirs);
  }

  /**
   * The responder's static key is here as well, undefined when it has none that is good: the other X25519.
   * False when it is of low order, and we are dead. The prologue is what both must have seen of the exchange
   * before.
   */
  hello(prologue: Uint8Array, responderStatic: Uint8Array | undefined): boolean {
    if (!this.#theirs || !responderStatic) return this.die(this.#theirs ? 'key' : 'order');
    return (
      this.mixPublic(prologue, responderStatic, this.e, this.#payload1, this.#theirs) &&
      this.mixStatic(this.ephemeral.secret, responderStatic)
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
  constructor(crypto: Crypto, staticKey: KeyPair, ephemeral: KeyPair) {
    super(crypto, ephemeral);
    this.#static = staticKey;
  }

  /**
   * The initiator's message one is here: two X25519, best done while our own `e` is on its way. False as
   * above.
   */
  hello(prologue: Uint8Array, initiatorEphemeral: Uint8Array, payload1: Uint8Array = NOTHING): boolean {
    return (
      this.mixPublic(prologue, this.#static.publicKey, initiatorEphemeral, payload1, this.e) &&
      this.mixEphemerals(initiatorEphemeral) &&
      this.mixStatic(this.#static.secret, initiatorEphemeral)
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
