import { describe, expect, it } from 'vitest';
import { figures, revisionOf } from '../../tools/bench/against.js';
import { CliError } from '../../tools/cli/cli-error.js';

describe('figures of two revisions', () => {
  it('are known by where they stand, and in a list by what they are of', () => {
    const report = {
      seed: 1,
      boot: [{ notes: 32, payments: 100, boot: { reads: 7 } }],
      ram: { bytes: 5 },
      names: ['a'],
      budgets: [{ name: 'crypto', is: 3, met: true }],
    };
    expect([...figures(report)]).toEqual([
      ['seed', 1],
      ['boot › notes 32, payments 100 › notes', 32],
      ['boot › notes 32, payments 100 › payments', 100],
      ['boot › notes 32, payments 100 › boot › reads', 7],
      ['ram › bytes', 5],
      ['budgets › crypto › is', 3],
    ]);
  });

  it('are of a commit that the history has', () => {
    expect(revisionOf('HEAD').commit).toMatch(/^[0-9a-f]{40}$/);
    for (const name of ['no-such-revision', '--all', '']) expect(() => revisionOf(name)).toThrow(CliError);
  });
});
