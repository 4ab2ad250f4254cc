import { PoolVerdict } from '../../firmware/account/pool-hook.js';
import { concat, sameBytes } from '../../firmware/bytes.js';
import type { Crypto } from '../../hal/crypto.js';
import type { Entropy } from '../../hal/entropy.js';
import { Pool, type PoolRules } from './pool.js';
import { INSTANCE_BYTES, PoolSecret, PoolSession, terminalNameOf } from './pool-channel.js';
import { PoolHello, siteIdOf } from './pool-hello.js';
import { parseTerminalMessage, replyBytes, type TerminalMessage } from './pool-messages.js';

export interface PoolGatewayOptions {
  readonly crypto: Crypto;
  readonly entropy: Entropy;
  /** Signing key of the site's gateways, 64 bytes. */
  readonly key: Uint8Array;
  readonly site: string;
  /** Public keys of the terminals, 32 bytes each. Nobody else is heard. */
  readonly terminals: readonly Uint8Array[];
  readonly rules: PoolRules;
  /** Unix time. */
  readonly time_s: () => number;
}

interface Line {
  readonly secret: PoolSecret;
  session: PoolSession | undefined;
  /** Opened, and not used yet: the one before holds until the terminal shows that it has the new keys. */
  next:
    | { readonly number: Uint8Array; readonly accept: Uint8Array; readonly session: PoolSession }
    | undefined;
  /** The pool has every bill that this terminal has spoken of. */
  isWhole: boolean;
}

/**
 * A site's edge gateway (R32): frames of terminals in, frames for them out. The transport is somebody else's.
 */
export class PoolGateway {
  readonly pool: Pool;
  /** Of this start, 8 bytes. */
  readonly instance = new Uint8Array(INSTANCE_BYTES);
  /** Asks that were answered, by verdict. */
  readonly answered: number[] = new Array(PoolVerdict.unanswered + 1).fill(0);
  readonly #lines = new Map<string, Line>();
  readonly #site: Uint8Array;
  readonly #started_s: number;

  /** Throws RangeError for a key that is none. */
  constructor(private readonly options: PoolGatewayOptions) {
    const { crypto, entropy, key, site, terminals, rules, time_s } = options;
    this.pool = new Pool(rules);
    entropy.fill(this.instance);
    this.#started_s = time_s();
    this.#site = siteIdOf(crypto, site);
    const place = concat(this.#site, this.instance);
    for (const publicKey of terminals) {
      const secret = new PoolSecret(crypto, key, publicKey, place);
      const line = { secret, session: undefined, next: undefined, isWhole: false };
      this.#lines.set(terminalNameOf(crypto, publicKey), line);
    }
  }

  /** For everybody, again and again. */
  hello(): Uint8Array {
    const { crypto, key, time_s } = this.options;
    const fields = {
      site: this.#site,
      instance: this.instance,
      started_s: this.#started_s,
      time_s: time_s(),
    };
    return PoolHello.build(crypto, key, fields).bytes;
  }

  get terminals(): number {
    return this.#lines.size;
  }
  /** Terminals whose bills are all here, by their own word. */
  get whole(): number {
    return [...this.#lines.values()].filter(({ isWhole }) => isWhole).length;
  }

  /** A frame that came for this instance from `terminal` (hex); the frame that goes back, if any. */
  take(terminal: string, frame: Uint8Array): Uint8Array | undefined {
    const line = this.#lines.get(terminal);
    if (!line) return undefined;
    const number = line.secret.opened(frame);
    if (number) return this.#open(line, number);
    const heard = this.#hear(line, frame);
    const message = heard && parseTerminalMessage(heard.message);
    if (!message) return undefined;
    const reply = { to: heard.number, ...this.#answer(terminal, line, message) };
    return line.session?.seal(replyBytes(reply))?.frame;
  }

  #open(line: Line, number: Uint8Array): Uint8Array {
    // The same OPEN once more is answered by the same keys: the terminal takes the first answer that it gets.
    if (line.next && sameBytes(line.next.number, number)) return line.next.accept;
    const { crypto, entropy } = this.options;
    const own = new Uint8Array(number.length);
    entropy.fill(own);
    const { up, down } = line.secret.session(number, own);
    const accept = line.secret.accept(number, own);
    line.next = { number, accept, session: new PoolSession(crypto, down, up) };
    return accept;
  }

  #hear(line: Line, frame: Uint8Array): ReturnType<PoolSession['hear']> {
    const { next } = line;
    const heard = next?.session.hear(frame);
    if (!next || !heard) return line.session?.hear(frame);
    line.session = next.session;
    line.next = undefined;
    return heard;
  }

  #answer(
    terminal: string,
    line: Line,
    message: TerminalMessage,
  ): { verdict: PoolVerdict | undefined; upTo: number } {
    const { pool } = this;
    const { head } = message;
    const now_s = this.options.time_s();
    let verdict: PoolVerdict | undefined;
    if (message.kind === 'ask') {
      verdict = pool.ask(terminal, head, message.ask, now_s);
      this.answered[verdict]++;
    } else if (message.isReleased) pool.released(terminal, head, now_s);
    const upTo = pool.log(terminal, head, message.kind === 'log' ? message.bills : [], now_s);
    line.isWhole = upTo === head.last;
    return { verdict, upTo };
  }
}
