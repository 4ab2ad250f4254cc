import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { hostCrypto } from '../../../hal/crypto/host.js';
import { parseScenario } from '../../../sim/scenario/load.js';
import { runScenario } from '../../../sim/scenario/runner.js';

/** Each tells one rule of a bank, or of a profile; every step of them says how it is to end. */
it.each(['emptied-daily', 'lost', 'lost-is-lost', 'denominations'])('ends as it says: %s', async (name) => {
  const file = `sim/scenarios/${name}.json`;
  const loaded = parseScenario(file, readFileSync(file, 'utf8'));
  const report = await runScenario(hostCrypto, loaded, loaded.scenario.seed!, {
    event: () => {},
    progress: () => {},
  });
  expect(report.violations).toEqual([]);
  expect(report.audit.ok).toBe(true);
});
