import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the real command line in a process of its own, with pipes for a terminal. */
export function tapnote(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  const { NO_COLOR: _, FORCE_COLOR: __, ...clean } = process.env;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(ROOT, 'tools/tapnote.mjs'), ...args], {
      cwd: ROOT,
      env: { ...clean, ...env },
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

const folder = mkdtempSync(join(tmpdir(), 'tapnote-test-'));

/** A file in a folder of this test run. */
export function temporary(name: string, text?: string | Uint8Array): string {
  const path = join(folder, name);
  if (text !== undefined) writeFileSync(path, text);
  return path;
}
