import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import { Bank } from '../../../sim/bank/bank.js';
import { hex } from '../../../sim/bank/bytes.js';
import { openPglite } from '../../../sim/bank/db/fresh-pglite.js';
import { markRestored } from '../../../sim/bank/restored.js';
import { SimEntropy } from '../../../sim/chip/entropy.js';
import { Town } from '../../../sim/world/town.js';
import { fileEngine } from '../../support/file-engine.js';
import { offlineTotal, pays, START_S, syncs } from '../../support/town.js';

const SCHEMA = 'restored';
const DAY_S = 86_400;

/** The books that a backup has, taken for those of an earlier time. */
async function restored(
  town: Town,
  backup: Uint8Array,
  schema = SCHEMA,
  time_s = town.world.now_s,
): Promise<Bank> {
  const pglite = await openPglite(new Blob([Uint8Array.from(backup)]));
  await markRestored(pglite, schema);
  const options = { crypto: opensslCrypto, entropy: new SimEntropy(2, 'bank, restored') };
  return Bank.open({ ...options, time_s, database: pglite, schema });
}

describe('books that were put back to an earlier time', () => {
  let town: Town;
  let backup: Uint8Array;
  const id = (name: string) => town.resident(name).id;
  const balance = (name: string) => town.bank.balance(town.resident(name).account);
  const resuming = async () =>
    new Map((await town.bank.resuming()).map(({ device, ahead_s }) => [hex(device), ahead_s !== null]));

  beforeAll(async () => {
    const database = await fileEngine();
    town = await Town.open({ crypto: opensslCrypto, seed: 1, start_s: START_S, database, schema: SCHEMA });
    for (const name of ['Mei', 'Ann', 'Rui']) {
      await town.enrol(name, { deposit: 1_000 });
      await town.load(name, 1_000);
      await syncs(town, name);
    }
    await town.enrol('Lin');
    await town.enrol('Stall', { category: 5812 });
    backup = await town.bank.backup();
    // What the books will not know: a load, three syncs, and money that goes on.
    await town.bank.deposit(town.resident('Mei').account, 500);
    await town.load('Mei', 500);
    await syncs(town, 'Mei');
    await pays(town, 'Mei', 'Lin', 1_200);
    await pays(town, 'Rui', 'Stall', 100);
    // So much that its flash gives up what comes next by the books.
    const { wallet } = town.resident('Rui').device;
    const next = wallet.ledger.sequence;
    for (let payment = 0; payment < 30; payment++) {
      if (payment % 10 === 0) await syncs(town, 'Rui');
      await pays(town, 'Rui', 'Stall', 1);
    }
    await syncs(town, 'Rui');
    town.world.rest(town.resident('Rui').device);
    expect(wallet.entry(next)).toBeUndefined();
    await pays(town, 'Ann', 'Stall', 50);
  });
  afterAll(() => town.bank.close());

  it('are gone on with by every device that has not synced meanwhile, and payees are paid', async () => {
    const whole = await offlineTotal(town);
    town.useBank(await restored(town, backup));
    expect((await resuming()).size).toBe(5);
    await syncs(town, 'Ann', 'Stall');
    expect(await balance('Stall')).toMatchObject({ offline: 180 });
    // From notes of which these books know nothing, and more than they know of.
    expect((await town.sync('Lin')).outcome).toBe('done');
    expect(await town.agrees('Lin')).toBe(true);
    expect(await balance('Lin')).toMatchObject({ offline: 1_200 });
    expect(await offlineTotal(town)).toBe(whole);
    const { faults, losses, owed, currencies } = await town.bank.audit();
    expect({ faults, losses }).toEqual({ faults: [], losses: [] });
    expect(owed).toMatchObject([{ device: hex(id('Mei')), amount: 200 }]);
    expect(currencies.CNY).toMatchObject({ deposited: 3_000, withdrawn: 0 });
  });

  it('hold nothing against who has synced meanwhile, and say so to it', async () => {
    for (const name of ['Mei', 'Rui']) {
      // Rui cannot show what comes next, and is asked for it once.
      if (name === 'Rui') expect((await town.sync(name)).outcome).toBe('failed');
      const { outcome, detail } = await town.sync(name);
      expect([outcome, detail]).toEqual(['torn', expect.stringContaining('were put back to a time before')]);
    }
    expect(await resuming()).toEqual(
      new Map([
        [hex(id('Mei')), true],
        [hex(id('Rui')), true],
      ]),
    );
    // It goes on paying, and its payees are paid.
    await pays(town, 'Rui', 'Stall', 10);
    await syncs(town, 'Stall');
    expect(await balance('Stall')).toMatchObject({ offline: 190 });
    expect(await town.bank.breaches()).toEqual([]);
    expect(await town.bank.proofs()).toEqual([]);
    expect((await town.bank.hotList()).devices).toEqual([]);
    for (const name of town.residents.keys()) expect(await town.bank.asides(id(name))).toEqual([]);
  });

  it('give the owner of a device that is handed in what they can prove, at once', async () => {
    await expect(town.bank.recover(id('Rui'), true)).rejects.toMatchObject({ code: 'not-lost' });
    await town.bank.reportLost(id('Rui'));
    await expect(town.bank.recover(id('Rui'))).rejects.toMatchObject({ code: 'not-yet' });
    expect(await town.bank.recover(id('Rui'), true)).toEqual([{ purpose: 0, amount: 860 }]);
    expect(await balance('Rui')).toMatchObject({ available: 860, offline: 0 });
    await town.bank.reportLost(id('Ann'));
    await expect(town.bank.recover(id('Ann'), true)).rejects.toMatchObject({ code: 'not-ahead' });
    // The deposit that the books have lost is made good from the till's slips: then it covers what was paid.
    await town.bank.deposit(town.resident('Mei').account, 500);
    await town.bank.reportLost(id('Mei'));
    await town.bank.recover(id('Mei'), true);
    expect(await balance('Mei')).toMatchObject({ available: 300, offline: 0 });
    const { faults, losses, owed } = await town.bank.audit();
    expect({ faults, losses, owed }).toEqual({ faults: [], losses: [], owed: [] });
  });
});

it('nobody is named for whom they have paid whose renewed certificate the books have lost', async () => {
  const schema = 'restored_renewal';
  const database = await fileEngine();
  const town = await Town.open({ crypto: opensslCrypto, seed: 2, start_s: START_S, database, schema });
  await town.enrol('Mei', { deposit: 1_000 });
  await town.load('Mei', 1_000);
  await town.enrol('Stall', { category: 5812 });
  await syncs(town, 'Mei', 'Stall');
  const pass = async (days: number): Promise<void> => {
    town.world.pass(days * DAY_S);
    await town.tick();
  };
  await pass(100);
  await syncs(town, 'Mei');
  await pass(260);
  await syncs(town, 'Mei');
  const backup = await town.bank.backup();
  await syncs(town, 'Stall');
  await pass(6);
  await pays(town, 'Mei', 'Stall', 10);
  town.useBank(await restored(town, backup, schema));
  await town.tick();
  await syncs(town, 'Mei');
  expect(await town.bank.breaches()).toEqual([]);
  expect((await town.bank.hotList()).devices).toEqual([]);
  const { faults, currencies } = await town.bank.audit();
  expect(faults).toEqual([]);
  expect(currencies.CNY).toMatchObject({ deposited: 1_000, withdrawn: 0, lost: 0 });
  await town.bank.close();
});

it('a certificate that the books have lost, and that its device has shown, is given again', async () => {
  const schema = 'restored_same';
  const database = await fileEngine();
  const town = await Town.open({ crypto: opensslCrypto, seed: 3, start_s: START_S, database, schema });
  await town.enrol('Stall', { category: 5812 });
  await syncs(town, 'Stall');
  town.world.pass(DAY_S);
  await town.tick();
  const backup = await town.bank.backup();
  const { id, device } = town.resident('Stall');
  const { time_s } = town.bank;
  const tier = device.wallet.certificate.tier + 1;
  await town.bank.raiseTier(id, tier);
  await syncs(town, 'Stall');
  expect(device.wallet.certificate.tier).toBe(tier);
  town.useBank(await restored(town, backup, schema, time_s));
  // It is ahead of the books, and is told so; its certificate is known from then on.
  await town.sync('Stall');
  await town.bank.raiseTier(id, tier);
  expect((await town.bank.audit()).ok).toBe(true);
  await town.bank.close();
});
