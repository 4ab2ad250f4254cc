import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostCrypto } from '../../../hal/crypto/host.js';
import { freshPglite } from '../../../sim/bank/db/fresh-pglite.js';
import { PageError } from '../../../sim/page/page-error.js';
import { Session } from '../../../sim/page/session.js';
import { TOWN } from '../../../sim/page/town.js';
import type { Step } from '../../../sim/scenario/scenario.js';

const STEPS = 60;
const NAMES = ['Mei', 'Rui', 'Lin', 'Noodle stall', 'Green Farm'];

const name = fc.constantFrom(...NAMES);
const amount = fc.integer({ min: 1, max: 4_000 });
const STEP: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('pay' as const), from: name, to: name, amount }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('tear' as const),
      from: name,
      to: name,
      amount,
      at: fc.record({ fraction: fc.double({ min: 0.6, max: 1, noNaN: true }) }),
      what: fc.constant('hand away' as const),
    }),
  },
  fc.constant({ do: 'cancel' as const }),
  fc.constant({ do: 'again' as const }),
  { weight: 1, arbitrary: fc.record({ do: fc.constant('sync' as const), who: name }) },
);

describe('where the money of a device came from', () => {
  let session: Session;
  beforeAll(async () => {
    ({ session } = await Session.open(hostCrypto, TOWN, await freshPglite(), () => {}));
  });
  afterAll(() => session.close());

  /** All that a device holds is shown, and nothing goes on that has not come. */
  function check(who: string): void {
    const { origins } = session.look(who);
    const { nodes, edges } = origins;
    const sum = (side: 'from' | 'to', key: string): number =>
      edges.reduce((all, edge) => (edge[side] === key ? all + edge.amount : all), 0);
    const { ledger } = session.stage.device(who).wallet;
    const holder = nodes.find(({ depth }) => depth === 0);
    expect(sum('to', holder?.key ?? '')).toBe(ledger.held - ledger.claims);
    for (const { key, kind, depth } of nodes) {
      if (kind !== 'device' || depth === 0) continue;
      expect(sum('to', key), `${key} of ${who}`).toBeGreaterThanOrEqual(sum('from', key));
    }
    for (const { from, to } of edges) {
      const [start, end] = [from, to].map((key) => nodes.find((each) => each.key === key));
      expect(start?.depth).toBe((end?.depth ?? 0) + 1);
    }
  }

  it('goes back through everybody who had it, to the notes that a bank has signed', async () => {
    await session.step({ do: 'pay', from: 'Mei', to: 'Noodle stall', amount: 700 });
    await session.step({ do: 'pay', from: 'Noodle stall', to: 'Green Farm', amount: 700 });
    const { nodes, edges } = session.look('Green Farm').origins;
    const way = edges.filter(({ amount }) => amount === 700).map(({ from, to }) => `${from} → ${to}`);
    const note = nodes.find(({ kind, depth }) => kind === 'note' && depth === 3);
    expect(way).toEqual([
      'device Noodle stall 1 → device Green Farm 0',
      'device Mei 2 → device Noodle stall 1',
      `${note?.key} → device Mei 2`,
    ]);
  });

  it('is told to the fen, payment by payment, however it was paid on, torn, voided and settled', async () => {
    for (const step of fc.sample(STEP, { numRuns: STEPS, seed: 3 })) {
      try {
        const { events } = await session.step(step);
        expect(events.filter(({ kind }) => kind === 'violation')).toEqual([]);
      } catch (error) {
        if (!(error instanceof PageError)) throw error;
      }
      for (const who of NAMES) check(who);
    }
  });

  it('asks no device: nothing of it takes time or wears its flash', async () => {
    const state = () =>
      NAMES.map((who) => {
        const { nor, host } = session.stage.device(who);
        return [nor.busy_us, nor.counters.programs, host.spent_us];
      });
    const before = state();
    for (const who of NAMES) session.look(who);
    expect(state()).toEqual(before);
  });
});
