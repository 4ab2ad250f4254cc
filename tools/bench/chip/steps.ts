/**
 * The meter's log as steps of a touch: who computes, before or behind its message, and what the instructions
 * went to.
 */
import { Closed, CODES, type Code, codeOf, LOG_FIELDS, Mark } from './codes.js';
import type { TouchOutput } from './engine/play.js';

export type Side = 'terminal' | 'card';

/** A stretch of a step that goes to one thing. */
export interface Span {
  readonly phase: string;
  readonly code: Code;
  readonly instructions: number;
}

export type FlashOperation = 'read' | 'program' | 'erase';

/**
 * What a device does from a message that comes to the one that it sends, or (`behind`) from there until it
 * waits again.
 */
export interface Step {
  readonly side: Side;
  /** The command that the step makes or answers; `search`, `close`, `end` and `idle` at the ends. */
  readonly name: string;
  readonly behind: boolean;
  readonly spans: Span[];
  /** Bytes read or programmed, sectors erased. */
  readonly flash: { readonly operation: FlashOperation; readonly bytes: number }[];
  /** Of the message that ends it. */
  sentBytes: number;
  instructions: number;
}

export const NAMES = {
  pull: ['SELECT', 'KEY', 'HELLO', 'INVOICE', 'TRANSFER', 'RECEIPT'],
  push: ['SELECT', 'KEY', 'HELLO', 'OFFER', 'DELIVER'],
} as const;

export type TouchKind = keyof typeof NAMES;

/** Brackets that name a phase and cost nothing themselves. */
const PHASES: readonly Code[] = ['session', 'certificate', 'verify', 'commit'];
const FLASH = new Map<number, FlashOperation>([
  [Mark.flashRead, 'read'],
  [Mark.flashProgram, 'program'],
  [Mark.flashErase, 'erase'],
]);

export const CRYPTO: readonly Code[] = CODES.slice(codeOf('SHA-256'), codeOf('equal') + 1);
export const STORE: readonly Code[] = ['store', 'CRC-32', 'flash'];

/** Steps in the order in which they ran. */
export function stepsOf({ log, overhead }: TouchOutput, kind: TouchKind): Step[] {
  const steps: Step[] = [];
  let step = begin(steps, 'terminal', 'search');
  const stack: Code[] = ['engine'];
  for (let at = 0; at < log.length; at += LOG_FIELDS) {
    const [code, closed, raw, mark, value] = log.slice(at, at + LOG_FIELDS);
    const left = [overhead.outside, overhead.inside, overhead.mark][closed];
    const own = CODES[code];
    const phase = stack.findLast((name) => PHASES.includes(name)) ?? step.name;
    step.spans.push({ phase, code: PHASES.includes(own) ? 'engine' : own, instructions: raw - left });
    if (closed === Closed.byLeave) stack.pop();
    if (closed === Closed.byEnter) stack.push(CODES[log[at + LOG_FIELDS]]);
    if (closed !== Closed.byMark) continue;
    const operation = FLASH.get(mark);
    if (operation) step.flash.push({ operation, bytes: value });
    else if (mark === Mark.terminal || mark === Mark.card) {
      const name = NAMES[kind][value] ?? (step.name === 'close' ? 'end' : 'close');
      step = begin(steps, mark === Mark.card ? 'card' : 'terminal', name);
    } else if (mark === Mark.sent) {
      step.sentBytes = value;
      step = begin(steps, step.side, step.name, true);
    } else if (mark === Mark.end) step = begin(steps, value === 0 ? 'terminal' : 'card', 'idle');
  }
  steps.pop(); // behind the last mark is nothing
  for (const each of steps) each.instructions = sum(each.spans);
  return steps;
}

function begin(steps: Step[], side: Side, name: string, behind = false): Step {
  const step = { side, name, behind, spans: [], flash: [], sentBytes: 0, instructions: 0 };
  steps.push(step);
  return step;
}

/** Instructions of the spans that went to one of `codes`, or to anything. */
export function sum(spans: readonly Span[], codes?: readonly Code[]): number {
  return spans.reduce(
    (total, span) => total + (codes?.includes(span.code) === false ? 0 : span.instructions),
    0,
  );
}

/**
 * The same touch twice: `split` knows what each step's instructions went to, but carries the meter in its
 * figures; `whole` is free of it. What the correction missed is given to the engine, so that a step has its
 * true sum.
 */
export function merge(split: readonly Step[], whole: readonly Step[]): { steps: Step[]; missed: number } {
  if (split.length !== whole.length) throw new Error('the same touch went two ways');
  let missed = 0;
  const steps = split.map((step, i): Step => {
    const rest = whole[i].instructions - step.instructions;
    missed += Math.abs(rest);
    const engine = sum(step.spans, ['engine']);
    const spans = step.spans.map((span) =>
      span.code === 'engine' && engine > 0
        ? { ...span, instructions: span.instructions * (1 + rest / engine) }
        : span,
    );
    return { ...step, spans, instructions: whole[i].instructions };
  });
  return { steps, missed };
}
