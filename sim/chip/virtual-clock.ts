/**
 * Simulated time: microseconds, and alarms in a heap. Nothing passes by itself; `run…` jumps from alarm to
 * alarm, so a minute in which nothing happens costs nothing, and the same calls give the same run.
 *
 * Alarms due at the same instant run in the order in which they were set.
 */
export class VirtualAlarm {
  /** Place in the heap, or -1 when it has run or was cancelled. */
  index = -1;

  constructor(
    private readonly clock: VirtualClock,
    readonly time_us: number,
    readonly order: number,
    readonly callback: () => void,
  ) {}

  get pending(): boolean {
    return this.index >= 0;
  }

  cancel(): void {
    if (this.index >= 0) this.clock.remove(this);
  }
}

function isEarlier(a: VirtualAlarm, b: VirtualAlarm): boolean {
  return a.time_us < b.time_us || (a.time_us === b.time_us && a.order < b.order);
}

export class VirtualClock {
  #now_us = 0;
  #order = 0;
  readonly #heap: VirtualAlarm[] = [];
  /** Alarms that have run since the start: the simulator's own measure of work. */
  alarms = 0;
  /** Runs when an alarm is set that comes before all others: whoever waits for the next one waits less. */
  onSooner: (() => void) | undefined;

  get now_us(): number {
    return this.#now_us;
  }

  /** When the next alarm is due; undefined when none is set. */
  get next_us(): number | undefined {
    return this.#heap[0]?.time_us;
  }

  /** Runs `callback` once, `delay_us` from now (0 = after what is already due now). */
  schedule(delay_us: number, callback: () => void): VirtualAlarm {
    return this.scheduleAt(this.#now_us + Math.max(0, delay_us), callback);
  }

  scheduleAt(time_us: number, callback: () => void): VirtualAlarm {
    if (!(time_us >= this.#now_us))
      throw new RangeError(`an alarm at ${time_us} us is before now, ${this.#now_us} us`);
    const alarm = new VirtualAlarm(this, time_us, this.#order++, callback);
    alarm.index = this.#heap.length;
    this.#heap.push(alarm);
    this.#up(alarm);
    if (alarm.index === 0) this.onSooner?.();
    return alarm;
  }

  /** Runs the next alarm; false when there is none, or none until `limit_us`. */
  step(limit_us = Number.POSITIVE_INFINITY): boolean {
    const alarm = this.#heap[0];
    if (alarm === undefined || alarm.time_us > limit_us) return false;
    this.remove(alarm);
    this.#now_us = alarm.time_us;
    this.alarms++;
    alarm.callback();
    return true;
  }

  /** True when no alarm is left; false when `duration_us` went by first. */
  runUntilIdle(duration_us = Number.POSITIVE_INFINITY): boolean {
    const limit_us = this.#now_us + duration_us;
    while (this.step(limit_us));
    if (this.#heap.length === 0) return true;
    this.#now_us = limit_us;
    return false;
  }

  /**
   * True as soon as `condition` holds (asked after each alarm); false after `duration_us`, or when nothing is
   * left to run.
   */
  runUntil(condition: () => boolean, duration_us: number): boolean {
    const limit_us = this.#now_us + duration_us;
    while (!condition()) {
      if (!this.step(limit_us)) {
        this.#now_us = limit_us;
        return false;
      }
    }
    return true;
  }

  runFor(duration_us: number): void {
    const limit_us = this.#now_us + duration_us;
    while (this.step(limit_us));
    this.#now_us = limit_us;
  }

  remove(alarm: VirtualAlarm): void {
    const heap = this.#heap;
    const index = alarm.index;
    const last = heap.pop()!;
    alarm.index = -1;
    if (last === alarm) return;
    heap[index] = last;
    last.index = index;
    this.#up(last);
    this.#down(last);
  }

  #up(alarm: VirtualAlarm): void {
    const heap = this.#heap;
    let index = alarm.index;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = heap[above]!;
      if (!isEarlier(alarm, parent)) break;
      heap[index] = parent;
      parent.index = index;
      index = above;
    }
    heap[index] = alarm;
    alarm.index = index;
  }

  #down(alarm: VirtualAlarm): void {
    const heap = this.#heap;
    let index = alarm.index;
    for (;;) {
      let below = 2 * index + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && isEarlier(heap[below + 1]!, heap[below]!)) below++;
      const child = heap[below]!;
      if (!isEarlier(child, alarm)) break;
      heap[index] = child;
      child.index = index;
      index = below;
    }
    heap[index] = alarm;
    alarm.index = index;
  }
}
