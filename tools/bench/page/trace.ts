/** Chromium's own trace: which thread worked when, in microseconds of its processor. */

/** As Chromium writes it, where it is used here. */
export interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds. */
  readonly ts: number;
  /** Of the thread's processor. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

export const CATEGORIES = [
  'toplevel',
  'devtools.timeline',
  'disabled-by-default-devtools.timeline',
  'loading',
];
/** What a thread takes off its queue, whatever it is for. */
const TASK = 'RunTask';
const FRAME = 'FireAnimationFrame';
const FIRST_PAINT = 'firstPaint';
const MAIN_THREAD = 'CrRendererMain';

/** The thread on which a page runs: its tasks, frames and paints. */
export class MainThread {
  readonly #events: readonly TraceEvent[];

  /** Throws Error when the trace has none, or has no processor time. */
  constructor(trace: Uint8Array) {
    const { traceEvents } = JSON.parse(new TextDecoder().decode(trace)) as {
      traceEvents: readonly TraceEvent[];
    };
    const threads = traceEvents.filter(
      ({ name, args }) => name === 'thread_name' && args?.name === MAIN_THREAD,
    );
    // A browser keeps another page ready, which draws nothing.
    const [drawing] = threads
      .map(({ pid, tid }) => traceEvents.filter((each) => each.pid === pid && each.tid === tid))
      .sort((a, b) => drawnIn(b) - drawnIn(a));
    if (!drawing?.some(({ tdur = 0 }) => tdur > 0))
      throw new Error('the trace has no processor time of a page');
    this.#events = drawing.toSorted((a, b) => a.ts - b.ts);
  }

  /** Processor time until something is painted. Throws Error when nothing is. */
  get firstPaint_us(): number {
    const end = this.#events.find(({ name }) => name === FIRST_PAINT);
    if (!end) throw new Error('the trace has no first paint');
    return this.#busy_us(0, end.ts);
  }

  /** Processor time of each frame that was drawn, up to the next. */
  get frames_us(): number[] {
    const starts = this.#events.filter(({ name }) => name === FRAME).map(({ ts }) => ts);
    return starts.slice(0, -1).map((start, i) => this.#busy_us(start, starts[i + 1]));
  }

  #busy_us(from: number, to: number): number {
    let busy_us = 0;
    for (const { name, ts, tdur = 0 } of this.#events)
      if (name === TASK && ts >= from && ts < to) busy_us += tdur;
    return busy_us;
  }
}

const drawnIn = (events: readonly TraceEvent[]): number =>
  events.filter(({ name }) => name === FRAME || name === FIRST_PAINT).length;
