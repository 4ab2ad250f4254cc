/** What woke the processor. `power`: it was plugged in, or reset. */
export type WakeCause = 'power' | 'field' | 'button' | 'timer';

/** The processor's own supply. What is in RAM is lost in sleep: waking is starting. */
export interface Power {
  readonly wokenBy: WakeCause;
  /** Sleeps until a reader's field or a button wakes it. Does not return. */
  sleep(): void;
  /** Starts again from nothing. Does not return. */
  restart(): void;
}
