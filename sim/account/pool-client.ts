import {
  type BillsAtHand,
  type PoolAsk,
  type PooledBill,
  type PoolHook,
  PoolVerdict,
} from '../../firmware/account/pool-hook.js';
import { concat } from '../../firmware/bytes.js';
import { isCorrupt } from '../../firmware/store/errors.js';
import type { Alarm, Clock } from '../../hal/clock.js';
import type { Crypto } from '../../hal/crypto.js';
import type { Entropy } from '../../hal/entropy.js';
import { hex } from '../bank/bytes.js';
import { PoolSecret } from './pool-channel.js';
import { HELLO_MS, PoolHello, siteIdOf } from './pool-hello.js';
import { askBytes, BILLS_MAX, logBytes, type PoolReply } from './pool-messages.js';
import { PoolPeer } from './pool-peer.js';

/** What a terminal waits for its gateway, at the most. */
export const ANSWER_MS_MAX = 100;
/** A gateway that has not said so for so long is not there. */
const GONE_MS = 3 * HELLO_MS;
/**
 * Gateways that a terminal tells its bills to: one is enough, two are there after a split network has healed.
 */
const GATEWAYS_MAX = 4;
/** Asks without an answer, one after another, after which a gateway is not asked until it is heard again. */
const MISSES_MAX = 2;
/** After so long without an answer to its bills, a terminal opens another session. */
const RETRY_MS = 2_000;

export interface PoolClientOptions {
  readonly crypto: Crypto;
  readonly entropy: Entropy;
  readonly clock: Clock;
  /** Signing key of the terminal, 64 bytes. */
  readonly key: Uint8Array;
  readonly site: string;
  /** Public key of the site's gateways, 32 bytes. */
  readonly gateway: Uint8Array;
  readonly bills: BillsAtHand;
  /** Sends a frame to a gateway, by its instance in hex. What does not arrive is nobody's fault. */
  readonly send: (instance: string, frame: Uint8Array) => void;
}

interface Waiting {
  readonly peer: PoolPeer;
  readonly number: number;
  readonly alarm: Alarm;
  readonly done: (verdict: PoolVerdict) => void;
}

/**
 * A terminal's end of the pool (R32). It asks the gateway that has been there longest, waits for 100 ms at
 * the most, and goes on by its own rules. Every bill stands in the terminal's log first; from there each
 * gateway gets it, now or when it is there again.
 */
export class PoolClient implements PoolHook {
  readonly #peers = new Map<string, PoolPeer>();
  readonly #site: Uint8Array;
  #waiting: Waiting | undefined;
  /** Payments that were decided without an answer. */
  unanswered = 0;

  constructor(private readonly options: PoolClientOptions) {
    this.#site = siteIdOf(options.crypto, options.site);
  }

  /** Gateways that are there, by their instances; the one that is asked comes first. */
  get gateways(): string[] {
    return this.#ready().map(({ instance }) => instance);
  }

  /** The gateway `instance` has every bill. */
  hasAll(instance: string): boolean {
    return this.#peers.get(instance)?.upTo === this.options.bills.last;
  }

  ask(ask: PoolAsk, done: (verdict: PoolVerdict) => void): void {
    if (this.#waiting) throw new Error('a terminal asks about one payment at a time');
    const peer = this.#ready().find(({ misses }) => misses < MISSES_MAX);
    // What it lacks comes first: it decides by all that it could know.
    if (peer) this.#tell(peer);
    const number = peer?.send(askBytes(this.#head(), ask));
    if (!peer || number === undefined) {
      this.unanswered++;
      return done(PoolVerdict.unanswered);
    }
    const alarm = this.options.clock.schedule(ANSWER_MS_MAX, () => this.#end(PoolVerdict.unanswered));
    this.#waiting = { peer, number, alarm, done };
  }

  booked(): void {
    for (const peer of this.#ready()) this.#tell(peer);
  }

  released(): void {
    for (const peer of this.#ready()) peer.send(logBytes(this.#head(), [], true));
  }

  /** A gateway says that it is there. What a stranger says changes nothing. */
  hello(bytes: Uint8Array): void {
    const { crypto, gateway } = this.options;
    const hello = PoolHello.parse(bytes);
    if (!hello?.verify(crypto, gateway, this.#site)) return;
    const instance = hex(hello.instance);
    const newest = Math.max(0, ...[...this.#peers.values()].map(({ time_s }) => time_s));
    // An old one is somebody who plays it again, or what a broker has kept of a gateway that is gone.
    if (hello.time_s < newest - GONE_MS / 1_000) return;
    const peer = this.#peers.get(instance) ?? this.#meet(instance, hello);
    if (hello.time_s < peer.time_s) return;
    peer.time_s = hello.time_s;
    peer.stayUntil(GONE_MS, () => this.gone(instance));
    if (peer.isOpen) this.#tell(peer);
    else peer.open();
  }

  /** A gateway has gone, as its broker says; nothing depends on whether that is true. */
  gone(instance: string): void {
    const peer = this.#peers.get(instance);
    this.#peers.delete(instance);
    peer?.close();
    if (peer && this.#waiting?.peer === peer) this.#end(PoolVerdict.unanswered);
  }

  /** A frame that came from the gateway `instance`. */
  take(instance: string, frame: Uint8Array): void {
    const peer = this.#peers.get(instance);
    const heard = peer?.take(frame);
    if (!peer || !heard) return;
    if (heard === 'open') return this.#tell(peer);
    const waiting = this.#waiting;
    const { to, verdict } = heard;
    if (waiting?.peer === peer && waiting.number === to) this.#end(verdict ?? PoolVerdict.unanswered);
    this.#progress(peer, heard);
  }

  /** It has ended: nothing more is sent. */
  close(): void {
    for (const instance of [...this.#peers.keys()]) this.gone(instance);
  }

  #meet(instance: string, hello: PoolHello): PoolPeer {
    if (this.#peers.size >= GATEWAYS_MAX) {
      const [oldest] = [...this.#peers.values()].sort((a, b) => a.time_s - b.time_s);
      this.gone(oldest.instance);
    }
    const { crypto, entropy, clock, key, gateway, send } = this.options;
    const secret = new PoolSecret(crypto, key, gateway, concat(this.#site, hello.instance));
    const give = (frame: Uint8Array): void => send(instance, frame);
    const peer = new PoolPeer({ crypto, entropy, clock, secret, instance, hello, send: give });
    this.#peers.set(instance, peer);
    return peer;
  }

  /** Those with a session; all terminals of a site choose the same one of them. */
  #ready(): PoolPeer[] {
    const open = [...this.#peers.values()].filter(({ isOpen }) => isOpen);
    return open.sort((a, b) => a.started_s - b.started_s || (a.instance < b.instance ? -1 : 1));
  }

  #head(): { receipted: number; last: number } {
    const { receipted, last } = this.options.bills;
    return { receipted, last };
  }

  /**
   * Sends the next bills that `peer` is not known to have, and which the platform has; unless some are under
   * way.
   */
  #tell(peer: PoolPeer): void {
    const { bills } = this.options;
    const { receipted } = bills;
    if (peer.isTold || (peer.upTo === bills.last && peer.receipted === receipted)) return;
    const next: PooledBill[] = [];
    for (let at = Math.max(peer.upTo ?? 0, receipted) + 1; at <= bills.last; at++) {
      const bill = next.length < BILLS_MAX ? readable(bills, at) : undefined;
      if (!bill) break;
      next.push(bill);
    }
    peer.tell(logBytes(this.#head(), next), receipted, RETRY_MS);
  }

  #progress(peer: PoolPeer, { to, upTo }: PoolReply): void {
    const before = peer.upTo;
    peer.upTo = upTo;
    // One that has taken nothing is full, or does not believe us: it is told again with its next hello.
    if (peer.hasTold(to) && upTo !== before) this.#tell(peer);
  }

  #end(verdict: PoolVerdict): void {
    const waiting = this.#waiting;
    if (!waiting) return;
    this.#waiting = undefined;
    waiting.alarm.cancel();
    if (verdict === PoolVerdict.unanswered) {
      waiting.peer.misses++;
      this.unanswered++;
    }
    waiting.done(verdict);
  }
}

/** Undefined for a bill that does not read any more: the gateways learn of none behind it. */
function readable(bills: BillsAtHand, sequence: number): PooledBill | undefined {
  try {
    return bills.at(sequence);
  } catch (error) {
    if (isCorrupt(error)) return undefined;
    throw error;
  }
}
