import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import { parseScenario } from '../../../sim/scenario/load.js';
import { runScenario } from '../../../sim/scenario/runner.js';

interface AnyStep {
  readonly do: string;
  readonly expect?: unknown;
}

const billed = (wanted: unknown) => (wanted === 'billed' ? { refused: 'stale' } : 'billed');
/** By step, an expectation that a right one is turned into, and that does not come. */
const WRONG: Readonly<Record<string, (wanted: never) => unknown>> = {
  code: (wanted: unknown) => (wanted === 'shown' ? { refused: 'debt' } : 'shown'),
  ...{ scan: billed, look: billed, card: billed, in: billed, out: billed },
  leave: (wanted: unknown) => (wanted === 'left' ? { refused: 'debt' } : 'left'),
  upload: ({ aside }: { aside: number }) => ({ aside: aside + 1 }),
  journeys: (wanted: number[]) => [...wanted, 1],
  accounts: (wanted: Record<string, Record<string, number>>) =>
    Object.fromEntries(
      Object.entries(wanted).map(([name, sums]) => [
        name,
        Object.fromEntries(Object.entries(sums).map(([what, sum]) => [what, sum + 1])),
      ]),
    ),
};
/** What is said of one: each sum of an account is looked at by itself. */
const complaints = (step: AnyStep): number =>
  step.do === 'accounts'
    ? Object.values(step.expect as Record<string, object>).flatMap((sums) => Object.keys(sums)).length
    : 1;

const violations = async (scenario: object): Promise<readonly string[]> => {
  const parsed = parseScenario('expect.json', JSON.stringify(scenario));
  const report = await runScenario(opensslCrypto, parsed, 1, { event() {}, progress() {} });
  return report.violations.map((violation) => JSON.stringify(violation));
};

it.each([
  ['campus-noon', ['code', 'scan', 'upload', 'accounts', 'leave']],
  ['metro', ['in', 'out', 'journeys', 'accounts']],
  ['village-shop', ['card']],
  ['codes', ['look']],
] as const)(
  'what the account steps of %s expect is looked at: right it is silent, wrong each says so',
  async (name, kinds) => {
    const file = new URL(`../../../sim/scenarios/${name}.json`, import.meta.url);
    const scenario = JSON.parse(readFileSync(file, 'utf8')) as { steps: AnyStep[] };
    expect(await violations(scenario)).toEqual([]);
    const isTried = (step: AnyStep) => step.expect !== undefined && Object.hasOwn(WRONG, step.do);
    const tried = scenario.steps.filter(isTried);
    expect(tried.map(({ do: kind }) => kind)).toEqual(expect.arrayContaining([...kinds]));
    const steps = scenario.steps.map((step) =>
      isTried(step) ? { ...step, expect: WRONG[step.do](step.expect as never) } : step,
    );
    const said = await violations({ ...scenario, steps });
    expect(said).toHaveLength(tried.reduce((sum, step) => sum + complaints(step), 0));
    for (const each of said) expect(each).toMatch(/expected .+, got .+/);
  },
);
