/**
 * Methods that a client may ask for again under an idempotency key: each changes an account or a device, in
 * one transaction. Any other takes no key.
 */
export const KEYED: readonly string[] = [
  'createAccount',
  'deposit',
  'withdraw',
  'payOut',
  'load',
  'give',
  'unload',
  'setLimits',
  'raiseTier',
  'move',
  'unlockPin',
  'reportLost',
  'recover',
  'suspend',
  'liftSuspension',
  'renewOperatorKey',
  'freezeReserves',
  'releaseReserves',
  'setReserveRatio',
];
