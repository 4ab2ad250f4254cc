/** One thing that is wrong with a scenario. */
export interface Mistake {
  /** JSON pointer to it. */
  readonly pointer: string;
  readonly message: string;
}
