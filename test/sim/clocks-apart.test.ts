import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Town } from '../../sim/world/town.js';
import { Clocks } from '../support/clocks.js';
import { DAY_S, offlineTotal, syncs, townOf } from '../support/town.js';

const BOUND_S = 5 * DAY_S;
const LOADED = 10_000;
const BOTH = ['stall', 'watch'] as const;
/** Bytes on the air of a whole touch, and some. */
const AIR_BYTES_MAX = 1_600;

type Kind = 'pull' | 'push';

interface Payment {
  readonly kind: Kind;
  readonly payer: (typeof BOTH)[number];
  readonly tearAt: number | undefined;
}

/** A town, and two residents whose clocks differ so from the bank's. */
async function apart(shifts_s: Record<(typeof BOTH)[number], number>): Promise<Town> {
  const limits = { clocksApart_s: BOUND_S };
  const town = await townOf({
    stall: { category: 5812, loaded: LOADED, limits },
    watch: { loaded: LOADED, limits },
  });
  const clocks = new Clocks(town.world, ...BOTH.map((name) => town.resident(name).device));
  await syncs(town, ...BOTH);
  clocks.beat();
  for (const name of BOTH) {
    const { device } = town.resident(name);
    clocks.shift(device, town.world.now_s - device.wallet.own_s + shifts_s[name]);
  }
  return town;
}

const timesOf = (town: Town): number[] => BOTH.map((name) => town.resident(name).device.wallet.own_s);

function touch(town: Town, { kind, payer, tearAt }: Payment) {
  const payee = BOTH.find((name) => name !== payer)!;
  const [reader, card] = kind === 'pull' ? [payee, payer] : [payer, payee];
  const order = town.resident(reader).device.terminal.order(kind, 100);
  town.world.pass(1 - ((town.world.clock.now_us / 1e6) % 1));
  const tear = tearAt === undefined ? undefined : ({ airByte: tearAt, what: 'hand away' } as const);
  return town.touch(reader, card, order, tear).result;
}

/** Both sync: all is booked, all is there, and nobody is named. */
async function settles(town: Town, order: readonly string[]): Promise<void> {
  await syncs(town, ...order, ...order);
  expect(await town.bank.proofs()).toEqual([]);
  expect(await town.bank.breaches()).toEqual([]);
  for (const name of BOTH) expect(await town.bank.asides(town.resident(name).id)).toEqual([]);
  const audit = await town.audit();
  expect(audit).toMatchObject({ ok: true, inFlight: 0, held: 2 * LOADED, losses: [] });
}

const payments: Payment[] = BOTH.flatMap((payer) => [
  { kind: 'pull', payer, tearAt: undefined },
  { kind: 'push', payer, tearAt: undefined },
]);

it.each([
  { stall: -BOUND_S, watch: 0 },
  { stall: BOUND_S, watch: 0 },
  { stall: 0, watch: BOUND_S },
  { stall: -2 * BOUND_S, watch: -BOUND_S },
])('at the bound ($stall, $watch) both pay each other both ways, and the bank takes it', async (shifts_s) => {
  const town = await apart(shifts_s);
  for (const payment of payments) {
    const before_s = timesOf(town);
    const result = touch(town, payment);
    expect(result?.outcome, JSON.stringify(result?.refusal)).toBe('paid');
    expect(timesOf(town)).toEqual(before_s.map((time_s) => time_s + 1));
    expect(await offlineTotal(town)).toBe(2 * LOADED);
  }
  await settles(town, BOTH);
});

it.each([
  { stall: -BOUND_S - 1, watch: 0 },
  { stall: BOUND_S + 1, watch: 0 },
])('a second beyond it ($stall) nobody pays, and nothing is lost', async (shifts_s) => {
  const town = await apart(shifts_s);
  for (const payment of payments) expect(touch(town, payment)?.outcome).toBe('refused');
  expect(await offlineTotal(town)).toBe(2 * LOADED);
  await settles(town, BOTH);
});

it('whatever is paid, torn and resumed between clocks that are apart settles, and accuses nobody', async () => {
  const payment = fc.record({
    kind: fc.constantFrom<Kind>('pull', 'push'),
    payer: fc.constantFrom(...BOTH),
    tearAt: fc.option(fc.integer({ min: 1, max: AIR_BYTES_MAX }), { nil: undefined }),
  });
  const distance = fc.integer({ min: -BOUND_S, max: BOUND_S });
  const life = fc.record({
    ahead_s: distance,
    lag_s: fc.constantFrom(0, BOUND_S),
    bankFirst: fc.boolean(),
    touches: fc.array(payment, { minLength: 1, maxLength: 5 }),
  });
  await fc.assert(
    fc.asyncProperty(life, async ({ ahead_s, lag_s, bankFirst, touches }) => {
      const town = await apart({ stall: ahead_s - lag_s, watch: -lag_s });
      for (const each of touches) {
        touch(town, each);
        expect(await offlineTotal(town)).toBe(2 * LOADED);
      }
      // What was torn is finished.
      for (const payer of BOTH) {
        const result = touch(town, { kind: 'pull', payer, tearAt: undefined });
        expect(result?.outcome, JSON.stringify(result?.refusal)).toBe('paid');
      }
      expect(await offlineTotal(town)).toBe(2 * LOADED);
      await settles(town, bankFirst ? [...BOTH].reverse() : BOTH);
    }),
    { numRuns: 12 },
  );
});
