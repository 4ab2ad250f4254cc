import type { Crypto } from '../../hal/crypto.js';
import type { Entropy } from '../../hal/entropy.js';
import type { Books } from './db/database.js';
import type { KeyStores } from './key-store.js';
import type { Keys } from './keys.js';
import type { LostMoney } from './lost-money.js';

/** What a deployment decides. */
export interface Parameters {
  /** How long a fresh note lives. */
  noteLife_s: number;
  /** Notes that would expire within this time after a sync are renewed by it (R15). */
  renewWithin_s: number;
  /** How often the value of a fresh note may change hands. */
  hopsMax: number;
  certificateLife_s: number;
  /** A certificate that would end within this time after a sync is renewed by it. */
  certificateRenewWithin_s: number;
  /** How long an operator signs with one key, and what it has signed holds at the most. */
  endorsementLife_s: number;
  /** Values of the notes that are issued, minor units, rising from 1; none: one note for each sum (R23). */
  denominations: readonly number[];
  /** With more notes than this, a sync merges them all. */
  notesHeldMax: number;
  /** After its last note has expired, how long the holder of a lost device waits for what is left (R9). */
  recoverAfter_s: number;
  /** After the end of an account certificate, how long until all bills under it are here (R27). */
  billsWithin_s: number;
  /** What is owed for bills stands in the credit record after so long, and is written off later. */
  recordAfter_s: number;
  writeOffAfter_s: number;
  /** A bill may be disputed for so long after it came. */
  disputeWithin_s: number;
}

const DAY_S = 86_400;

/** Certificates that last so long, and are renewed by a sync in the second half of that. */
export const certificatesOf = (
  life_s: number,
): Pick<Parameters, 'certificateLife_s' | 'certificateRenewWithin_s'> => ({
  certificateLife_s: life_s,
  certificateRenewWithin_s: Math.ceil(life_s / 2),
});

export const defaultParameters: Parameters = {
  noteLife_s: 180 * DAY_S,
  renewWithin_s: 14 * DAY_S,
  hopsMax: 5,
  ...certificatesOf(365 * DAY_S),
  endorsementLife_s: 20 * 365 * DAY_S,
  denominations: [],
  notesHeldMax: 32,
  recoverAfter_s: 30 * DAY_S,
  billsWithin_s: 7 * DAY_S,
  recordAfter_s: 30 * DAY_S,
  writeOffAfter_s: 180 * DAY_S,
  disputeWithin_s: 60 * DAY_S,
};

/** What every part of the bank stands on. */
export interface Context {
  readonly database: Books;
  /** Signs with the operators' keys, wherever they are. */
  readonly crypto: Crypto;
  readonly entropy: Entropy;
  readonly keys: Keys;
  readonly keyStores: KeyStores;
  readonly parameters: Parameters;
  /** A rule that the bank was made with. */
  readonly lostMoney: LostMoney;
  /** Devices (ids in hex) of which pages have come in a sync that has not brought the whole journal yet. */
  readonly unfinished: Set<string>;
  /** Devices that are resuming (ids in hex), and were asked for an entry that they have not shown. */
  readonly awaited: Set<string>;
  /** All that there is, for `markRestored`. Throws BankError `backup`. */
  readonly backup: () => Promise<Uint8Array>;
  /** Takes in the keys that are in the books now: for whoever has endorsed one. */
  readonly reloadKeys: () => Promise<void>;
  /** Bank time; moved by `tick` alone. */
  time_s: number;
}

export function randomBytes(context: { entropy: Entropy }, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  context.entropy.fill(bytes);
  return bytes;
}
