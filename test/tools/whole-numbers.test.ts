import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './run-cli.js';

/** Runs a check as its npm script does. */
function check(...args: string[]): { status: number | null; out: string; err: string } {
  const program = join(ROOT, 'tools/program.mjs');
  const { NO_COLOR: _, FORCE_COLOR: __, ...env } = process.env;
  const ended = spawnSync(process.execPath, [program, 'tools/curve25519/main.ts', ...args], {
    cwd: ROOT,
    env,
  });
  return { status: ended.status, out: `${ended.stdout}`, err: `${ended.stderr}` };
}

describe('a check that is told how much to do', () => {
  it.each([
    ['--seed', 'x', '0 to 9999999999'],
    ['--cases', 'x', '1 to 9999999999'],
    ['--cases', '0', '1 to 9999999999'],
    ['--cases', '10000000000', '1 to 9999999999'],
    // One secret has nothing to be compared with.
    ['--secrets', '1', '2 to 9999999999'],
  ])('says for %s %s which numbers it takes: %s', (option, given, range) => {
    const { status, out, err } = check(option, given);
    expect([status, out]).toEqual([2, '']);
    expect(err).toContain(`Expected a whole number from ${range} (`);
    expect(err).toMatch(/^error: .* \[[a-z-]+\]\n$/);
  });
});
