import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { opensslCrypto } from '../../hal/crypto/openssl.js';
import { verifyProof } from '../../sim/bank/fraud/proof.js';
import type { Town } from '../../sim/world/town.js';
import { pays, syncs, townOf } from '../support/town.js';

const residents = {
  stall: { category: 5812 },
  baker: { category: 5462 },
  mei: { loaded: 10_000 },
  honest: { loaded: 10_000 },
};

/** Mei's flash is copied; the copy pays the baker with the money that Mei pays the stall. */
async function cloned(): Promise<Town> {
  const town = await townOf(residents);
  const copy = town.clone('mei', 'mei again');
  await pays(town, 'mei', 'stall', 8_000);
  const baker = town.resident('baker').device;
  const { result } = town.world.touch(baker, copy, baker.terminal.order('pull', 9_000));
  expect(result?.outcome).toBe('paid');
  return town;
}

async function expectNamed(town: Town): Promise<void> {
  const proofs = await town.bank.proofs();
  expect(proofs.length).toBeGreaterThan(0);
  for (const { device, bytes } of proofs) {
    expect([...device]).toEqual([...town.resident('mei').id]);
    expect(verifyProof(opensslCrypto, town.bank.rootPublicKey, bytes)).toBeTruthy();
  }
}

describe('two copies of one flash that spend the same money', () => {
  it.each([
    [['stall', 'baker']],
    [['baker', 'stall']],
    [['stall', 'mei', 'baker']],
    [['baker', 'mei', 'stall']],
    [['mei', 'baker', 'stall']],
    [['mei', 'stall', 'baker']],
  ])('are named whichever syncs first: %j', async (order) => {
    const town = await cloned();
    for (const name of order) await town.sync(name);
    await expectNamed(town);
    expect(town.resident('stall').device.wallet.ledger.held).toBe(8_000);
    expect(town.resident('baker').device.wallet.ledger.held).toBe(9_000);
    expect((await town.bank.audit()).faults).toEqual([]);
  });

  it('are refused by everyone who has synced since', async () => {
    const town = await cloned();
    await syncs(town, 'stall', 'baker', 'stall');
    const stall = town.resident('stall').device;
    const { result } = town.touch('stall', 'mei', stall.terminal.order('pull', 10));
    expect(result?.outcome).toBe('refused');
  });

  it('leave a proof of which no bit can be changed', async () => {
    const town = await cloned();
    await syncs(town, 'stall', 'baker');
    const [{ bytes }] = await town.bank.proofs();
    fc.assert(
      fc.property(fc.integer({ min: 0, max: bytes.length * 8 - 1 }), (bit) => {
        const changed = bytes.slice();
        changed[bit >> 3] ^= 1 << (bit & 7);
        let verdict: unknown;
        try {
          verdict = verifyProof(opensslCrypto, town.bank.rootPublicKey, changed);
        } catch {
          verdict = undefined;
        }
        expect(verdict).toBeFalsy();
      }),
    );
  });
});

describe('an honest device', () => {
  it('is not accused when its own money comes back to it, and goes out again', async () => {
    const town = await townOf(residents);
    await pays(town, 'mei', 'honest', 6_000);
    await pays(town, 'honest', 'mei', 12_000);
    await pays(town, 'mei', 'honest', 14_000);
    await pays(town, 'honest', 'stall', 15_000);
    for (const name of ['stall', 'honest', 'mei', 'stall', 'honest']) await syncs(town, name);
    expect(await town.bank.proofs()).toEqual([]);
    expect(town.resident('stall').device.wallet.ledger.held).toBe(15_000);
  });

  it('is not accused for taking money from a clone and passing it on', async () => {
    const town = await cloned();
    await pays(town, 'baker', 'honest', 9_000);
    await pays(town, 'honest', 'stall', 15_000);
    await syncs(town, 'honest', 'stall', 'baker');
    await expectNamed(town);
    expect(town.resident('stall').device.wallet.ledger.held).toBe(23_000);
  });
});
