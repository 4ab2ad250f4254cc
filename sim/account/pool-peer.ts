import type { Alarm, Clock } from '../../hal/clock.js';
import type { Crypto } from '../../hal/crypto.js';
import type { Entropy } from '../../hal/entropy.js';
import { INSTANCE_BYTES, type PoolSecret, PoolSession } from './pool-channel.js';
import type { PoolHello } from './pool-hello.js';
import { type PoolReply, parseReply } from './pool-messages.js';

export interface PoolPeerOptions {
  readonly crypto: Crypto;
  readonly entropy: Entropy;
  readonly clock: Clock;
  readonly secret: PoolSecret;
  readonly instance: string;
  readonly hello: PoolHello;
  readonly send: (frame: Uint8Array) => void;
}

/** One gateway, as a terminal knows it. */
export class PoolPeer {
  readonly instance: string;
  readonly started_s: number;
  /** Of its last hello. */
  time_s: number;
  /** It has our bills up to this one; undefined before it has said so. */
  upTo: number | undefined;
  /** It knows that the platform has our bills up to this one. */
  receipted: number | undefined;
  /** Asks without an answer since it was heard. */
  misses = 0;
  /** Drawn anew at every try to open, until one is accepted. */
  #number = new Uint8Array(INSTANCE_BYTES);
  #session: PoolSession | undefined;
  /** Number of the message with bills that is not answered yet. */
  #told: { readonly number: number; readonly receipted: number } | undefined;
  #retry: Alarm | undefined;
  #stay: Alarm | undefined;

  constructor(private readonly options: PoolPeerOptions) {
    const { instance, hello } = options;
    this.instance = instance;
    this.started_s = hello.started_s;
    this.time_s = hello.time_s;
  }

  get isOpen(): boolean {
    return this.#session !== undefined;
  }
  get isTold(): boolean {
    return this.#told !== undefined;
  }

  /** Asks for a session, and gives up the one that there was. */
  open(): void {
    const { entropy, secret, send } = this.options;
    this.#session = undefined;
    this.#told = undefined;
    entropy.fill(this.#number);
    send(secret.open(this.#number));
  }

  /** Sends a message in the session; its number, or undefined when there is none. */
  send(message: Uint8Array): number | undefined {
    const sealed = this.#session?.seal(message);
    if (!sealed) return undefined;
    this.options.send(sealed.frame);
    return sealed.number;
  }

  /**
   * Sends bills, those after `receipted`. Without an answer in `retry_ms`, it begins again with a session.
   */
  tell(message: Uint8Array, receipted: number, retry_ms: number): void {
    const number = this.send(message);
    this.#told = number === undefined ? undefined : { number, receipted };
    this.#retry?.cancel();
    this.#retry = this.options.clock.schedule(retry_ms, () => {
      if (this.#told) this.open();
    });
  }

  /** The message `number` was answered. True when it was the one with bills. */
  hasTold(number: number): boolean {
    if (this.#told?.number !== number) return false;
    this.receipted = this.#told.receipted;
    this.#told = undefined;
    return true;
  }

  /** What came from it: it has accepted a session, or answers. Undefined for what is neither. */
  take(frame: Uint8Array): 'open' | PoolReply | undefined {
    const { crypto, secret } = this.options;
    const own = this.#session ? undefined : secret.accepted(this.#number, frame);
    if (own) {
      const { up, down } = secret.session(this.#number, own);
      this.#session = new PoolSession(crypto, up, down);
      return 'open';
    }
    const heard = this.#session?.hear(frame);
    if (heard) this.misses = 0;
    return heard && parseReply(heard.message);
  }

  /** It is there; after `stay_ms` without another word of it, `gone` runs. */
  stayUntil(stay_ms: number, gone: () => void): void {
    this.misses = 0;
    this.#stay?.cancel();
    this.#stay = this.options.clock.schedule(stay_ms, gone);
  }

  close(): void {
    this.#stay?.cancel();
    this.#retry?.cancel();
  }
}
