import type { PGlite } from '@electric-sql/pglite';
import type { Crypto } from '../../hal/crypto.js';
import type { Entropy } from '../../hal/entropy.js';
import type { Parameters } from './context.js';
import type { Engine } from './db/engine.js';
import type { KeyStores } from './key-store.js';
import type { LostMoney } from './lost-money.js';

export interface OperatorSetup {
  number: number;
  name: string;
  /** Reserves that it freezes with the central bank, and so the most that it may issue. Minor units. */
  reserves: number;
  /** Of what it has out and may still issue, how much that must be: parts in a thousand; all unless said. */
  reservePermille?: number;
}

export interface BankOptions {
  crypto: Crypto;
  /** Keys and ids come from here: one seed, one bank. */
  entropy: Entropy;
  /** Where the keys are (default: in the books, for trying out). */
  keyStores?: KeyStores;
  /** Bank time at the start, Unix seconds. A bank that exists goes on from its own. */
  time_s: number;
  /** An engine to share, or a PostgreSQL server; without it an engine is started, in memory. */
  database?: PGlite | Engine;
  /** Several banks may share an engine under different names. A bank of that name that exists is opened. */
  schema?: string;
  operators?: readonly OperatorSetup[];
  /** Of a bank that is made (default: CNY). One that exists has its own, and another is refused. */
  currency?: string;
  parameters?: Partial<Parameters>;
  /** Of a bank that is made (default: `recovered`). One that exists keeps its own. */
  lostMoney?: LostMoney;
}

export const DEFAULT_OPERATORS: readonly OperatorSetup[] = [
  { number: 1, name: 'First Operator', reserves: 1e12 },
  { number: 2, name: 'Second Operator', reserves: 1e12 },
];
