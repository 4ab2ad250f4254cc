import { describe, expect, it } from 'vitest';
import { crypto, enrolDevice, openBank, START_S, syncDevice } from './world.js';

describe('a sync', () => {
  it('takes a load to the device, a payment to the payee, and both to the books', async () => {
    const bank = await openBank();
    const alice = await enrolDevice(bank, 'alice', { money: 1_000 });
    const shop = await enrolDevice(bank, 'shop', { operator: 2 });
    expect(alice.held).toBe(1_000);
    alice.book(shop.take(alice.pay(shop, 300)));
    await syncDevice(bank, shop);
    expect(await bank.audit()).toMatchObject({ ok: true, faults: [] });
    await syncDevice(bank, alice);
    expect(await bank.audit()).toMatchObject({ ok: true, faults: [] });
    expect([alice.held, shop.held]).toEqual([700, 300]);
    expect(shop.notes.length).toBe(1);
    expect(await bank.proofs()).toEqual([]);
    void crypto;
    void START_S;
  });

  it('costs little', async () => {
    const bank = await openBank();
    const alice = await enrolDevice(bank, 'alice', { money: 100_000 });
    const shop = await enrolDevice(bank, 'shop', { operator: 2 });
    let total = 0;
    const rounds = 50;
    for (let i = 0; i < rounds; i++) {
      for (let k = 0; k < 3; k++) alice.book(shop.take(alice.pay(shop, 10)));
      const t = performance.now();
      await syncDevice(bank, shop);
      await syncDevice(bank, alice);
      total += performance.now() - t;
    }
    console.log('ms per sync', total / rounds / 2);
  });
});
