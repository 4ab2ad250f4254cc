import { Refusal } from '../protocol/refusal.js';

/**
 * The conditions that a wallet can be in. Each is worked out from what lies in flash, never stored by itself.
 */
export const Lifecycle = Object.freeze({
  /** No keys or no certificate: takes a personalisation, nothing else. */
  blank: 0,
  /** Certified, but never synced: no clock, no money. */
  personalised: 1,
  active: 2,
  /** As active, but what takes a PIN is refused until the PUK or the bank unlocks it. */
  pinLocked: 3,
  /** The bank has stopped it: it finishes what is in flight and syncs, and pays and receives nothing new. */
  suspended: 4,
  /** Its certificate has run out; otherwise as suspended. */
  expired: 5,
  /**
   * The journal in flash has an entry that does not read: nothing is booked any more. It shows what it holds
   * and gives its journal to its bank.
   */
  stopped: 6,
} as const);
export type Lifecycle = (typeof Lifecycle)[keyof typeof Lifecycle];

/** Why a wallet in that condition neither pays nor receives; undefined when it does. */
export function checkLifecycle(lifecycle: Lifecycle): Refusal | undefined {
  if (lifecycle === Lifecycle.stopped) return Refusal.stopped;
  if (lifecycle === Lifecycle.suspended) return Refusal.suspended;
  if (lifecycle === Lifecycle.expired) return Refusal.expired;
  return lifecycle < Lifecycle.active ? Refusal.notActive : undefined;
}

export interface Condition {
  readonly certified: boolean;
  readonly stopped: boolean;
  readonly epoch: number;
  readonly suspended: boolean;
  readonly certificateUntil_s: number;
  readonly time_s: number;
  readonly pinLocked: boolean;
}

export function lifecycle(condition: Condition): Lifecycle {
  if (!condition.certified) return Lifecycle.blank;
  if (condition.stopped) return Lifecycle.stopped;
  if (condition.epoch === 0) return Lifecycle.personalised;
  if (condition.suspended) return Lifecycle.suspended;
  if (condition.time_s > condition.certificateUntil_s) return Lifecycle.expired;
  return condition.pinLocked ? Lifecycle.pinLocked : Lifecycle.active;
}
