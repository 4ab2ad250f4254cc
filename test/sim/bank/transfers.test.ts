import { beforeAll, describe, expect, it } from 'vitest';
import { Resolution } from '../../../firmware/objects/settlement.js';
import type { Bank } from '../../../sim/bank/bank.js';
import { hex } from '../../../sim/bank/bytes.js';
import type { ScriptedDevice } from './scripted-device.js';
import { enrolDevice, openBank, syncDevice } from './world.js';

let bank: Bank;
beforeAll(async () => {
  bank = await openBank();
});

let people = 0;
const person = (money: number) =>
  enrolDevice(bank, `t${people++}`, {
    money,
    operator: 1 + (people % 2),
    limits: { offlineDuration_s: 4_000, claimGrace_s: 1_000 },
  });

/** available, offline and in flight, as the bank has them; the books are checked on the way. */
async function standing(device: ScriptedDevice): Promise<number[]> {
  expect((await bank.audit()).faults).toEqual([]);
  expect(await bank.proofs()).toEqual([]);
  const { available, offline, inFlight } = await bank.balance(device.identity.account);
  return [available, offline, inFlight];
}

/** Beyond what the payer has signed, and beyond what its payee may stay offline. */
const wait = () => bank.tick(bank.time_s + 6_500);

const held = async (device: ScriptedDevice) => (await bank.balance(device.identity.account)).held;

describe('a payment', () => {
  it('is in flight when the payer syncs first, and arrives when the payee does', async () => {
    const [payer, payee] = [await person(100), await person(0)];
    const transfer = payer.pay(payee, 30);
    await syncDevice(bank, payer);
    expect(await standing(payer)).toEqual([0, 70, 30]);
    payee.take(transfer);
    await syncDevice(bank, payee);
    expect(await standing(payer)).toEqual([0, 70, 0]);
    expect(await standing(payee)).toEqual([0, 30, 0]);
    await syncDevice(bank, payer);
    expect(payer.inFlightTransfers).toEqual([]);
  });

  it('arrives when the payee syncs first, even before its payer’s own income is known', async () => {
    const [first, middle, last] = [await person(100), await person(0), await person(0)];
    first.book(middle.take(first.pay(middle, 60)));
    middle.book(last.take(middle.pay(last, 50)));
    await syncDevice(bank, last);
    expect(await standing(middle)).toEqual([0, -50, 0]);
    await syncDevice(bank, middle);
    expect(await standing(middle)).toEqual([0, 10, 0]);
    expect(await standing(first)).toEqual([0, 40, 0]);
  });

  it('arrives by the payer’s copy of the receipt alone', async () => {
    const [payer, payee] = [await person(100), await person(0)];
    payer.book(payee.take(payer.pay(payee, 30)));
    await syncDevice(bank, payer);
    expect(await standing(payee)).toEqual([0, 30, 0]);
    await syncDevice(bank, payee);
    expect(await standing(payee)).toEqual([0, 30, 0]);
    expect(payee.held).toBe(30);
  });
});

describe('a payment that nobody claims', () => {
  it('is held for its payer in time, and the payer’s device is told', async () => {
    const [payer, payee] = [await person(100), await person(0)];
    payer.pay(payee, 30);
    await syncDevice(bank, payer);
    await bank.tick(bank.time_s + 1_500); // the payer’s own word frees nothing
    expect(await standing(payer)).toEqual([0, 70, 30]);
    await wait();
    expect(await standing(payer)).toEqual([0, 70, 0]);
    expect(await held(payer)).toMatchObject([{ amount: 30, why: 'overdue' }]);
    await syncDevice(bank, payer);
    expect(payer.inFlightTransfers).toEqual([]);
    expect(await standing(payer)).toEqual([0, 70, 0]);
    expect(payer.lastSettlement.resolved()).toEqual([{ sequence: 2, resolution: Resolution.returned }]);
    await syncDevice(bank, payer);
    expect(payer.lastSettlement.resolved()).toEqual([]); // told once
  });

  it('is the account’s when the payee has settled without it, and then is final', async () => {
    const [payer, payee] = [await person(100), await person(0)];
    const transfer = payer.pay(payee, 30);
    const copy = payee.clone();
    await syncDevice(bank, payer);
    await syncDevice(bank, payee);
    await bank.tick(bank.time_s + 1);
    expect(await held(payer)).toMatchObject([{ amount: 30, why: 'settled' }]);
    await syncDevice(bank, payer);
    expect(await standing(payer)).toEqual([30, 70, 0]);
    await bank.withdraw(payer.identity.account, 30);
    // Only a hacked payee still has a receipt for it: it has no claim any more, and the bank names it.
    payer.append(copy.receiptFor(transfer, 0).bytes);
    await syncDevice(bank, payer);
    expect(await standing(payer)).toEqual([0, 70, 0]);
    const { faults, losses } = await bank.audit();
    expect([faults, losses]).toEqual([[], []]);
    const named = (await bank.breaches()).filter(({ device }) => hex(device) === hex(payee.id));
    expect(named.map(({ rule }) => rule)).toEqual(['unshown']);
  });

  it('is held at once when the bank hears of it only after that time, and is still claimed', async () => {
    const [payer, payee] = [await person(100), await person(0)];
    const transfer = payer.pay(payee, 30);
    await wait();
    await syncDevice(bank, payer);
    expect(await standing(payer)).toEqual([0, 70, 30]); // the payee may stay away for as long again
    await wait();
    await syncDevice(bank, payer);
    expect(payer.inFlightTransfers).toEqual([]);
    expect(await held(payer)).toMatchObject([{ amount: 30, why: 'overdue' }]);
    payee.take(transfer);
    await syncDevice(bank, payee);
    expect(await held(payer)).toEqual([]);
    expect(await standing(payee)).toEqual([0, 30, 0]);
    expect(await standing(payer)).toEqual([0, 70, 0]);
  });

  it('cannot be withdrawn before its payee can claim it no more', async () => {
    const [payer, payee] = [await person(100), await person(0)];
    payer.pay(payee, 30);
    await syncDevice(bank, payer);
    await wait();
    await syncDevice(bank, payer);
    await expect(bank.withdraw(payer.identity.account, 1)).rejects.toMatchObject({ code: 'funds' });
    await syncDevice(bank, payee);
    await bank.tick(bank.time_s + 1);
    expect(await standing(payer)).toEqual([30, 70, 0]);
    expect(await held(payer)).toEqual([]);
  });
});

describe('a payment that is refused', () => {
  it('comes back to the account once the payer’s device has given it up', async () => {
    const [payer, payee] = [await person(100), await person(0)];
    const transfer = payer.pay(payee, 30);
    await syncDevice(bank, payer);
    payee.refuse(transfer);
    await syncDevice(bank, payee);
    expect(await standing(payer)).toEqual([0, 70, 0]);
    expect(await held(payer)).toEqual([{ amount: 30, why: 'void', until_s: undefined }]);
    await syncDevice(bank, payer);
    expect([payer.inFlightTransfers, payer.held]).toEqual([[], 70]);
    expect(await standing(payer)).toEqual([30, 70, 0]);
  });

  it('comes back to the device when the device has the refusal, and can be spent again at once', async () => {
    const [payer, payee, other] = [await person(100), await person(0), await person(0)];
    payer.book(payee.refuse(payer.pay(payee, 100)));
    other.take(payer.pay(other, 100));
    await syncDevice(bank, other);
    expect(await standing(payer)).toEqual([0, 0, 0]);
    await syncDevice(bank, payee);
    expect(await standing(payer)).toEqual([0, 0, 0]);
    await syncDevice(bank, payer);
    expect(await standing(payer)).toEqual([0, 0, 0]);
  });

  it('is settled once when the refusal crosses the bank’s return on the way', async () => {
    const [payer, payee] = [await person(100), await person(0)];
    const transfer = payer.pay(payee, 30);
    await syncDevice(bank, payer);
    await wait();
    expect(await standing(payer)).toEqual([0, 70, 0]);
    payer.book(payee.refuse(transfer)); // before the payer has heard of the return
    expect(payer.held).toBe(100);
    await syncDevice(bank, payer);
    expect(await standing(payer)).toEqual([0, 100, 0]);
    await syncDevice(bank, payee);
    expect(await standing(payer)).toEqual([0, 100, 0]);
  });

  it('comes back as a claim when its note has been retired meanwhile', async () => {
    const [payer, payee] = [await person(100), await person(0)];
    const transfer = payer.pay(payee, 30);
    await syncDevice(bank, payer);
    await bank.unload(payer.identity.account, payer.id, 10);
    await syncDevice(bank, payer);
    payer.book(payee.refuse(transfer));
    expect([payer.claims, payer.held]).toEqual([30, 90]);
    await bank.unload(payer.identity.account, payer.id, 20);
    await syncDevice(bank, payer);
    expect([payer.claims, payer.held]).toEqual([0, 70]);
    expect(await standing(payer)).toEqual([30, 70, 0]);
  });

  it('comes back as received value when that is what it was made of', async () => {
    const [giver, payer, payee] = [await person(100), await person(0), await person(0)];
    giver.book(payer.take(giver.pay(payer, 80)));
    const transfer = payer.pay(payee, 50);
    await syncDevice(bank, payer); // what is left is settled, the transfer is of the epoch before
    payer.book(payee.refuse(transfer));
    expect(payer.received).toBe(50);
    payee.take(payer.pay(payee, 75));
    for (const device of [payee, payer, giver]) await syncDevice(bank, device);
    expect(payer.held).toBe(5);
    expect(await standing(payer)).toEqual([0, 5, 0]);
    expect(await standing(payee)).toEqual([0, 75, 0]);
  });

  it('comes back when its invoice is closed, whether the transfer was seen before or comes later', async () => {
    for (const payerFirst of [true, false]) {
      const [payer, payee] = [await person(100), await person(0)];
      const invoice = payee.invoice();
      payer.pay(payee, 30, { invoice });
      payee.close(invoice);
      for (const device of payerFirst ? [payer, payee] : [payee, payer]) await syncDevice(bank, device);
      await syncDevice(bank, payer);
      expect(payer.inFlightTransfers).toEqual([]);
      expect(await standing(payer)).toEqual([30, 70, 0]);
    }
  });

  it('does not come back because of a closed invoice that had been paid before', async () => {
    const [payer, payee] = [await person(100), await person(0)];
    const invoice = payee.invoice();
    payee.take(payer.pay(payee, 30, { invoice }));
    payee.close(invoice);
    for (const device of [payer, payee, payer]) await syncDevice(bank, device);
    expect(await standing(payee)).toEqual([0, 30, 0]);
    expect(await standing(payer)).toEqual([0, 70, 0]);
  });
});
