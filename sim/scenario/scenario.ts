import type { Refusal } from '../../firmware/protocol/refusal.js';
import type { TagFault } from '../../firmware/tag/tag-fault.js';
import type { LostMoney } from '../bank/lost-money.js';
import type { Face } from '../device/device.js';
import type {
  AccountHolder,
  AccountsStepOf,
  AccountTerms,
  ScenarioFares,
  ScenarioGate,
} from './account-scenario.js';

/**
 * A scenario, as a user writes it. `scenarios/scenario.schema.json` says the same to editors and to the
 * loader.
 */
export interface Scenario {
  readonly $schema?: string;
  readonly title: string;
  readonly description?: string;
  readonly seed?: number;
  /** What readers ask cards for on the air. */
  readonly bitRate_kbps?: number;
  /** Whether processors take time, as counted on the emulated chip; none when left out. */
  readonly compute?: 'modelled';
  /** ISO 8601 with its offset from UTC; times are told in that offset. */
  readonly start: string;
  readonly currency?: string;
  readonly operators?: readonly ScenarioOperator[];
  /** Values of the notes that are issued, minor units; a note a sum when left out. */
  readonly denominations?: readonly number[];
  /** What is on a lost device: comes back as far as the bank can prove it, or not at all. */
  readonly lostMoney?: LostMoney;
  readonly profiles?: Readonly<Record<string, ScenarioLimits>>;
  readonly people: readonly Person[];
  /** Users of a platform, who pay by the code on their phones: billed first, deducted later. */
  readonly accounts?: readonly AccountHolder[];
  /** Gates and tills that scan such codes. */
  readonly gates?: readonly ScenarioGate[];
  /** Of a network, whose gates have stations. */
  readonly fares?: ScenarioFares;
  readonly steps: readonly Step[];
}

export interface ScenarioOperator {
  readonly name: string;
  /** Reserves frozen with the central bank. Minor units. */
  readonly quota: number;
  /**
   * Of what it has out and may still issue, how much must be frozen: parts in a thousand. All of it when left
   * out: then the quota is the most that it may issue.
   */
  readonly reservePermille?: number;
}

/** Limits on top of the ordinary ones. Amounts in minor units. */
export interface ScenarioLimits {
  readonly paymentMax?: number;
  readonly receivedPaymentMax?: number;
  readonly dayMax?: number;
  readonly balanceMax?: number;
  readonly offlineCountMax?: number;
  readonly offlineDuration_s?: number;
  readonly counterpartyCountMax?: number;
  readonly counterpartyAmountMax?: number;
  readonly noConfirmMax?: number;
  readonly noConfirmTotalMax?: number;
  readonly buttonMax?: number;
  readonly claimGrace_s?: number;
  readonly clocksApart_s?: number;
  readonly relayMax_us?: number;
  readonly emptyWithin_s?: number;
  readonly received?: 'frozen' | 'pending' | 'circulating';
  readonly categoryLimits?: readonly { readonly category: number; readonly paymentMax: number }[];
  /** For each of the four tiers, from 0: most for one payment in which its holder takes part. */
  readonly tierMax?: readonly number[];
  /** Names. */
  readonly operators?: readonly string[];
}

export interface Person {
  readonly name: string;
  readonly operator?: string;
  readonly kind?: 'person' | 'merchant';
  readonly category?: number;
  /** Strength of the identity, 0 to 3; with it come the limits of that tier. */
  readonly tier?: number;
  /** Where they stand, for money that is only good there. */
  readonly place?: number;
  readonly profile?: string;
  readonly deposit?: number;
  /** Their account is billed by a platform, too: the device is an account card. */
  readonly billed?: AccountTerms;
  readonly pin?: string;
  readonly settleTo?: 'device' | 'account';
  /** Withdrawal password of somebody who is not registered: an anonymous device, and no account. */
  readonly password?: string;
  readonly flashSectors?: number;
  /** What its owner sees and presses: `screen` is a wearable's, with two buttons. */
  readonly face?: Face;
}

export type Names = string | readonly string[];
/**
 * Minor units; or all the received value that the payer holds; or another sum each time, drawn from the seed.
 */
export type Amount =
  | number
  | 'received'
  | { readonly from: number; readonly to: number; readonly step?: number };
export type RefusalName = keyof typeof Refusal;

export type TouchExpect = 'paid' | 'torn' | 'resumed' | { readonly refused: RefusalName };
export type SyncExpect = 'done' | 'failed' | 'torn' | { readonly refused: string };
/** Minor units. */
export type HoldingExpect = {
  readonly held?: number;
  readonly inFlight?: number;
  readonly account?: number;
};

interface Payment {
  /** Who pays whom. The terminal is the payee's in a `pay`, the payer's in a `push` or `refund`. */
  readonly from: Names;
  readonly to: string;
  readonly amount: Amount;
  /** The paying person's PIN. */
  readonly pin?: string;
  /** Whether the cardholder presses the button when the card asks for it. */
  readonly button?: boolean;
  /** A name for this payment, for `again` and `cancel`. */
  readonly order?: string;
  readonly expect?: TouchExpect;
}

/** Where in a touch it is torn: a byte on the air, a share of all its bytes, or a place in an exchange. */
export type TearPlace =
  | { readonly byte: number }
  | { readonly fraction: number }
  | { readonly phase: Phase; readonly part?: 'request' | 'answer' };
export type Phase = 'select' | 'key' | 'hello' | 'invoice' | 'transfer' | 'receipt' | 'offer' | 'deliver';
export type TearCause = 'hand away' | 'card power' | 'terminal power';

export interface PayStep extends Payment {
  readonly do: 'pay' | 'push' | 'refund';
  readonly times?: number;
  readonly every?: string;
  /** Of a push: to whom the last tag has shown that the payer was held to, and nobody else. */
  readonly tag?: boolean;
  /** The card is elsewhere: what the network that carries the touch adds to each exchange. */
  readonly relay_ms?: number;
}
export interface TearStep extends Payment {
  readonly do: 'tear';
  readonly by?: 'pay' | 'push';
  readonly at: TearPlace;
  readonly what: TearCause;
}
export interface AgainStep {
  readonly do: 'again';
  readonly order?: string;
  /** Typed now, in place of what was typed before. */
  readonly pin?: string;
  readonly expect?: TouchExpect;
}
export interface ResumeStep {
  readonly do: 'resume';
  readonly terminal: string;
  readonly card: string;
  readonly expect?: TouchExpect;
}
export interface CancelStep {
  readonly do: 'cancel';
  readonly order?: string;
  readonly expect?: 'cancelled' | { readonly refused: RefusalName };
}
/** The owner asks their device what it holds, through somebody's terminal and with the PIN. */
export interface StatementStep {
  readonly do: 'statement';
  readonly who: string;
  readonly at: string;
  readonly pin: string;
  readonly expect?: 'told' | { readonly refused: RefusalName };
}
export interface LoadStep {
  readonly do: 'load' | 'unload';
  readonly who: Names;
  readonly amount: number;
  readonly expect?: SyncExpect;
}
/** Money of an account for another's device, to be paid to somebody only, with the sync that brings it. */
export interface GiveStep {
  readonly do: 'give';
  readonly from: string;
  readonly who: string;
  readonly amount: number;
  readonly category?: number;
  readonly place?: number;
  /** Name of the only one who may be paid. */
  readonly payee?: string;
  /** How long it is good, as "2d"; then what is left goes back. */
  readonly for?: string;
  readonly expect?: SyncExpect;
}
export interface SyncStep {
  readonly do: 'sync';
  readonly who: Names;
  /** The device leaves when it has sent so many messages. */
  readonly tornAfter?: number;
  readonly expect?: SyncExpect;
}
/** Somebody gives a withdrawal password at an operator's counter. */
export interface PayOutStep {
  readonly do: 'payOut';
  /** Whose device has taken the money. */
  readonly who: string;
  /** Name of the operator; the first by default. */
  readonly at?: string;
  readonly password: string;
  /** Minor units of cash, or why none. */
  readonly expect?: number | { readonly refused: string };
}
/** A passive tag that shows whom to pay hangs at somebody's stall. */
export interface TagStep {
  readonly do: 'tag';
  readonly at: string;
  /** Whose device has signed it; that of the stall when left out. */
  readonly by?: string;
  /** Whoever pays says how much when it is left out. */
  readonly amount?: number;
  readonly label?: string;
  /** How long it holds. */
  readonly for?: string;
  readonly medium?: 'ntag215' | 'ntag216' | 'type4';
}
/** Somebody holds a wallet to that tag. */
export interface TapStep {
  readonly do: 'tap';
  readonly who: string;
  readonly at: string;
  readonly expect?: 'read' | { readonly refused: keyof typeof TagFault };
}
/** The owner looks at the device for a second, and presses. */
export interface PressStep {
  readonly do: 'press';
  readonly who: string;
  /** Of a device with a screen. */
  readonly button?: 'A' | 'B';
  readonly held?: boolean;
  readonly expect?: 'agreed' | 'nothing';
}
export interface BalancesStep {
  readonly do: 'balances';
  readonly who?: Names;
  readonly expect?: Readonly<Record<string, number | HoldingExpect>>;
}
export interface AuditStep {
  readonly do: 'audit';
  readonly expect?: { readonly accused?: readonly string[]; readonly inFlight?: number };
}

export type Step =
  | PayStep
  | TearStep
  | AgainStep
  | ResumeStep
  | CancelStep
  | StatementStep
  | LoadStep
  | GiveStep
  | SyncStep
  | PayOutStep
  | BalancesStep
  | AuditStep
  | TagStep
  | TapStep
  | AccountsStepOf
  | { readonly do: 'note'; readonly text: string }
  | PressStep
  | { readonly do: 'network'; readonly is: 'up' | 'down'; readonly who?: Names }
  | { readonly do: 'power'; readonly is: 'on' | 'off'; readonly who: Names }
  | { readonly do: 'wait'; readonly for: string }
  | { readonly do: 'clone'; readonly who: string; readonly as: string }
  | { readonly do: 'lost'; readonly who: string }
  | { readonly do: 'profile'; readonly who: Names; readonly profile: string }
  | { readonly do: 'settle' };

/** Stands for everybody where names are taken. */
export const EVERYONE = 'everyone';
export const PUSH_PHASES: readonly Phase[] = ['select', 'key', 'hello', 'offer', 'deliver'];
export const PULL_PHASES: readonly Phase[] = ['select', 'key', 'hello', 'invoice', 'transfer', 'receipt'];

const UNITS_S: Readonly<Record<string, number>> = { s: 1, min: 60, h: 3_600, d: 86_400 };

/** Seconds in "90s", "45min", "3h" or "2d". */
export function seconds(duration: string): number {
  const [, count, unit] = /^(\d+)(\D+)$/.exec(duration) ?? [];
  return Number(count) * UNITS_S[unit];
}

export const listOf = (names: Names): readonly string[] => (typeof names === 'string' ? [names] : names);

/** Whether the step is carried out with the bank, and so needs the network. */
export const needsNetwork = (step: Step): step is LoadStep | GiveStep | SyncStep =>
  ['load', 'unload', 'give', 'sync'].includes(step.do);
