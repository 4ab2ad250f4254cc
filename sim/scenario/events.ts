import type { HistoryKind } from '../../firmware/protocol/history.js';
import type { ProofKind } from '../bank/fraud/proof.js';
import type { TagFaultName } from '../tag/fault-words.js';
import type { TownAudit } from '../world/town.js';
import type { TouchCost } from '../world/world.js';
import type { AccountEvent } from './account-events.js';
import type { Scenario, TearCause } from './scenario.js';

/** What somebody has, minor units. `account` is undefined for a clone: it has none. */
export interface Holding {
  readonly name: string;
  readonly held: number;
  /** Of it, received since the last sync. */
  readonly received: number;
  readonly inFlight: number;
  readonly account: number | undefined;
}

/** A transfer from an earlier touch that this one finished. */
export interface Finished {
  readonly amount: number;
  /** Undefined when accepted, else why it is void. */
  readonly void: string | undefined;
  /** Its payee had accepted it in that earlier touch: only its payer knows something new. */
  readonly wasTaken: boolean;
}

/** A transfer that its payer has in flight to its payee. */
export interface Open {
  readonly from: string;
  readonly to: string;
  readonly amount: number;
  /** Its payee has accepted it, and its payer does not know. */
  readonly isTaken: boolean;
}

export interface TouchEvent {
  readonly kind: 'touch';
  readonly do: 'pay' | 'push' | 'refund' | 'resume';
  readonly from: string;
  readonly to: string;
  readonly terminal: string;
  readonly card: string;
  readonly amount: number;
  readonly outcome: 'paid' | 'resumed' | 'refused' | 'torn';
  readonly refused: { readonly by: 'card' | 'terminal'; readonly why: string } | undefined;
  /** What stopped a torn touch, as the terminal saw it. */
  readonly fault: string | undefined;
  /** By how much the card's answer took longer than it must, microseconds; undefined when not checked. */
  readonly excess_us: number | undefined;
  /** It was carried to a card elsewhere. */
  readonly isRelayed: boolean;
  /** What was done to it, with which byte on the air. */
  readonly tear: { readonly what: TearCause; readonly airByte: number } | undefined;
  readonly finished: readonly Finished[];
  /** Between the two, when they are apart. */
  readonly open: readonly Open[];
  /** The payment of an earlier touch, touched once more. */
  readonly again: boolean;
  /** Its payee had accepted it before this touch: nothing was paid in it. */
  readonly wasPaid: boolean;
  /** Nothing is left to pay after it, however it ended: its payee has accepted it. */
  readonly isDone: boolean;
  /** Journal entries written, at the terminal and at the card. */
  readonly records: readonly [number, number];
  readonly cost: TouchCost;
  /** From 1, of `of` repeats. */
  readonly repeat: { readonly index: number; readonly of: number } | undefined;
}

export interface RepeatEvent {
  readonly kind: 'repeat';
  readonly do: 'pay' | 'push' | 'refund';
  readonly from: readonly string[];
  readonly to: string;
  readonly times: number;
  readonly paid: number;
  readonly sum: number;
  /** Of those that were not paid, by what they came to. */
  readonly otherwise: Readonly<Record<string, number>>;
  readonly touch_us: { readonly min: number; readonly mean: number; readonly max: number };
  readonly mean: { readonly apduBytes: number; readonly airBytes: number; readonly airFrames: number };
  readonly mean_us: {
    readonly air: number;
    readonly link: number;
    readonly flash: number;
    readonly compute: number;
  };
}

/** What a device told its owner over a terminal. */
export interface StatementEvent {
  readonly kind: 'statement';
  readonly who: string;
  readonly at: string;
  /** Undefined when it told. */
  readonly refused: string | undefined;
  readonly held: number;
  readonly inFlight: number;
  /** Newest first. */
  readonly history: readonly {
    readonly what: keyof typeof HistoryKind;
    readonly amount: number;
    readonly time_s: number;
    readonly counterparty: string | undefined;
  }[];
}

/** A passive tag hangs at a stall. */
export interface TagEvent {
  readonly kind: 'tag';
  readonly at: string;
  /** Whose device has signed it. */
  readonly by: string;
  /** Undefined where whoever pays says how much. */
  readonly amount: number | undefined;
  readonly label: string;
}

/** A wallet was held to a tag. */
export interface TapEvent {
  readonly kind: 'tap';
  readonly who: string;
  readonly at: string;
  /** Whom it has shown; undefined when it was not believed. */
  readonly payee: string | undefined;
  readonly amount: number | undefined;
  readonly label: string;
  /** Undefined as well when it was not read to its end. */
  readonly refused: TagFaultName | undefined;
}

export interface SyncEvent {
  readonly kind: 'sync';
  readonly do: 'sync' | 'load' | 'unload' | 'give';
  readonly who: string;
  /** Of a load, an unload or a gift. */
  readonly amount: number | undefined;
  readonly outcome: 'done' | 'failed' | 'torn' | 'refused';
  readonly messages: number;
  readonly detail: string;
  readonly before: Holding;
  readonly after: Holding;
}

export interface AccusedEvent {
  readonly kind: 'accused';
  readonly who: string;
  readonly device: string;
  readonly proof: ProofKind;
  /** CBOR, in hex. */
  readonly bytes: string;
  /** Whether the proof alone, with the root's public key, convicts the device. */
  readonly verified: boolean;
}

export interface ViolationEvent {
  readonly kind: 'violation';
  readonly what: 'invariant' | 'expect';
  /** Where in the scenario. */
  readonly pointer: string;
  readonly message: string;
}

export interface PressEvent {
  readonly kind: 'press';
  readonly who: string;
  readonly button: 'A' | 'B' | undefined;
  readonly isHeld: boolean;
  /** Whether the device took it as consent; undefined where not, and a screen shows what came of it. */
  readonly agreed: boolean | undefined;
  /** What the screen shows then. */
  readonly screen: readonly string[] | undefined;
}

/** Something that happened. */
export type Happening =
  | TouchEvent
  | RepeatEvent
  | StatementEvent
  | SyncEvent
  | AccusedEvent
  | ViolationEvent
  | { readonly kind: 'note'; readonly text: string }
  /** `who`: undefined for everybody. */
  | { readonly kind: 'network'; readonly up: boolean; readonly who: readonly string[] | undefined }
  | { readonly kind: 'power'; readonly on: boolean; readonly who: readonly string[] }
  | PressEvent
  | { readonly kind: 'wait'; readonly seconds: number }
  | { readonly kind: 'button'; readonly who: string; readonly amount: number }
  | {
      readonly kind: 'cancel';
      readonly who: string;
      readonly amount: number;
      readonly refused: string | undefined;
    }
  | { readonly kind: 'clone'; readonly who: string; readonly as: string; readonly held: number }
  | TagEvent
  | TapEvent
  | AccountEvent
  | { readonly kind: 'lost'; readonly who: string }
  | {
      readonly kind: 'payOut';
      /** Whose device has taken the money. */
      readonly who: string;
      /** Name of the operator; undefined: the first. */
      readonly at: string | undefined;
      /** Minor units of cash; undefined when it was refused. */
      readonly paid: number | undefined;
      /** Code of the bank's refusal. */
      readonly refused: string | undefined;
    }
  | { readonly kind: 'profile'; readonly who: string; readonly profile: string }
  | { readonly kind: 'settle'; readonly returned: number }
  | { readonly kind: 'balances'; readonly holdings: readonly Holding[] }
  | { readonly kind: 'audit'; readonly audit: TownAudit; readonly accused: readonly string[] };

export type StoryEvent = Happening & {
  /** Seconds since 1970. */
  readonly time_s: number;
  /** Index of the step; undefined before the first and after the last. */
  readonly step: number | undefined;
};

/** Work under way that takes long. */
export interface Progress {
  readonly what: string;
  readonly done: number;
  readonly of: number;
}

export interface Listener {
  event(event: StoryEvent): void;
  progress(progress: Progress): void;
}

export interface Totals {
  readonly touches: number;
  readonly paid: number;
  readonly refused: number;
  /** Ended with the card asking for its button. */
  readonly asked: number;
  readonly torn: number;
  readonly resumed: number;
  readonly syncs: number;
  readonly apduBytes: number;
  readonly airBytes: number;
  /** Of the touches that paid. */
  readonly touch_us: { readonly min: number; readonly mean: number; readonly max: number } | undefined;
}

/** How a run ended. */
export interface RunReport {
  readonly title: string;
  readonly seed: number;
  readonly currency: string;
  readonly start: string;
  /** See `Scenario`. */
  readonly compute: Scenario['compute'];
  readonly ok: boolean;
  readonly violations: readonly ViolationEvent[];
  readonly holdings: readonly Holding[];
  readonly accused: readonly AccusedEvent[];
  readonly audit: TownAudit;
  readonly totals: Totals;
}
