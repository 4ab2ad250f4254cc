import type { CodeRefusalName } from '../account/refusal-words.js';

/** A phone shows a fresh code, or its platform gives it no certificate. */
export interface CodeEvent {
  readonly kind: 'code';
  readonly who: string;
  /** Undefined for any. */
  readonly amount: number | undefined;
  readonly counter: number;
  readonly until_s: number;
}
export interface NoCodeEvent {
  readonly kind: 'noCode';
  readonly who: string;
  /** Code of the bank's refusal. */
  readonly refused: string;
}

/** A gate has scanned what a phone shows, or looked at a face. */
export interface BillEvent {
  readonly kind: 'bill';
  readonly means: 'code' | 'card' | 'face';
  /** Who refused; the terminal when left out. */
  readonly by?: 'card' | undefined;
  /** At a gate of a network. */
  readonly way?: 'in' | 'out' | undefined;
  readonly at: string;
  readonly who: string;
  readonly amount: number;
  /** Undefined when it is booked. */
  readonly refused: CodeRefusalName | undefined;
}

/** A gate has sent its bills. */
export interface UploadEvent {
  readonly kind: 'upload';
  readonly at: string;
  readonly taken: number;
  /** What those come to that were taken, minor units. */
  readonly amount: number;
  /** Why bills were set aside. */
  readonly asides: readonly string[];
}

export interface DepositEvent {
  readonly kind: 'deposit';
  readonly who: string;
  readonly amount: number;
  /** Of it, what paid debts back. */
  readonly recovered: number;
}

export interface LeaveEvent {
  readonly kind: 'leave';
  readonly who: string;
  readonly state: 'leaving' | 'left' | undefined;
  /** Code of the bank's refusal; undefined when there was none. */
  readonly refused: string | undefined;
}

/** What somebody has in an account, and owes. Minor units. */
export interface AccountStanding {
  readonly name: string;
  readonly has: number;
  readonly owes: number;
  /** Lines of the credit record. */
  readonly record: readonly string[];
}

export interface JourneyStanding {
  /** Of a station; undefined where the tap is missing. */
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly time_s: number;
  readonly fare: number;
  readonly charge: number;
}

export type AccountEvent =
  | CodeEvent
  | NoCodeEvent
  | BillEvent
  | UploadEvent
  | DepositEvent
  | LeaveEvent
  | { readonly kind: 'pool'; readonly up: boolean }
  | { readonly kind: 'accounts'; readonly accounts: readonly AccountStanding[] }
  | { readonly kind: 'journeys'; readonly who: string; readonly journeys: readonly JourneyStanding[] };
