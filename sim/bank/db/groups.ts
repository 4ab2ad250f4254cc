interface Waiting<Job, Result> {
  readonly job: Job;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

/** A database in this process leaves no turn to what comes over the network: it would never find company. */
const othersArrive = (): Promise<void> =>
  new Promise((resolve) => {
    if (typeof setImmediate === 'function') setImmediate(resolve);
    else setTimeout(resolve);
  });

/**
 * One writer: jobs that come while it works are done together. When a group fails, each of its jobs is done
 * by itself, so that none fails because of another.
 */
export class Groups<Job, Result> {
  #waiting: Waiting<Job, Result>[] = [];
  #isWorking = false;

  /** `together` does at most `max` jobs: all of them or none, with the results in their order. */
  constructor(
    private readonly max: number,
    private readonly together: (jobs: readonly Job[]) => Promise<readonly Result[]>,
  ) {}

  do(job: Job): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ job, resolve, reject });
      if (!this.#isWorking) void this.#work();
    });
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    while (this.#waiting.length > 0) {
      await othersArrive();
      await this.#doGroup(this.#waiting.splice(0, this.max));
    }
    this.#isWorking = false;
  }

  async #doGroup(group: readonly Waiting<Job, Result>[]): Promise<void> {
    try {
      const results = await this.together(group.map(({ job }) => job));
      for (const [i, { resolve }] of group.entries()) resolve(results[i]);
    } catch (error) {
      if (group.length === 1) group[0].reject(error);
      else for (const one of group) await this.#doGroup([one]);
    }
  }
}
