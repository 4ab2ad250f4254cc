import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Whatever language the machine speaks. */
const ENGLISH = { LC_ALL: 'C.UTF-8' };

export interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** Standard error that is one line with this code, and nothing else. */
export const failsWith = (code: string) => expect.stringMatching(new RegExp(`^error: .* \\[${code}\\]\n$`));

/** Runs the real command line in a process of its own, with pipes for a terminal. */
export function tapnote(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  const { NO_COLOR: _, FORCE_COLOR: __, ...clean } = process.env;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(ROOT, 'tools/tapnote.mjs'), ...args], {
      cwd: ROOT,
      env: { ...clean, ...ENGLISH, ...env },
    });
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      err += text;
    });
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, out, err }));
  });
}

/** A command that goes on until it is ended. */
export interface Started {
  readonly pid: number;
  /** What the pattern found. */
  readonly found: string;
  /** All that it has said. */
  readonly said: () => string;
  /** Resolves with its status when it has ended by itself. */
  readonly ended: Promise<number | null>;
  /** A line at its standard input. */
  type(line: string): void;
  /** Resolves with its status when the process is gone; null after SIGKILL. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/**
 * Runs a command in a process of its own, until it has said what `until` looks for. `inside`: a program that
 * becomes it, in another place.
 */
export function startTapnote(
  args: readonly string[],
  until: RegExp,
  { inside = [], env = {} }: { inside?: readonly string[]; env?: Readonly<Record<string, string>> } = {},
): Promise<Started> {
  return new Promise((resolve, reject) => {
    const [program, ...rest] = [...inside, process.execPath, join(ROOT, 'tools/tapnote.mjs'), ...args];
    const child = spawn(program, rest, {
      cwd: ROOT,
      env: { ...process.env, ...ENGLISH, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const gone = new Promise<number | null>((ended) => child.on('close', ended));
    let said = '';
    const hear = (text: Buffer): void => {
      said += text.toString('utf8');
      const [, found] = until.exec(said) ?? [];
      if (found === undefined) return;
      const end = (signal: NodeJS.Signals): Promise<number | null> => {
        child.kill(signal);
        return gone;
      };
      const pid = child.pid!;
      resolve({
        pid,
        found,
        end,
        ended: gone,
        said: () => said,
        type: (line) => child.stdin.write(`${line}\n`),
      });
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.on('exit', (status) => reject(new Error(`tapnote ${args[0]} ended with ${status}: ${said}`)));
  });
}

const folder = mkdtempSync(join(tmpdir(), 'tapnote-test-'));

/** A file in a folder of this test run. */
export function temporary(name: string, text?: string | Uint8Array): string {
  const path = join(folder, name);
  if (text !== undefined) writeFileSync(path, text);
  return path;
}
