import { afterAll, beforeAll, expect, test } from 'vitest';
import { Refusal } from '../../firmware/protocol/refusal.js';
import { hostCrypto } from '../../hal/crypto/host.js';
import { limitsOfTier } from '../../sim/world/tiers.js';
import { Town } from '../../sim/world/town.js';
import { fileEngine } from '../support/file-engine.js';

let town: Town;
const LARGE = 300_000;

beforeAll(async () => {
  const database = await fileEngine();
  town = await Town.open({ crypto: hostCrypto, seed: 8, start_s: 1_800_000_000, database, schema: 'tiers' });
  const limits = { noConfirmMax: LARGE, noConfirmTotalMax: 2 * LARGE };
  await town.enrol('Store', { category: 5311, tier: 3, limits: limitsOfTier(3) });
  await town.enrol('Visitor', { tier: 0, limits: { ...limitsOfTier(0), ...limits }, deposit: 800_000 });
  await town.load('Visitor', 800_000);
  await town.sync('Visitor');
});
afterAll(() => town.close());

const pay = () => {
  const { result } = town.touch(
    'Store',
    'Visitor',
    town.resident('Store').device.terminal.order('pull', LARGE),
  );
  return result?.refusal?.why ?? result?.outcome;
};
const raise = (tier: number, id = town.resident('Visitor').id) =>
  town.bank.raiseTier(id, tier).then(
    () => 'done',
    (error) => (error as { code: string }).code,
  );

test('whoever has shown better who they are pays more from the next sync on, and no tier falls', async () => {
  const { id, device } = town.resident('Visitor');
  expect(pay()).toBe(Refusal.tierLimit);
  for (const tier of [0, 24]) expect(await raise(tier)).toBe('malformed');
  expect(await raise(1, new Uint8Array(8))).toBe('unknown-device');
  expect(await raise(1)).toBe('done');
  expect(await raise(2), 'in the same second').toBe('not-yet');
  const { noConfirmMax, noConfirmTotalMax } = await town.bank.limitsOf(id);
  await town.bank.setLimits(id, { ...limitsOfTier(1), noConfirmMax, noConfirmTotalMax });
  expect(pay(), 'not before the device has heard of it').toBe(Refusal.tierLimit);
  await town.sync('Visitor');
  expect(device.wallet.certificate.tier).toBe(1);
  expect(pay()).toBe('paid');
  for (const name of ['Store', 'Visitor']) await town.sync(name);
  expect(await raise(1)).toBe('malformed');
  await town.bank.suspend(id);
  expect(await raise(2)).toBe('suspended');
  const audit = await town.audit();
  expect(audit).toMatchObject({ ok: true, held: 800_000, inFlight: 0 });
  expect(await town.bank.breaches()).toEqual([]);
});
