import { AccountCode } from '../../../firmware/account/account-code.js';
import { type Bill, BillKind, Means } from '../../../firmware/account/bill.js';
import { CodeRefusal, decideCode } from '../../../firmware/account/decision.js';
import { ESSENTIALS_SCENE, isEssential } from '../../../firmware/account/essentials.js';
import { SerialSet } from '../../../firmware/account/serial-set.js';
import { sameBytes } from '../../../firmware/bytes.js';
import { AMOUNT_MAX } from '../../../firmware/limits.js';
import { Refusal } from '../../../firmware/protocol/refusal.js';
import { codeName } from '../../code-name.js';
import type { Context } from '../context.js';
import type { PlatformKey } from './platform-keys.js';
import type { Replica } from './replica.js';
import type { TerminalRow } from './terminals.js';

/** A bill as its terminal has sent it. */
export interface SentBill {
  readonly bill: Bill;
  readonly hash: Uint8Array;
  /** Compact bytes of the code; empty where there is none. */
  readonly evidence: Uint8Array;
}

/**
 * Why a bill is set aside, and nobody pays it: `code-…` as its terminal should have said itself, or one of
 * these. Each is the terminal's doing, or its merchant's.
 */
export type AsideReason =
  | `code-${string}`
  | 'suspended' // the terminal is, since it was told to be or has forked
  | 'ahead' // dated later than now
  | 'clock' // dated before the bill before it, or before the terminal was registered
  | 'platform' // of users of nobody here
  | 'evidence' // its code is missing, or another one
  | 'fields' // it says something else than its code
  | 'certificate' // this platform has issued no such certificate
  | 'currency' // user and merchant have not the same
  | 'self' // the merchant is the user
  | 'category' // it says another merchant category than its terminal is registered in
  | 'essentials' // its certificate is for these, and the merchant of another category
  | 'late' // its user has left, and all bills were due
  | 'face' // beyond what the account has agreed to
  | 'refund'; // of no bill of this terminal that was paid, or of more than is left of it

const NO_SERIALS = new SerialSet([]);

/** The code that a bill was made of; undefined when it is none. `evidence`: its compact bytes. */
export const codeIn = (evidence: Uint8Array): AccountCode | undefined => AccountCode.fromBytes(evidence);

/** Its time is not one that the terminal's clock can have had. */
export function checkTime(
  { time_s: now_s }: Context,
  { limits: { clocksApart_s }, time_s, since_s }: TerminalRow,
  bill: Bill,
): AsideReason | undefined {
  if (clocksApart_s === AMOUNT_MAX) return undefined;
  if (bill.time_s > now_s + clocksApart_s) return 'ahead';
  return bill.time_s + clocksApart_s < Math.max(time_s, since_s) ? 'clock' : undefined;
}

/**
 * Whether a terminal that keeps its rules can have taken this code: by the decision of the firmware itself,
 * with what this terminal had counted.
 */
export function checkCode(
  context: Context,
  { key, terminal, replica }: { key: PlatformKey; terminal: TerminalRow; replica: Replica },
  { bill }: SentBill,
  code: AccountCode,
): AsideReason | undefined {
  const { limits, scene, tierMin, category } = terminal;
  const { id, publicKey, number: operator } = key;
  const { refusal } = decideCode(
    context.crypto,
    {
      platforms: [{ id, publicKey, operator, denied: NO_SERIALS }],
      ...{ limits, scene, tierMin },
      counts: replica.counts,
      lastSync_s: replica.lastSync_s(bill.time_s),
    },
    bill.amount,
    bill.time_s,
    code,
  );
  if (refusal !== undefined) return `code-${codeName({ ...Refusal, ...CodeRefusal }, refusal)}`;
  const { pseudonym, serial } = code.certificate;
  const isSame =
    sameBytes(pseudonym, bill.pseudonym) && serial === bill.serial && code.counter === bill.counter;
  if (!isSame) return 'fields';
  // By the register: the place in a bill is the merchant's word.
  return code.certificate.scene === ESSENTIALS_SCENE && !isEssential(category) ? 'essentials' : undefined;
}

/** A sale in another category than the merchant's; at a gate, a bill has a station there. */
export const isOfOtherCategory = ({ category }: TerminalRow, { kind, place }: Bill): boolean =>
  category !== 0 && kind === BillKind.sale && place !== category;

/** Whether bills for whatever ended then are overdue: nothing is kept for them any more. */
export const isOverdue = ({ time_s, parameters }: Context, ended_s: number): boolean =>
  time_s > ended_s + parameters.billsWithin_s;

/**
 * Revoked for longer than the terminal may go without a sync, and so without hearing of it: its clock may be
 * ahead by as much as clocks may be apart.
 */
export function isKnownRevoked(
  { limits: { offlineDuration_s, clocksApart_s } }: TerminalRow,
  revoked_s: number | null,
  bill: Bill,
): boolean {
  if (revoked_s === null || offlineDuration_s === AMOUNT_MAX || clocksApart_s === AMOUNT_MAX) return false;
  return bill.time_s > revoked_s + offlineDuration_s + clocksApart_s;
}

export const hasCode = ({ kind, means }: Bill): boolean => kind !== BillKind.refund && means !== Means.face;
