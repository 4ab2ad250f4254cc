import type { Progress } from '../../scenario/events.js';
import type { CallName, Calls, Fault, Reply, Request } from '../messages.js';

/** What the worker says no to. */
export class CallError extends Error {
  constructor(readonly fault: Fault) {
    super(fault.message);
  }
}

interface Waiting {
  resolve(answer: never): void;
  reject(error: Error): void;
}

/** The simulator in its worker, as promises. */
export class Client {
  readonly #worker = new Worker('worker.js', { type: 'module' });
  readonly #waiting = new Map<number, Waiting>();
  #count = 0;

  constructor(onProgress: (progress: Progress) => void) {
    this.#worker.onmessage = ({ data }: MessageEvent<Reply>) => {
      if ('progress' in data) return onProgress(data.progress);
      const waiting = this.#waiting.get(data.id);
      this.#waiting.delete(data.id);
      if ('fault' in data) waiting?.reject(new CallError(data.fault));
      else waiting?.resolve(data.answer as never);
    };
    // A worker that does not load answers nobody.
    this.#worker.onerror = ({ message }) => {
      const fault = {
        code: 'worker',
        message: `The simulator did not start: ${message || 'see the console'}`,
      };
      for (const { reject } of this.#waiting.values()) reject(new CallError(fault));
      this.#waiting.clear();
    };
  }

  /** Throws CallError. */
  call<Name extends CallName>(call: Name, ask: Calls[Name]['ask']): Promise<Calls[Name]['answer']> {
    const id = this.#count++;
    const request: Request = { id, call, ask };
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage(request);
    });
  }
}
