/**
 * Why the processor runs. The first four are the ordinary ways; the others are worth a line in a report of a
 * fault.
 */
export type WakeCause =
  | 'power' // plugged in, or reset by its pin
  | 'field'
  | 'button'
  | 'timer'
  | 'watchdog' // it hung
  | 'brownout' // its supply sagged
  | 'restart'; // an exception that nothing caught

/** The processor's own supply. What is in RAM is lost in sleep: waking is starting. */
export interface Power {
  readonly wokenBy: WakeCause;
  /** Sleeps until a reader's field or a button wakes it. Does not return. */
  sleep(): void;
  /** Starts again from nothing. Does not return. */
  restart(): void;
}
