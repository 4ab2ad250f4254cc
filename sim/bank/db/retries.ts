/**
 * Errors after which a transaction may be tried again as it is, by PostgreSQL's SQLSTATE or the system's
 * code: it collided with another, or the server went, is starting, is a standby, or has no connection left.
 */
const PASSING: ReadonlySet<string> = new Set([
  ...['40001', '40P01', '40003', '57P01', '57P02', '57P03', '25006', '0A000', '53300'],
  ...['08000', '08001', '08003', '08004', '08006'],
  ...['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ETIMEDOUT'],
]);

const TRIES_MAX = 10;
const FIRST_MS = 20;
const LONGEST_MS = 1_000;

/** The server did not say whether it has committed: it may have. */
export class CommitUnknown extends Error {
  constructor(cause: unknown) {
    super('the answer to a commit was lost: it may have happened', { cause });
  }
}

export const isPassing = (error: unknown): boolean =>
  PASSING.has((error as { code?: string } | undefined)?.code ?? '');

/** How many transactions there were, and how often one was tried again. */
export interface Tries {
  transactions: number;
  retries: number;
}

/**
 * Runs `once` until it succeeds, or fails for good, at the most ten times. Between two tries it waits twice
 * as long as before at the most, a random part of it, so that those that collided do not meet again.
 * `idempotent`: it may be run again even if it may have happened.
 */
export async function withRetries<T>(once: () => Promise<T>, idempotent: boolean, tries: Tries): Promise<T> {
  tries.transactions++;
  for (let tried = 1; ; tried++) {
    try {
      return await once();
    } catch (error) {
      const mayRetry = error instanceof CommitUnknown ? idempotent : isPassing(error);
      if (!mayRetry || tried === TRIES_MAX) throw error;
      tries.retries++;
      await pause(Math.random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** tried));
    }
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
