import type { JsonErrorCode } from './json.js';

/** One thing that is wrong with a scenario. */
export interface Mistake {
  /** For scripts: the kind of mistake. */
  readonly code: `json-${JsonErrorCode}` | 'schema' | 'name' | 'step';
  /** JSON pointer to it. */
  readonly pointer: string;
  readonly message: string;
}
