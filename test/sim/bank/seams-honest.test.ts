import { describe, expect, it } from 'vitest';
import { AMOUNT_MAX } from '../../../firmware/limits.js';
import { Outcome } from '../../../firmware/objects/receipt.js';
import { DAY_S, syncs, townOf } from '../../support/town.js';
import type { Carrier } from './scripted-device.js';
import { enrolDevice, openBank, syncDevice } from './world.js';

describe('nobody honest is named', () => {
  it('when a loss of power has put its clock back to the last sync', async () => {
    const limits = {
      dayMax: 1_000,
      paymentMax: 1_000,
      noConfirmMax: AMOUNT_MAX,
      noConfirmTotalMax: AMOUNT_MAX,
      offlineDuration_s: 90 * DAY_S,
    };
    const shop = { category: 5812, limits };
    const town = await townOf({ till: shop, stall: shop, watch: { loaded: 9_000, limits } });
    await syncs(town, 'till', 'stall', 'watch');
    const pay = (to: string, amount: number) => {
      const order = town.resident(to).device.terminal.order('pull', amount);
      expect(town.touch(to, 'watch', order).result?.outcome).toBe('paid');
    };
    const [stall, watch] = [town.resident('stall').device, town.resident('watch').device];
    // The stall's clock stands still meanwhile.
    stall.powerOff();
    for (let day = 0; day < 4; day++) {
      pay('till', day === 3 ? 500 : 1_000);
      if (day < 3) town.world.pass(DAY_S);
    }
    watch.powerOff();
    watch.powerOn();
    stall.powerOn();
    pay('stall', 500);
    await syncs(town, 'watch', 'till', 'stall');
    expect(await town.bank.breaches()).toEqual([]);
    expect((await town.bank.audit()).faults).toEqual([]);
    await town.close();
  });
});

describe('a carrier that keeps a message of a sync back', () => {
  it('has no honest device named that pays on meanwhile, whichever it keeps', async () => {
    let kept = 0;
    let isOver = false;
    for (; !isOver; kept++) {
      const bank = await openBank();
      const payer = await enrolDevice(bank, 'payer', { money: 1_000 });
      const payee = await enrolDevice(bank, 'payee');
      payer.pay(payee, 5);
      const session = bank.openSync();
      let messages = 0;
      isOver = true;
      const keep: Carrier = async (message) => {
        if (messages++ === kept) {
          isOver = false;
          payee.take(payer.pay(payee, 100));
          await syncDevice(bank, payee);
        }
        return session.step(message);
      };
      // A real device would not take a settlement any more that is not of its last entry.
      await payer.sync(keep).catch(() => undefined);
      expect(await bank.breaches()).toEqual([]);
      await syncDevice(bank, payer);
      await syncDevice(bank, payee);
      const { faults, losses } = await bank.audit();
      expect([faults, losses, await bank.breaches()]).toEqual([[], [], []]);
      await bank.close();
    }
    expect(kept).toBeGreaterThan(4);
  });
});

describe('what its payee may not keep comes back to a payer that has booked a receipt', () => {
  it.each(['unpaid', 'void'] as const)('%s: at the latest when the certificate has ended', async (how) => {
    const bank = await openBank();
    const payer = await enrolDevice(bank, 'payer', { money: 1_000 });
    const payee = await enrolDevice(bank, 'payee', { limits: { paymentMax: 50 } });
    const transfer = payer.pay(payee, 100);
    if (how === 'unpaid') payer.book(payee.take(transfer));
    else {
      payer.book(payee.receiptFor(transfer, Outcome.accepted));
      payee.refuse(transfer);
    }
    await syncDevice(bank, payer);
    await syncDevice(bank, payee);
    for (let year = 0; year < 12; year++) {
      await bank.tick(bank.time_s + 360 * DAY_S);
      await syncDevice(bank, payer);
    }
    const { available, held } = await bank.balance(payer.identity.account);
    expect([available, held]).toEqual([100, []]);
    expect((await bank.audit()).faults).toEqual([]);
  });
});
