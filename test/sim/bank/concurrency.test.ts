import { describe, expect, it } from 'vitest';
import type { Bank } from '../../../sim/bank/bank.js';
import { Groups } from '../../../sim/bank/db/groups.js';
import type { ScriptedDevice } from './scripted-device.js';
import { carrier, enrolDevice, openBank, syncDevice, tearing } from './world.js';

const TERMINALS = 32;
const PAYMENTS = 6;
const MONEY = 1_000;
const PRICE = 7;

/** Shops that have each been paid by several customers, of whom some sync as well. */
async function market(bank: Bank, terminals: number) {
  const customers: ScriptedDevice[] = [];
  for (let i = 0; i < 4; i++) customers.push(await enrolDevice(bank, `c${i}`, { money: MONEY }));
  const shops: ScriptedDevice[] = [];
  for (let i = 0; i < terminals; i++) {
    const settleTo = i % 2 === 0 ? 'account' : 'device';
    shops.push(await enrolDevice(bank, `s${i}`, { settleTo, operator: 1 + (i % 2) }));
  }
  const sell = (shop: ScriptedDevice, customer: ScriptedDevice, price = PRICE): void => {
    customer.book(shop.take(customer.pay(shop, price)));
  };
  return { customers, shops, sell };
}

/** What has become of everybody, by name; ids and signatures left out. */
async function outcome(bank: Bank, devices: readonly ScriptedDevice[]) {
  const balances = [];
  for (const { identity } of devices) balances.push(await bank.balance(identity.account));
  return {
    audit: await bank.audit(),
    balances,
    held: devices.map(({ held }) => held),
    breaches: (await bank.breaches()).map(({ rule, sequence }) => `${rule} ${sequence}`).sort(),
    proofs: (await bank.proofs()).map(({ kind }) => kind).sort(),
    places: [...(await bank.positions()).places.values()].sort(),
  };
}

describe('terminals that sync at once', () => {
  it('all come to the end of it, and at most one transaction in a hundred is tried again', async () => {
    const bank = await openBank();
    const { customers, shops, sell } = await market(bank, TERMINALS);
    for (let n = 0; n < PAYMENTS; n++) {
      for (const [i, shop] of shops.entries()) sell(shop, customers[(i + n) % 4]);
    }
    const before = { ...bank.tries };
    await Promise.all([...shops, ...customers].map((device) => syncDevice(bank, device)));
    const transactions = bank.tries.transactions - before.transactions;
    expect(bank.tries.retries - before.retries).toBeLessThanOrEqual(transactions / 100);
    // One by one they would be seven each.
    expect(transactions).toBeLessThan(6 * (TERMINALS + customers.length));
    const { faults, losses, owed, currencies } = await bank.audit();
    expect([faults, losses, owed]).toEqual([[], [], []]);
    expect(currencies.CNY.onDevices + currencies.CNY.available).toBe(4 * MONEY);
    const taken = shops.map(
      async ({ held, identity }) => held + (await bank.balance(identity.account)).available,
    );
    expect(await Promise.all(taken)).toEqual(shops.map(() => PAYMENTS * PRICE));
    expect(await bank.breaches()).toEqual([]);
  });

  it('come to the same as one after another, whoever is among them', async () => {
    const live = async (isAtOnce: boolean) => {
      const bank = await openBank();
      const { customers, shops, sell } = await market(bank, 9);
      const [thief, , , lost] = customers;
      const copy = thief.clone();
      for (const [i, shop] of shops.entries()) sell(shop, customers[1 + (i % 2)]);
      shops[0].take(thief.pay(shops[0], 600));
      shops[1].take(copy.pay(shops[1], 700));
      shops[2].refuse(customers[1].pay(shops[2], 5));
      sell(shops[3], lost);
      await bank.reportLost(lost.id);
      // One whose last message was lost, and one that has been told of nothing yet.
      await shops[4].sync(tearing(bank, 4, false)).catch(() => {});
      sell(shops[4], customers[2]);
      const all = [...shops, ...customers.slice(1)];
      if (isAtOnce) await Promise.all(all.map((device) => syncDevice(bank, device)));
      else for (const device of all) await syncDevice(bank, device);
      // What came in while another's settlement was made is told by the next.
      for (const device of all) await syncDevice(bank, device);
      return outcome(bank, all);
    };
    const apart = await live(false);
    expect(apart.proofs).toEqual(['fork']);
    expect(apart.audit.faults).toEqual([]);
    expect(await live(true)).toEqual(apart);
  });

  it('may be two of one device: none of them harms the others', async () => {
    const bank = await openBank();
    const { customers, shops, sell } = await market(bank, 6);
    for (let n = 0; n < PAYMENTS; n++) {
      for (const [i, shop] of shops.entries()) sell(shop, customers[(i + n) % 4]);
    }
    const twins = shops.map((shop) => shop.clone());
    const ends = await Promise.allSettled([...shops, ...twins].map((device) => device.sync(carrier(bank))));
    const done = shops.map((_, i) =>
      [ends[i], ends[shops.length + i]].filter((each) => each.status === 'fulfilled'),
    );
    expect(done.every(({ length }) => length >= 1)).toBe(true);
    const { faults, currencies } = await bank.audit();
    expect(faults).toEqual([]);
    const { onDevices, inFlight, heldBack, owed, lost, available } = currencies.CNY;
    expect(onDevices + inFlight + heldBack + available - owed - lost).toBe(4 * MONEY);
  });
});

describe('one writer', () => {
  it('does together what has come meanwhile, and by itself what fails together', async () => {
    const groups: (readonly number[])[] = [];
    const writer = new Groups<number, number>(4, async (jobs) => {
      groups.push(jobs);
      await new Promise((resolve) => setTimeout(resolve));
      if (jobs.includes(3)) throw new Error('three');
      return jobs.map((job) => job * 10);
    });
    const ends = await Promise.allSettled([1, 2, 3, 4, 5].map((job) => writer.do(job)));
    expect(ends.map((end) => (end.status === 'fulfilled' ? end.value : end.reason.message))).toEqual([
      ...[10, 20, 'three', 40, 50],
    ]);
    expect(groups).toEqual([[1, 2, 3, 4], [1], [2], [3], [4], [5]]);
    expect(await writer.do(6)).toBe(60);
  });
});
