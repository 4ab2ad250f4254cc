import { Exit } from '../output/exit.js';

/** A command that goes on until it is ended: by a signal, or by what fails. */
export interface Ending {
  /** Resolves with the exit status at SIGINT or SIGTERM; rejects with what `fail` was given. */
  readonly promise: Promise<Exit>;
  fail(error: Error): void;
}

export function untilSignal(): Ending {
  let fail: (error: Error) => void = () => {};
  const promise = new Promise<Exit>((resolve, reject) => {
    fail = reject;
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => resolve(Exit.fine));
  });
  // What fails before anybody waits for it is not lost, and no crash.
  promise.catch(() => {});
  return { promise, fail };
}
