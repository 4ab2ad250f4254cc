import { describe, expect, it } from 'vitest';
import { nobleCrypto } from '../../../hal/crypto/noble.js';
import type { TouchEvent } from '../../../sim/scenario/events.js';
import { parseScenario } from '../../../sim/scenario/load.js';
import { runScenario } from '../../../sim/scenario/runner.js';
import type { TearCause } from '../../../sim/scenario/scenario.js';

const CAUSES: readonly TearCause[] = ['hand away', 'card power'];
const STEP_BYTES = 61;
const BYTES_MAX = 900;

describe('the same payment, touched again after a tear at any byte', () => {
  it.each(CAUSES)('%s: is paid once, and leaves nothing in flight', async (what) => {
    const tears = Array.from({ length: Math.ceil(BYTES_MAX / STEP_BYTES) }, (_, i) => 1 + i * STEP_BYTES);
    const scenario = parseScenario(
      'again.json',
      JSON.stringify({
        title: 'Again',
        seed: 7,
        start: '2026-05-16T09:00:00+08:00',
        people: [
          { name: 'Mei', deposit: 100_000 },
          { name: 'Stall', kind: 'merchant', category: 5814 },
        ],
        steps: [
          { do: 'load', who: 'Mei', amount: 100_000 },
          ...tears.flatMap((byte) => [
            { do: 'tear', by: 'pay', from: 'Mei', to: 'Stall', amount: 100, what, at: { byte } },
            { do: 'again' },
            { do: 'again' },
            { do: 'balances', expect: { Mei: { inFlight: 0 } } },
          ]),
          {
            do: 'balances',
            expect: { Mei: { held: 100_000 - 100 * tears.length }, Stall: { held: 100 * tears.length } },
          },
        ],
      }),
    );
    const touches: TouchEvent[] = [];
    const report = await runScenario(nobleCrypto, scenario, 7, {
      event: (event) => void (event.kind === 'touch' && touches.push(event)),
      progress() {},
    });
    expect(report.violations).toEqual([]);
    // Some were torn when the stall had the money, and Mei did not know.
    expect(touches.filter(({ wasPaid, finished }) => wasPaid && finished.length > 0)).not.toEqual([]);
    expect(report.totals).toMatchObject({ touches: 3 * tears.length, paid: tears.length });
  });
});
