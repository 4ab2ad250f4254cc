import fc from 'fast-check';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Bill, BillKind } from '../../../../firmware/account/bill.js';
import type { Fares } from '../../../../firmware/account/fare.js';
import { journeysOf } from '../../../../firmware/account/journeys.js';
import type { Bank } from '../../../../sim/bank/bank.js';
import { FARES as TABLE } from '../../../firmware/account/fares.js';
import { DAY_S, openPlatform, Till, User } from './world.js';

const { entry, exit } = BillKind;
const MONEY = 50_000;
const QUOTA = 40_000;
const FARES: Fares = { ...TABLE, dayCap: 2_000 };

let bank: Bank;
beforeAll(async () => {
  bank = await openPlatform();
});
afterEach(async () => {
  const { faults, overdrafts } = await bank.audit();
  expect(faults).toEqual([]);
  expect(overdrafts).toEqual([]);
});

/** A network of gates, one for each station, and a user of it. */
async function network(hasFares = true) {
  const user = await User.of(bank, MONEY, { quota: QUOTA });
  await user.certify();
  const first = await Till.of(bank);
  const gates = [first];
  for (let i = 1; i < 4; i++) gates.push(await Till.of(bank, { account: first.account }));
  if (hasFares) await bank.platform.setFares(first.account, FARES);
  const tap = (kind: BillKind, station: number, time_s = bank.time_s): Bill =>
    gates[station - 1].sell(user.code(undefined, { time_s }), FARES.maximum, {
      kind,
      place: station,
      time_s,
    });
  /** What the user has paid, and the network has got: the same to the last fen. */
  const paid = async () => {
    const sum = MONEY - (await user.available());
    expect(await first.available()).toBe(sum);
    return sum;
  };
  return { user, gates, site: first.account, tap, paid };
}

describe('fares', () => {
  it('are the maximum fare until the exit is here, and then what the table says', async () => {
    const { user, site, gates, tap, paid } = await network();
    tap(entry, 1);
    await gates[0].upload();
    expect(await paid()).toBe(800);
    tap(exit, 4, bank.time_s + 60);
    await gates[3].upload();
    expect(await paid()).toBe(500);
    const time_s = bank.time_s;
    expect(await bank.platform.journeys(user.account)).toEqual([
      {
        ...{ site, fare: 500, charge: 500 },
        entry: { station: 1, time_s },
        exit: { station: 4, time_s: time_s + 60 },
      },
    ]);
  });

  it('come to the same whichever gate uploads first, and however often', async () => {
    const { gates, tap, paid } = await network();
    tap(entry, 1);
    tap(exit, 4, bank.time_s + 60);
    const again = [...gates[3].log];
    await gates[3].upload();
    expect(await paid()).toBe(800);
    await gates[0].upload();
    expect(await paid()).toBe(500);
    await bank.platform.upload({ terminal: gates[3].id, bills: again });
    expect(await paid()).toBe(500);
  });

  it('rise again when a tap comes late that was in between', async () => {
    const { gates, tap, paid } = await network();
    tap(entry, 1, bank.time_s - 100);
    tap(exit, 4, bank.time_s);
    await gates[0].upload();
    await gates[3].upload();
    expect(await paid()).toBe(500);
    tap(entry, 3, bank.time_s - 50);
    await gates[2].upload();
    expect(await paid()).toBe(800 + 400);
  });

  it('stay what was billed at a site that has no table', async () => {
    const { gates, tap, paid } = await network(false);
    tap(entry, 1);
    tap(exit, 4, bank.time_s + 60);
    for (const gate of gates) await gate.upload();
    expect(await paid()).toBe(1_600);
  });

  it('go back wholly when the gate refunds the tap, before or after the fare was found', async () => {
    for (const isLate of [false, true]) {
      const { gates, tap, paid } = await network();
      const bill = tap(entry, 1);
      tap(exit, 4, bank.time_s + 60);
      if (isLate) for (const gate of gates) await gate.upload();
      gates[0].refund(bill, FARES.maximum);
      for (const gate of gates) await gate.upload();
      expect(await paid()).toBe(0);
    }
  });

  it('go back wholly when a dispute is decided for the user, and stand when it is not', async () => {
    for (const [decided, sum] of [
      ['user', 0],
      ['site', 500],
    ] as const) {
      const { gates, tap, paid } = await network();
      const { terminal, sequence } = tap(entry, 1);
      tap(exit, 4, bank.time_s + 60);
      for (const gate of gates) await gate.upload();
      await bank.platform.dispute({ terminal, sequence });
      expect(await paid()).toBe(500);
      await bank.platform.decide({ terminal, sequence }, decided);
      expect(await paid()).toBe(sum);
    }
  });

  it('are advanced and given back when the account has less than the maximum fare', async () => {
    const user = await User.of(bank, 600, { quota: 2_000, line: 2_000 });
    await user.certify();
    const gate = await Till.of(bank);
    await bank.platform.setFares(gate.account, FARES);
    const tap = (kind: BillKind, place: number, time_s: number) =>
      gate.sell(user.code(undefined, { time_s }), FARES.maximum, { kind, place, time_s });
    tap(entry, 1, bank.time_s);
    await gate.upload();
    expect((await bank.platform.debts(user.account)).map(({ remaining }) => remaining)).toEqual([200]);
    tap(exit, 4, bank.time_s + 60);
    await gate.upload();
    expect(await bank.platform.debts(user.account)).toEqual([]);
    expect([await user.available(), await gate.available()]).toEqual([100, 500]);
    // A tap in between comes late: more is owed for the first bill, on which a debt was paid back.
    tap(entry, 3, bank.time_s + 30);
    await gate.upload();
    expect([await user.available(), await gate.available()]).toEqual([0, 1_200]);
    expect((await bank.audit()).overdrafts).toMatchObject([{ account: user.account, amount: 600 }]);
    await bank.deposit(user.account, 600);
  });

  it('are those of the table at the time at which a journey began', async () => {
    const { site, gates, tap, paid } = await network();
    tap(entry, 1);
    await bank.tick(bank.time_s + 600);
    await bank.platform.setFares(site, { ...FARES, zones: [[210], [310, 210], [510, 410, 210]] });
    tap(exit, 4);
    tap(entry, 4, bank.time_s + 60);
    tap(exit, 1, bank.time_s + 90);
    for (const gate of gates) await gate.upload();
    expect(await paid()).toBe(500 + 510);
    await expect(bank.platform.setFares(site, { ...FARES, maximum: 0 })).rejects.toMatchObject({
      code: 'fares',
    });
  });

  it('are nothing, and no gift, once a table of the same day has a lower cap than was paid', async () => {
    const { site, gates, tap, paid } = await network();
    tap(entry, 1);
    tap(exit, 4, bank.time_s + 60);
    await bank.tick(bank.time_s + 600);
    await bank.platform.setFares(site, { ...FARES, dayCap: 100 });
    tap(entry, 1);
    tap(exit, 4, bank.time_s + 60);
    for (const gate of gates) await gate.upload();
    expect(await paid()).toBe(500);
  });

  it('come to what the journeys come to, for any taps in any order of uploads', async () => {
    const tapped = fc.record({
      kind: fc.constantFrom(entry, exit),
      station: fc.integer({ min: 1, max: 4 }),
      ago_s: fc.nat(3 * DAY_S),
    });
    const life = fc.record({
      taps: fc.array(tapped, { minLength: 1, maxLength: 14 }),
      order: fc.array(fc.nat(3), { maxLength: 8 }),
    });
    await fc.assert(
      fc.asyncProperty(life, async ({ taps, order }) => {
        await bank.tick(bank.time_s + 4 * DAY_S);
        const { user, gates, tap, paid } = await network();
        const bills: Bill[] = [];
        const now_s = bank.time_s;
        const inOrder = [...taps].sort((a, b) => b.ago_s - a.ago_s);
        for (const { kind, station, ago_s } of inOrder)
          bills.push(tap(kind, station, now_s + 3 * DAY_S - ago_s));
        await bank.tick(now_s + 3 * DAY_S);
        for (const i of order) await gates[i].upload(1);
        for (const gate of gates) await gate.upload();
        const sum = journeysOf(() => FARES, bills).reduce((all, { charge }) => all + charge, 0);
        expect(await paid()).toBe(sum);
        const told = await bank.platform.journeys(user.account);
        expect(told.reduce((all, { charge }) => all + charge, 0)).toBe(sum);
        expect((await bank.audit()).faults).toEqual([]);
      }),
      { numRuns: 12, seed: 27 },
    );
  });
});
