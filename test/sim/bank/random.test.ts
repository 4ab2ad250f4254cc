import fc from 'fast-check';
import { expect, it } from 'vitest';
import { invoiceEpoch } from '../../../firmware/ledger/journal-entry.js';
import type { Transfer } from '../../../firmware/objects/transfer.js';
import type { Bank } from '../../../sim/bank/bank.js';
import type { ScriptedDevice } from './scripted-device.js';
import { Torn } from './scripted-device.js';
import { enrolDevice, openBank, START_S, syncDevice, tearing } from './world.js';

const DEVICES = 4;

const device = fc.nat(DEVICES - 1);

/** What honest people and broken lines do. */
const action = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('pay' as const), from: device, to: device, share: fc.nat(100) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('meet' as const),
      which: fc.nat(20),
      accepts: fc.boolean(),
      hears: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('hear' as const), which: fc.nat(20) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('sync' as const), who: device }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('tear' as const),
      who: device,
      after: fc.nat(9),
      lost: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('load' as const),
      who: device,
      amount: fc.integer({ min: 1, max: 500 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('unload' as const),
      who: device,
      amount: fc.integer({ min: 1, max: 500 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      time_s: fc.constantFrom(100, 2_000, 86_400, 150 * 86_400),
    }),
  },
);
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

interface Deal {
  from: ScriptedDevice;
  to: ScriptedDevice;
  transfer: Transfer;
  receipt: ReturnType<ScriptedDevice['take']> | undefined;
}

class Market {
  readonly deals: Deal[] = [];
  now_s = START_S;

  constructor(
    readonly bank: Bank,
    readonly devices: readonly ScriptedDevice[],
  ) {}

  async act(step: Action): Promise<void> {
    switch (step.do) {
      case 'pay':
        return this.#pay(this.devices[step.from], this.devices[step.to], step.share);
      case 'meet':
        return this.#meet(this.deals[step.which % this.deals.length], step.accepts, step.hears);
      case 'hear':
        return this.#hear(this.deals[step.which % this.deals.length]);
      case 'sync':
        return syncDevice(this.bank, this.devices[step.who]);
      case 'tear':
        return this.#tear(this.devices[step.who], step.after, step.lost);
      case 'load': {
        const { account } = this.devices[step.who].identity;
        await this.bank.deposit(account, step.amount);
        if ((await this.bank.balance(account)).available < step.amount) return;
        return this.bank.load(account, this.devices[step.who].id, step.amount);
      }
      case 'unload': {
        const { identity, id } = this.devices[step.who];
        return this.bank.unload(identity.account, id, step.amount);
      }
      case 'wait':
        this.now_s += step.time_s;
        return this.bank.tick(this.now_s);
    }
  }

  #pay(from: ScriptedDevice, to: ScriptedDevice, share: number): void {
    const spendable = from.received + from.notes.slice(0, 4).reduce((sum, held) => sum + held.left, 0);
    const amount = Math.floor((spendable * share) / 100);
    if (from === to || amount === 0 || from.inFlightTransfers.length >= 16) return;
    const transfer = from.pay(to, amount, { claimBy_s: this.now_s + 1_000 });
    this.deals.push({ from, to, transfer, receipt: undefined });
  }

  /**
   * The payee sees the transfer, at once or much later, and takes it or not; the payer may miss the answer. A
   * payee that has settled since it asked answers nothing: its bank has closed all that it had asked for.
   */
  #meet(deal: Deal | undefined, accepts: boolean, hears: boolean): void {
    if (!deal || (!deal.receipt && invoiceEpoch(deal.transfer.invoice) !== deal.to.epoch)) return;
    deal.receipt ??= accepts ? deal.to.take(deal.transfer) : deal.to.refuse(deal.transfer);
    if (hears) deal.from.book(deal.receipt);
  }

  #hear(deal: Deal | undefined): void {
    if (deal?.receipt) deal.from.book(deal.receipt);
  }

  async #tear(who: ScriptedDevice, after: number, lost: boolean): Promise<void> {
    try {
      await who.sync(tearing(this.bank, after, lost));
    } catch (error) {
      if (!(error instanceof Torn)) throw error;
    }
  }
}

async function check(bank: Bank): Promise<void> {
  const { faults } = await bank.audit();
  expect(faults).toEqual([]);
  expect(await bank.proofs()).toEqual([]);
}

async function run(steps: readonly Action[]): Promise<void> {
  const bank = await openBank();
  const devices: ScriptedDevice[] = [];
  for (let i = 0; i < DEVICES; i++) {
    const settleTo = i === 3 ? 'account' : 'device';
    devices.push(await enrolDevice(bank, `d${i}`, { operator: 1 + (i % 2), money: 1_000 * i, settleTo }));
  }
  const market = new Market(bank, devices);
  for (const step of steps) {
    await market.act(step);
    if (step.do === 'sync' || step.do === 'tear' || step.do === 'wait') await check(bank);
  }
  // Everybody syncs, and is told what became of everything: then the books and the devices agree to the last
  // fen.
  for (const each of devices) await syncDevice(bank, each);
  await bank.tick(market.now_s + 2_000);
  for (const each of devices) await syncDevice(bank, each);
  await check(bank);
  for (const each of devices) {
    const { offline, inFlight } = await bank.balance(each.identity.account);
    expect([offline, inFlight]).toEqual([each.held, 0]);
    expect(each.inFlightTransfers).toEqual([]);
  }
}

it('keeps every fen and accuses nobody, whatever honest devices do, in whatever order they sync', async () => {
  await fc.assert(fc.asyncProperty(fc.array(action, { maxLength: 60 }), run), {
    numRuns: 20,
    endOnFailure: true,
  });
});
