import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROGRAMS } from '../../tools/interop/programs.js';
import { ROOT } from './run-cli.js';

describe('the README’s table of programs that others wrote', () => {
  const [, table] = /<!-- interop:begin -->(.*)<!-- interop:end -->/s.exec(
    readFileSync(join(ROOT, 'README.md'), 'utf8'),
  )!;

  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

  it('has a row for each, with the test that shows it and a version of each package', () => {
    const rows = table.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| programs'));
    expect(rows).toHaveLength(PROGRAMS.length);
    for (const [i, { programs, to, test, packages, npm = [] }] of PROGRAMS.entries()) {
      for (const what of [programs, to, test, ...packages.map((name) => `${name} `)])
        expect(rows[i]).toContain(what);
      for (const name of npm) expect(rows[i]).toContain(`${name} ${dependencies[name]}`);
      expect(existsSync(join(ROOT, test))).toBe(true);
    }
  });

  it('names only packages that the setup script installs', () => {
    const setup = readFileSync(join(ROOT, 'tools/setup-debian.sh'), 'utf8');
    const missing = PROGRAMS.flatMap(({ packages }) => packages).filter((name) => !setup.includes(name));
    expect(missing).toEqual([]);
  });
});
