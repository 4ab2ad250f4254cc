import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import { Conservation } from '../../../sim/scenario/invariants.js';
import { airByteOf } from '../../../sim/scenario/rehearsal.js';
import type { Phase, TearPlace } from '../../../sim/scenario/scenario.js';
import { Town } from '../../../sim/world/town.js';

let town: Town;

beforeAll(async () => {
  town = await Town.open({ crypto: opensslCrypto, seed: 1, start_s: 1_800_000_000 });
  await town.enrol('Stall', { category: 5814 });
  await town.enrol('Mei', { deposit: 10_000 });
  await town.load('Mei', 5_000);
  await town.sync('Mei');
});
afterAll(() => town.close());

const devices = () => [town.resident('Stall').device, town.resident('Mei').device] as const;

describe('the rehearsal of a touch', () => {
  const touch = { kind: 'pull', amount: 100, pin: undefined, press: false } as const;
  const byteOf = (place: TearPlace) => airByteOf(town.world, ...devices(), touch, place);

  it('finds the phases in their order, each request before its answer', () => {
    const phases: Phase[] = ['select', 'hello', 'invoice', 'transfer', 'receipt'];
    const bytes = phases.flatMap((phase) =>
      (['request', 'answer'] as const).map((part) => byteOf({ phase, part }) ?? 0),
    );
    expect(bytes).toEqual([...bytes].sort((a, b) => a - b));
    expect(new Set(bytes).size).toBe(10);
    expect(bytes[0]).toBeGreaterThan(0);
    expect(bytes[9]).toBeLessThan(byteOf({ fraction: 1 }) ?? 0);
  });

  it('is right about the whole, and leaves the real devices as they are', () => {
    const [stall, mei] = devices();
    const before = [stall, mei].map(({ wallet, nor }) => [wallet.ledger.sequence, nor.counters.programs]);
    const total = byteOf({ fraction: 1 });
    expect([stall, mei].map(({ wallet, nor }) => [wallet.ledger.sequence, nor.counters.programs])).toEqual(
      before,
    );
    const { result, cost } = town.touch('Stall', 'Mei', stall.terminal.order('pull', 100));
    expect(result?.outcome).toBe('paid');
    expect(cost.airBytes).toBe(total);
  });

  it('knows a phase that the touch does not come to', () => {
    const tooMuch = { ...touch, amount: 999_999 };
    expect(airByteOf(town.world, ...devices(), tooMuch, { phase: 'transfer' })).toBeUndefined();
  });
});

describe('the conservation of money', () => {
  it('holds over payments, torn ones and voids', async () => {
    const conservation = new Conservation(town);
    await conservation.reset();
    const [stall] = devices();
    const order = stall.terminal.order('pull', 100);
    const sale = { kind: 'pull', amount: 100, pin: undefined, press: false } as const;
    const airByte = airByteOf(town.world, ...devices(), sale, { phase: 'transfer', part: 'answer' })!;
    town.touch('Stall', 'Mei', order, { airByte, what: 'hand away' });
    expect(town.resident('Mei').device.wallet.ledger.inFlight).toBe(100);
    expect(conservation.check()).toBeUndefined();
    stall.terminal.cancel(order);
    town.touch('Stall', 'Mei', stall.terminal.order('resume', 0));
    expect(town.resident('Mei').device.wallet.ledger.inFlight).toBe(0);
    expect(conservation.check()).toBeUndefined();
  });

  it('is broken by a fen that comes from nowhere, and by one that goes', async () => {
    const conservation = new Conservation(town);
    await conservation.reset();
    const { lots } = town.resident('Stall').device.wallet.ledger;
    lots.add(0, 1, { hops: 1, hopsLimit: 5, expires_s: 1_900_000_000 });
    expect(conservation.check()).toMatch(/^the devices .* held 5000 minor units, and now 5001$/);
    lots.clear();
    expect(conservation.check()).toContain('and now 49');
  });
});
