import type { Happening, Progress } from './events.js';
import type { Stage } from './stage.js';

/** What a step needs of the run that it is in. */
export interface Play {
  readonly stage: Stage;
  /** `time_s`: when it began, if that is not now. */
  tell(happening: Happening, time_s?: number): void;
  progress(progress: Progress): void;
  /** What the scenario expected of this step has not come. */
  unmet(message: string): void;
  /** An invariant does not hold. */
  broken(message: string): void;
}
