/** Everything that the bench finds out; with `--json`, this is the file. */
import type { Assumed } from './assumptions.js';
import type { Boot } from './boot.js';
import type { BUDGETED_CASES, CASES, CaseName } from './cases.js';
import type { DriverCost } from './driver.js';
import type { CodecCount } from './engine/codec.js';
import type { DecisionOutput } from './engine/decision.js';
import type { FreshCodeOutput } from './engine/fresh-code.js';
import type { Curve, CurveName } from './growth.js';
import type { Memory } from './memory.js';
import type { Side, Step } from './steps.js';
import type { TimedTouch } from './touch-model.js';
import type { WithDriver } from './with-driver.js';

export interface Path {
  readonly end_ms: number;
  readonly crypto: number;
  readonly other: number;
}

/** A touch over one kind of wires. */
export interface LinkResult {
  readonly link: string;
  /** Undefined, and why, where the touch does not come to its end. */
  readonly timed: TimedTouch | undefined;
  readonly failure: string | undefined;
  /** With a processor that takes no time: what air, wires and front ends take. */
  readonly withoutCompute_ms: number;
}

export interface CaseResult {
  readonly name: CaseName;
  readonly steps: readonly Step[];
  readonly missed: number;
  readonly overhead: number;
  readonly links: readonly LinkResult[];
  /**
   * Until the receipt is in the card's flash and the terminal has let go of it; and until the payee has
   * committed. Over LINK_OF_BUDGET.
   */
  readonly done: Path;
  readonly paid: Path;
  readonly critical: ReadonlySet<Step>;
  readonly apduBytes: number;
}

/** What the budgets are about. */
export interface Budgeted {
  readonly cases: Record<(typeof BUDGETED_CASES)[number], CaseResult>;
  readonly driver: DriverCost;
  readonly memory: Memory;
  readonly code: FreshCodeOutput;
  readonly decision: DecisionOutput;
}

export interface Results extends Budgeted {
  readonly commit: string;
  readonly cyclesPerInstruction: number;
  readonly clock_MHz: number;
  readonly cases: Record<(typeof CASES)[number], CaseResult>;
  readonly withDriver: readonly WithDriver[];
  readonly growth: Partial<Record<CurveName, Curve>>;
  /** Empty with `--quick`. */
  readonly assumptions: readonly Assumed[];
  readonly boots: readonly Boot[];
  readonly image_bytes: Record<string, number>;
  readonly codecs: readonly CodecCount[];
  /** Undefined with `--quick`. */
  readonly noble: Record<Side, number> | undefined;
}
