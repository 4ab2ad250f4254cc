/** Time since power-up, and alarms. Wall-clock time is the wallet's: only its bank moves that. */
export interface Clock {
  /** Milliseconds since power-up; wraps at 2^31. */
  ticks_ms(): number;
  /** Microseconds since power-up; wraps at 2^31, after 35 minutes: for short measurements. */
  ticks_us(): number;
  /** Runs `callback` once, `delay_ms` from now. */
  schedule(delay_ms: number, callback: () => void): Alarm;
  /** Seconds counted by the part that keeps counting in sleep; 0 after power was lost. */
  uptime_s(): number;
}

export interface Alarm {
  cancel(): void;
}
