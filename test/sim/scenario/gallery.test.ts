import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hostCrypto } from '../../../hal/crypto/host.js';
import { GALLERY_NAMES } from '../../../sim/page/gallery-names.js';
import { runScenario } from '../../../sim/scenario/runner.js';
import { bundledScenarios, loadScenario } from '../../../tools/cli/sim/scenario-file.js';

/** By the command line: test/tools/sim.test.ts and test/tools/relay.test.ts. */
const PLAYED_THERE = ['market-day', 'torn-touch', 'clones-and-limits', 'reserves', 'relay'];
const names = bundledScenarios().map((file) => basename(file, '.json'));

describe('the scenarios that come with tapnote', () => {
  it('are ten, and the tests that play them play each', () => {
    expect(names.length).toBeGreaterThanOrEqual(10);
    expect(PLAYED_THERE.filter((name) => !names.includes(name))).toEqual([]);
  });

  it('are all on the page', () => {
    expect([...GALLERY_NAMES].sort()).toEqual([...names].sort());
  });

  it.each(names.filter((name) => !PLAYED_THERE.includes(name)))(
    'go as they expect, and all money is there: %s',
    async (name) => {
      const loaded = loadScenario(name);
      expect(loaded.scenario.$schema).toBe('./scenario.schema.json');
      const listener = { event() {}, progress() {} };
      const { ok, violations, audit } = await runScenario(
        hostCrypto,
        loaded,
        loaded.scenario.seed!,
        listener,
      );
      expect(violations).toEqual([]);
      expect(ok).toBe(true);
      expect(audit.ok).toBe(true);
    },
  );
});
