import type { Crypto } from '../../../hal/crypto.js';
import type { Bank } from '../../bank/bank.js';
import { faultsOfHour, type HourTold, playHour } from './hour.js';
import type { Morning } from './morning.js';
import type { NoonSize, RoundKind } from './plan.js';
import { type SettlingTold, type Spent, settle } from './settling.js';

export interface RoundTold {
  readonly kind: RoundKind;
  readonly hour: HourTold;
  readonly settling: SettlingTold;
  /** What the hour has cost this machine. */
  readonly spent: Spent;
  /** What is not as it must be, in words. */
  readonly faults: readonly string[];
}

/** One hour without a network beyond the site, and what comes after it, at a bank of the same morning. */
export async function noonRound(
  crypto: Crypto,
  bank: Bank,
  size: NoonSize,
  morning: Morning,
  kind: RoundKind,
  meter: () => () => Spent,
): Promise<RoundTold> {
  const stop = meter();
  const hour = playHour(crypto, size, morning, kind);
  const spent = stop();
  const settling = await settle(bank, size, morning, hour, meter);
  const faults = [...faultsOfHour(size, kind, hour.told), ...settling.faults];
  return { kind, hour: hour.told, settling, spent, faults };
}
