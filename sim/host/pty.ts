import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface Pty {
  /** What a user opens, as they would a serial port. */
  readonly path: string;
  write(bytes: Uint8Array): void;
  /** Resolves when it is gone. */
  close(): Promise<void>;
}

const PYTHON = 'python3';

export interface PtyProgram {
  readonly args: readonly string[];
  readonly cwd: string;
  /** What it says on standard error. */
  onComplaint(text: string): void;
}

/**
 * A pseudo-terminal; `onBytes` gets what its user writes. Throws with the reason where there is no python3.
 */
export function openPty(onBytes: (bytes: Uint8Array) => void): Promise<Pty> {
  return start([], process.cwd(), onBytes, (text) => process.stderr.write(text));
}

/**
 * A pseudo-terminal on the standard input and output of a program, which is killed with it: also when this
 * process is.
 */
export function openPtyOf({ args, cwd, onComplaint }: PtyProgram): Promise<Pty> {
  return start(args, cwd, () => {}, onComplaint);
}

function start(
  program: readonly string[],
  cwd: string,
  onBytes: (bytes: Uint8Array) => void,
  onComplaint: (text: string) => void,
): Promise<Pty> {
  return new Promise((resolve, reject) => {
    const helper = fileURLToPath(new URL('open-pty.py', import.meta.url));
    const child: ChildProcess = spawn(PYTHON, [helper, ...program], { cwd, stdio: ['pipe', 'pipe', 'pipe'] });
    const [input, output] = [child.stdin!, child.stdout!];
    let head = '';
    let isOpen = false;
    const gone = new Promise<void>((ended) => child.on('close', () => ended()));
    child.on('error', (error) =>
      reject(new Error(`${PYTHON} is needed for a pseudo-terminal: ${error.message}`)),
    );
    child.on('exit', (status) => {
      if (!isOpen) reject(new Error(`${PYTHON} gave no pseudo-terminal: status ${status}`));
    });
    child.stderr!.setEncoding('utf8').on('data', onComplaint);
    input.on('error', () => {});
    output.on('data', (bytes: Uint8Array) => {
      if (isOpen) return onBytes(new Uint8Array(bytes));
      head += Buffer.from(bytes).toString('latin1');
      if (!head.endsWith('\n')) return;
      isOpen = true;
      resolve({
        path: head.trim(),
        write: (data) => void input.write(data),
        close: () => {
          input.end();
          return gone;
        },
      });
    });
  });
}
