import { randomBytes } from 'node:crypto';
import type { Bank } from '../bank.js';
import { hex } from '../bytes.js';
import { BankError } from '../codes.js';
import type { SyncSession } from '../sync/sync-session.js';

const SESSIONS_MAX = 1_024;
const SESSION_SILENCE_MS = 120_000;

interface OpenSession {
  session: SyncSession;
  /** One message at a time. */
  busy: boolean;
  used_ms: number;
}

/** The syncs that are under way, by names that nobody guesses. */
export class SyncSessions {
  readonly #open = new Map<string, OpenSession>();

  constructor(private readonly bank: Bank) {}

  get count(): number {
    return this.#open.size;
  }

  /** With the device's first message; the bank's answer, and the name for the next ones. */
  async open(
    operator: number | undefined,
    message: Uint8Array,
  ): Promise<{ session: string; message: Uint8Array }> {
    this.#sweep();
    const session = this.bank.openSync(operator);
    const answer = await session.step(message);
    const name = hex(randomBytes(16));
    this.#open.set(name, { session, busy: false, used_ms: Date.now() });
    return { session: name, message: answer };
  }

  async step(name: string, message: Uint8Array): Promise<Uint8Array> {
    const open = this.#open.get(name);
    if (!open) throw new BankError('unknown-session', 'no such session');
    if (open.busy) throw new BankError('malformed', 'one message at a time');
    open.busy = true;
    open.used_ms = Date.now();
    try {
      return await open.session.step(message);
    } finally {
      open.busy = false;
      if (open.session.closed) this.#open.delete(name);
    }
  }

  close(): void {
    for (const { session } of this.#open.values()) session.close();
    this.#open.clear();
  }

  /**
   * Forgets the silent, and the oldest when there are too many: a sync is taken up again where it was torn.
   */
  #sweep(): void {
    const silent_ms = Date.now() - SESSION_SILENCE_MS;
    for (const [name, { session, used_ms, busy }] of this.#open) {
      if (busy || (used_ms >= silent_ms && this.#open.size < SESSIONS_MAX)) continue;
      session.close();
      this.#open.delete(name);
    }
  }
}
