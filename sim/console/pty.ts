import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface Pty {
  /** What a user opens, as they would a serial port. */
  readonly path: string;
  write(bytes: Uint8Array): void;
  close(): void;
}

const PYTHON = 'python3';

/** A pseudo-terminal; `onBytes` gets what its user writes. Throws with the reason where there is no python3. */
export function openPty(onBytes: (bytes: Uint8Array) => void): Promise<Pty> {
  return new Promise((resolve, reject) => {
    const child: ChildProcess = spawn(PYTHON, [fileURLToPath(new URL('open-pty.py', import.meta.url))], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const [input, output] = [child.stdin!, child.stdout!];
    let head = '';
    let isOpen = false;
    child.on('error', (error) =>
      reject(new Error(`${PYTHON} is needed for a pseudo-terminal: ${error.message}`)),
    );
    child.on('exit', (status) => {
      if (!isOpen) reject(new Error(`${PYTHON} gave no pseudo-terminal: status ${status}`));
    });
    input.on('error', () => {});
    output.on('data', (bytes: Uint8Array) => {
      if (isOpen) return onBytes(new Uint8Array(bytes));
      head += Buffer.from(bytes).toString('latin1');
      if (!head.endsWith('\n')) return;
      isOpen = true;
      resolve({
        path: head.trim(),
        write: (data) => void input.write(data),
        close: () => void input.end(),
      });
    });
  });
}
