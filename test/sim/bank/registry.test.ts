import { beforeAll, describe, expect, it } from 'vitest';
import type { Bank } from '../../../sim/bank/bank.js';
import type { ScriptedDevice } from './scripted-device.js';
import { crypto, enrolDevice, openBank, syncDevice } from './world.js';

let bank: Bank;
let people = 0;
const person = (money: number) => enrolDevice(bank, `reg${people++}`, { money });
beforeAll(async () => {
  bank = await openBank();
});

const code = (asked: Promise<unknown>) =>
  asked.then(
    () => 'done',
    (error) => (error as { code: string }).code,
  );

async function expectWhole(): Promise<void> {
  const { faults, currencies } = await bank.audit();
  expect(faults).toEqual([]);
  const { available, onDevices, inFlight, heldBack, deposited } = currencies.CNY;
  expect(available + onDevices + inFlight + heldBack).toBe(deposited);
}

/** Payer and payee after one payment of 30, nothing of it shown yet; and its number in each journal. */
async function paid() {
  const [payer, payee] = [await person(100), await person(0)];
  const transfer = payer.pay(payee, 30);
  const out = payer.entries.length;
  payer.book(payee.take(transfer));
  return { payer, payee, transfer, at: { payer: out, payee: payee.entries.length } };
}

describe('the record of a payment', () => {
  it.each([true, false])(
    'waits for both journals, whichever comes first (payer first: %s)',
    async (first) => {
      const { payer, payee, transfer, at } = await paid();
      const order: ScriptedDevice[] = first ? [payer, payee] : [payee, payer];
      expect(await code(bank.record(payer.id, at.payer))).toBe('unknown-payment');
      await syncDevice(bank, order[0]);
      const known = await bank.record(payer.id, at.payer);
      expect(known).toMatchObject({ amount: 30, purpose: 0, currency: 'CNY', verification: 'pending' });
      expect([known.transfer, known.payer, known.payee, known.owner]).toEqual([
        crypto.sha256(transfer.bytes),
        payer.id,
        payee.id,
        payee.id,
      ]);
      await syncDevice(bank, order[1]);
      for (const [device, sequence] of [
        [payer, at.payer],
        [payee, at.payee],
      ] as const)
        expect(await bank.record(device.id, sequence)).toEqual({ ...known, verification: 'verified' });
      await expectWhole();
    },
  );

  it('has no owner while nobody has taken it, and the payer again when it comes back', async () => {
    const [payer, payee] = [await person(100), await person(0)];
    const transfer = payer.pay(payee, 30);
    const sequence = payer.entries.length;
    await syncDevice(bank, payer);
    expect(await bank.record(payer.id, sequence)).toMatchObject({ owner: null, verification: 'pending' });
    payer.book(payee.refuse(transfer));
    await syncDevice(bank, payee);
    await syncDevice(bank, payer);
    expect(await bank.record(payer.id, sequence)).toMatchObject({
      owner: payer.id,
      verification: 'returned',
    });
    await expectWhole();
  });

  it('is there for payments alone', async () => {
    const { payer } = await paid();
    await syncDevice(bank, payer);
    expect(await code(bank.record(payer.id, 1)), 'a settlement').toBe('unknown-payment');
    expect(await code(bank.record(payer.id, 99))).toBe('unknown-payment');
    expect(await code(bank.record(new Uint8Array(8), 1))).toBe('unknown-device');
  });
});
