import { CodeRefusal, type CodeTerminal, decide, type Platform } from '../../firmware/account/decision.js';
import { UserCounts } from '../../firmware/account/user-counts.js';
import type { Limits } from '../../firmware/objects/profile.js';
import { Refusal } from '../../firmware/protocol/refusal.js';
import type { Crypto } from '../../hal/crypto.js';

/** A payment by code that a gate has booked, and its platform deducts later (R27). */
export interface Bill {
  readonly who: string;
  readonly amount: number;
  readonly counter: number;
  readonly time_s: number;
}

export interface GateOptions {
  readonly name: string;
  readonly crypto: Crypto;
  readonly platform: Platform;
  readonly limits: Limits;
  readonly scene: number;
  readonly tierMin: number;
  readonly lastSync_s: number;
}

export type CodeRefusalName = keyof typeof Refusal | keyof typeof CodeRefusal;

/** A gate or a till without wallets: scans codes, decides offline, and books. */
export class Gate {
  readonly name: string;
  readonly bills: Bill[] = [];
  readonly #terminal: CodeTerminal & { readonly counts: UserCounts };

  constructor(private readonly options: GateOptions) {
    const { name, platform, limits, scene, tierMin, lastSync_s } = options;
    this.name = name;
    const counts = new UserCounts();
    this.#terminal = { platforms: [platform], limits, scene, tierMin, counts, lastSync_s };
  }

  /** What it has counted, minor units. */
  get amount(): number {
    return this.#terminal.counts.amount;
  }

  /** Scans `text` for `amount`, and books it; or says why not, and has booked nothing. */
  scan(text: string, who: string, amount: number, now_s: number): CodeRefusalName | undefined {
    const { crypto } = this.options;
    const { counts } = this.#terminal;
    const bytes = Uint8Array.from(text, (character) => Math.min(character.charCodeAt(0), 0xff));
    const decision = decide(crypto, this.#terminal, amount, now_s, bytes);
    if (decision.refusal !== undefined) return nameOf(decision.refusal);
    counts.count(decision.code, amount);
    this.bills.push({ who, amount, counter: decision.code.counter, time_s: now_s });
    return undefined;
  }
}

const NAMES = { ...Refusal, ...CodeRefusal };

const nameOf = (refusal: number): CodeRefusalName =>
  (Object.keys(NAMES) as CodeRefusalName[]).find((name) => NAMES[name] === refusal) ?? 'malformed';
