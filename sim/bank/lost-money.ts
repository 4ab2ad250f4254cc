/**
 * What becomes of the money on a device that was lost (R9): its owner gets what the bank can prove, once
 * nobody can spend or claim it any more; or it is lost like cash, unless the device itself comes back.
 */
export const LOST_MONEY = ['recovered', 'forfeited'] as const;
export type LostMoney = (typeof LOST_MONEY)[number];
