import { AMOUNT_MAX } from '../../firmware/limits.js';
import type { Limits } from '../../firmware/objects/profile.js';
import type { Wallet } from '../../firmware/wallet/wallet.js';

/**
 * What somebody who has opened the case does to the firmware in memory: each breaks one rule, and leaves the
 * rest as it is.
 */
export type Hack = (wallet: Wallet, dice: (below: number) => number) => void;

/** Replaces a method of the object by one that may call the original. */
function patch<T extends object, K extends keyof T>(
  object: T,
  name: K,
  make: (original: T[K]) => T[K],
): void {
  const original = (object[name] as unknown as (...args: unknown[]) => unknown).bind(object) as T[K];
  Object.defineProperty(object, name, { value: make(original), configurable: true });
}

const withLimits = (wallet: Wallet, change: Partial<Limits>) => {
  const limits = { ...wallet.limits, ...change };
  Object.defineProperty(wallet, 'limits', { get: () => limits, configurable: true });
};

export const HACKS: Record<string, Hack> = {
  'spends received value that it never had': (wallet, dice) => {
    const time_s = wallet.own_s;
    const terms = { hops: 1, hopsLimit: 5, expires_s: time_s + 90 * 86_400 };
    wallet.ledger.lots.add(0, 1 + dice(50_000), terms);
  },
  'spends its notes again': ({ ledger }) => {
    ledger.noteIndex.each((id, left) => void ledger.noteIndex.restore(id.slice(), left));
  },
  'forgets hops': ({ ledger }) => {
    patch(
      ledger.lots,
      'add',
      (add) => (purpose, amount, terms) => add(purpose, amount, { ...terms, hops: 1 }),
    );
  },
  'makes its money last': ({ ledger }) => {
    patch(ledger.noteIndex, 'choose', (choose) => (purpose, amount, time_s, hopsLimit) => {
      const pick = choose(purpose, amount, time_s, hopsLimit);
      return pick && { ...pick, expires_s: pick.expires_s + 86_400 };
    });
  },
  'lets its money travel further': ({ ledger }) => {
    patch(ledger.noteIndex, 'choose', (choose) => (purpose, amount, time_s, hopsLimit) => {
      const pick = choose(purpose, amount, time_s, hopsLimit);
      return pick && { ...pick, hopsLimit: pick.hopsLimit + 1 };
    });
  },
  'pays targeted money to anyone': ({ ledger }) => {
    patch(
      ledger.noteIndex,
      'choose',
      (choose) => (purpose, amount, time_s, hopsLimit) =>
        choose(5411, amount, time_s, hopsLimit) ?? choose(purpose, amount, time_s, hopsLimit),
    );
  },
  'has no limits': (wallet) =>
    withLimits(wallet, {
      paymentMax: AMOUNT_MAX,
      receivedPaymentMax: AMOUNT_MAX,
      dayMax: AMOUNT_MAX,
      balanceMax: AMOUNT_MAX,
      offlineCountMax: AMOUNT_MAX,
      offlineDuration_s: AMOUNT_MAX,
      counterpartyCountMax: AMOUNT_MAX,
      counterpartyAmountMax: AMOUNT_MAX,
      tierMax: [],
      emptyWithin_s: 0,
    }),
  'trusts everybody': ({ trust }) => {
    patch(trust, 'isHot', () => () => false);
  },
  'is never suspended': ({ ledger }) => {
    Object.defineProperty(ledger, 'suspended', { get: () => false, set: () => {}, configurable: true });
  },
};
