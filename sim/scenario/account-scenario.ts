import type { Refusal } from '../../firmware/protocol/refusal.js';
import type { CodeRefusalName } from '../account/refusal-words.js';

/** What a scenario says about accounts that are billed first: users, gates, fares, and steps about them. */

/** Number of a campus, line or region; `essentials`: where an issuer stands for these in a crisis (R33). */
export type Scene = number | 'essentials';

/** What a platform and a user agree upon. */
export interface AccountTerms {
  /** What a certificate is good for, minor units. */
  readonly quota: number;
  /** The most that it may owe its platform, minor units; enough for ten certificates when left out. */
  readonly line?: number;
  /** How long a certificate holds, as "7d". */
  readonly for?: string;
  /** Strength of the user's identity, 0 the weakest. */
  readonly tier?: number;
  /** The only scene where it holds; 0, or left out: anywhere. */
  readonly scene?: Scene;
}

export interface AccountHolder extends AccountTerms {
  readonly name: string;
  /** What is paid into the account at the beginning, minor units. */
  readonly deposit?: number;
}

export interface ScenarioGate {
  readonly name: string;
  /** Whose it is, and who is paid; a merchant of its own when left out. */
  readonly merchant?: string;
  /** Merchant category; of a gate of a network its station stands in the bills instead. */
  readonly category?: number;
  /** Of a network: a name under "fares". */
  readonly station?: string;
  /** It counts together with the others that name the same pool. */
  readonly pool?: string;
  /** Whose reader of wallets it has: a merchant under "people". */
  readonly till?: string;
  readonly scene?: Scene;
  readonly tierMin?: number;
  readonly profile?: string;
  /** Of a closed site: the only accounts that may pay. */
  readonly whitelist?: readonly string[];
  /** The most that one of them may pay by face, minor units; by none when left out. */
  readonly faceMax?: number;
}

/** Of a network: see `Fares`. Amounts in minor units. */
export interface ScenarioFares {
  /** Stations, zone by zone. */
  readonly zones: readonly (readonly string[])[];
  /** From a zone to itself and to each zone before it, row by row. */
  readonly prices: readonly (readonly number[])[];
  readonly maximum: number;
  readonly dayCap: number;
  readonly flat: number;
  readonly grace?: string;
  readonly journeyMax?: string;
  /** After local midnight. */
  readonly dayBegins?: string;
  readonly passback?: string;
}

export type BillExpect = 'billed' | { readonly refused: CodeRefusalName };

/** A phone shows a fresh code. */
export interface CodeStep {
  readonly do: 'code';
  readonly who: string;
  /** What it is for; any amount when left out. */
  readonly amount?: number;
  readonly expect?: 'shown' | { readonly refused: string };
}
/** A gate scans what a phone shows, and books a bill. */
export interface ScanStep {
  readonly do: 'scan';
  readonly at: string;
  readonly who: string;
  readonly amount: number;
  readonly expect?: BillExpect;
}
/** A gate looks at somebody's face, and books a bill. */
export interface LookStep {
  readonly do: 'look';
  readonly at: string;
  readonly who: string;
  readonly amount: number;
  /** How clear the picture is, in thousandths. */
  readonly clear_permille?: number;
  readonly expect?: BillExpect;
}
/** An account card is put to the reader of a till, and gives a code for the amount. */
export interface CardStep {
  readonly do: 'card';
  readonly at: string;
  /** Whose device: somebody with an account that is billed. */
  readonly who: string;
  readonly amount: number;
  /** Typed at the till. */
  readonly pin?: string;
  readonly expect?: BillExpect;
}
/** Somebody goes through a gate of a network, by a fresh code or by the one that is shown still. */
export interface PassStep {
  readonly do: 'in' | 'out';
  readonly at: string;
  readonly who: string;
  /** The code that the phone shows already. */
  readonly again?: boolean;
  readonly expect?: BillExpect;
}
/** The touch of a wallet at a gate of a network pays the flat fare with money. */
export interface FareStep {
  readonly do: 'fare';
  readonly at: string;
  readonly who: string;
  readonly pin?: string;
  readonly expect?: 'paid' | { readonly refused: keyof typeof Refusal };
}
/** Gates send their bills to the platform, and begin to count anew. */
export interface UploadStep {
  readonly do: 'upload';
  /** Gates; all of them when left out. */
  readonly at?: string | readonly string[];
  /** Of all together, how many bills were set aside. */
  readonly expect?: { readonly aside: number };
}
/** Money is paid into a user's account. */
export interface DepositStep {
  readonly do: 'deposit';
  readonly who: string;
  readonly amount: number;
}
/** A user wants to leave the platform. */
export interface LeaveStep {
  readonly do: 'leave';
  readonly who: string;
  readonly expect?: 'leaving' | 'left' | { readonly refused: string };
}
/** What users have in their accounts, and what they owe. */
export interface AccountsStep {
  readonly do: 'accounts';
  readonly expect?: Readonly<Record<string, { readonly has?: number; readonly owes?: number }>>;
}
/** What the taps of a user come to. */
export interface JourneysStep {
  readonly do: 'journeys';
  readonly who: string;
  /** Of each journey, the oldest first, what was charged. Minor units. */
  readonly expect?: readonly number[];
}
/** The network within a site, over which its gates count together. */
export interface PoolStep {
  readonly do: 'pool';
  readonly is: 'up' | 'down';
}

export type AccountsStepOf =
  | CodeStep
  | ScanStep
  | LookStep
  | CardStep
  | PassStep
  | FareStep
  | UploadStep
  | DepositStep
  | LeaveStep
  | AccountsStep
  | JourneysStep
  | PoolStep;
