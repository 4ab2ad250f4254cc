import { beforeAll, describe, expect, it } from 'vitest';
import { AMOUNT_MAX } from '../../../firmware/limits.js';
import { SyncRefusal } from '../../../firmware/protocol/sync-message.js';
import { availableAccount, availableLedgerAccount, CASH } from '../../../sim/bank/accounts/ledger.js';
import type { Bank } from '../../../sim/bank/bank.js';
import { hex } from '../../../sim/bank/bytes.js';
import type { Context } from '../../../sim/bank/context.js';
import { verifyProof } from '../../../sim/bank/fraud/proof.js';
import { UnitOfWork } from '../../../sim/bank/unit-of-work.js';
import { RefusedByBank, type ScriptedDevice } from './scripted-device.js';
import { crypto, enrolDevice, openBank, type Setup, syncDevice, tearing } from './world.js';

const DAY_S = 86_400;
const HUGE = 2_000_000_000;

let bank: Bank;
beforeAll(async () => {
  bank = await openBank();
});

let people = 0;
const person = (money: number, setup: Setup = {}) =>
  enrolDevice(bank, `m${people++}`, { money, operator: 1 + (people % 2), ...setup });

const syncAnyhow = (device: ScriptedDevice) =>
  syncDevice(bank, device).catch((error) => {
    if (!(error instanceof RefusedByBank)) throw error;
    expect(error.why).toBe(SyncRefusal.forked);
  });

const available = async (device: ScriptedDevice) => (await bank.balance(device.identity.account)).available;

const frozen = async (operator: number) => {
  const { quota, backing } = await bank.reserves(operator);
  return quota + backing;
};

const reserved = async () => (await frozen(1)) + (await frozen(2));

async function expectBooks(): Promise<void> {
  expect((await bank.audit()).faults).toEqual([]);
}

async function expectNamed(device: ScriptedDevice): Promise<void> {
  const { devices } = await bank.hotList();
  expect(devices.map((entry) => hex(entry.device))).toContain(hex(device.id));
}

async function expectProven(device: ScriptedDevice, kind: string): Promise<void> {
  const [proof] = (await bank.proofs()).filter((each) => hex(each.device) === hex(device.id));
  expect(proof?.kind).toBe(kind);
  expect(verifyProof(crypto, bank.rootPublicKey, proof.bytes)).toBe(true);
  await expectNamed(device);
}

async function expectUnnamed(device: ScriptedDevice): Promise<void> {
  const { devices } = await bank.hotList();
  expect(devices.map((entry) => hex(entry.device))).not.toContain(hex(device.id));
}

describe('a payee that signs that it has taken a payment, and that it has not', () => {
  it('gives it back to the account of the payer, whose device has nothing left and has given it up', async () => {
    const [payer, payee] = [await person(100), await person(0)];
    const transfer = payer.pay(payee, 100);
    payer.book(payee.clone().take(transfer));
    await syncDevice(bank, payer);
    payee.refuse(transfer);
    await syncAnyhow(payee);
    expect(await bank.balance(payer.identity.account)).toMatchObject({
      available: 100,
      offline: 0,
      inFlight: 0,
    });
    await expectProven(payee, 'receipts');
    await expectUnnamed(payer);
    const { faults, losses, owed } = await bank.audit();
    expect([faults, losses, owed]).toEqual([[], [], []]);
  });
});

describe('a device that signs away what it never had', () => {
  it('gets nothing back, before it is accused and after', async () => {
    const [thief, other] = [await person(0), await person(0)];
    const before = [await reserved(), (await bank.reserves(1)).quota, (await bank.reserves(2)).quota];
    for (let turn = 0; turn < 3; turn++) {
      thief.received += HUGE;
      thief.pay(other, HUGE, { claimBy_s: 0 });
      await syncAnyhow(thief);
      await bank.tick(bank.time_s + 10);
      expect(await available(thief)).toBe(0);
      await expect(bank.withdraw(thief.identity.account, 1)).rejects.toMatchObject({ name: 'Error' });
      await expectBooks();
    }
    await expectNamed(thief);
    expect([await reserved(), (await bank.reserves(1)).quota, (await bank.reserves(2)).quota]).toEqual(
      before,
    );
  });

  it('costs quota when a payee in good faith is paid, and never adds to it (R18)', async () => {
    const small = await openBank({
      operators: [1, 2].map((number) => ({ number, name: 'o', reserves: 500 })),
    });
    const thief = await enrolDevice(small, 'q1', { operator: 1 });
    const shop = await enrolDevice(small, 'q2', { operator: 2, settleTo: 'account' });
    thief.received += 800;
    shop.take(thief.pay(shop, 800));
    await syncDevice(small, shop);
    await syncDevice(small, thief);
    const { available: paid } = await small.balance(shop.identity.account);
    expect(paid).toBe(800);
    const [first, second] = [await small.reserves(1), await small.reserves(2)];
    // its device took 800, and it had 500
    expect(first).toMatchObject({ free: 0, quota: 0, backing: 0, advance: 300 });
    expect(second).toMatchObject({ free: 0, quota: 1_300, backing: 0, advance: 0 });
    const audit = await small.audit();
    expect(audit.faults).toEqual([]);
    expect(audit.losses).toMatchObject([{ device: hex(thief.id), amount: 800 }]);
    expect(audit.ok).toBe(false);
  });

  it('is paid nothing more once it is proven, and owes what its account has', async () => {
    const [thief, shop, other] = [await person(100), await person(0), await person(50)];
    const copy = thief.clone();
    await bank.deposit(thief.identity.account, 70);
    shop.take(thief.pay(shop, 100));
    shop.take(copy.pay(shop, 90));
    other.book(thief.take(other.pay(thief, 30)));
    await syncDevice(bank, shop);
    await expectProven(thief, 'fork');
    expect(shop.held).toBe(190);
    expect(await available(thief)).toBe(0); // 70 of its 90 are set off
    await syncAnyhow(thief);
    await syncDevice(bank, other);
    expect(await available(thief)).toBe(0);
    const { losses } = await bank.audit();
    expect(losses.filter((loss) => loss.device === hex(thief.id))).toEqual([]); // 30 came in, 20 were owed
    await expectBooks();
  });
});

describe('a payment to a device that is proven', () => {
  it('is paid as far as its payer has shown to have it, and the rest when the payer shows that', async () => {
    const [thief, shop, giver, payer] = [
      await person(100),
      await person(0),
      await person(80),
      await person(0),
    ];
    const copy = thief.clone();
    payer.take(giver.pay(payer, 80));
    const receipt = thief.take(payer.pay(thief, 60));
    shop.take(thief.pay(shop, 100));
    shop.take(copy.pay(shop, 90));
    await syncDevice(bank, shop);
    await expectProven(thief, 'fork');
    await syncAnyhow(thief);
    await expectBooks();
    const loss = async () =>
      (await bank.audit()).losses.find(({ device }) => device === hex(thief.id))?.amount;
    expect(await loss()).toBe(90);
    payer.book(receipt);
    await syncDevice(bank, payer);
    await expectBooks();
    expect(await loss()).toBe(30);
    const { held = 0, undelivered = 0 } = (await bank.positions()).devices.get(hex(payer.id)) ?? {};
    expect([held - undelivered, payer.held]).toEqual([20, 20]);
  });
});

describe('value', () => {
  it('that comes back to a device that is proven is held, and is not its account’s', async () => {
    const [thief, shop, other] = [await person(100), await person(0), await person(0)];
    const copy = thief.clone();
    thief.pay(other, 40);
    await syncDevice(bank, thief);
    shop.take(copy.pay(shop, 10));
    await syncDevice(bank, shop);
    await expectNamed(thief);
    await syncDevice(bank, other);
    await bank.tick(bank.time_s + 10);
    for (let turn = 0; turn < 2; turn++) await syncAnyhow(thief);
    expect(thief.inFlightTransfers).toEqual([]);
    expect(await available(thief)).toBe(0);
    const { held } = await bank.balance(thief.identity.account);
    expect(held).toMatchObject([{ amount: 40, why: 'convicted', until_s: undefined }]);
    await expectBooks();
  });
});

describe('value on a device', () => {
  it('comes back once, whatever the carrier of a sync drops', async () => {
    const device = await person(0);
    const { account } = device.identity;
    await bank.deposit(account, 1_000);
    await bank.load(account, device.id, 1_000);
    await bank.reportLost(device.id);
    await device.sync(tearing(bank, 4, false)).catch(() => {});
    expect(device.suspended).toBe(true);
    await bank.tick(bank.time_s + 211 * DAY_S);
    expect(await available(device)).toBe(1_000);
    await syncDevice(bank, device);
    expect(await available(device)).toBe(1_000);
    await expectBooks();
  });

  it('keeps its purpose when its device is lost, synced or not', async () => {
    for (const syncs of [true, false]) {
      const device = await person(100);
      const { account } = device.identity;
      await bank.deposit(account, 70, 5411);
      await bank.load(account, device.id, 70, 5411);
      await syncDevice(bank, device);
      await bank.reportLost(device.id);
      if (syncs) await syncDevice(bank, device);
      else await bank.tick(bank.time_s + 220 * DAY_S);
      const balance = await bank.balance(account);
      expect([balance.available, balance.targeted]).toEqual([100, [{ purpose: 5411, available: 70 }]]);
      await expectBooks();
    }
  });

  it('of more purposes than a device has room for comes in parts', async () => {
    const device = await person(0);
    const { account } = device.identity;
    // 1,030 loads, as `load` does each of them, in one transaction.
    const { context } = bank as unknown as { context: Context };
    await context.database.transaction(async (sql) => {
      const work = new UnitOfWork(context, sql);
      await work.readParties([device.id]);
      const party = work.party(device.id)!;
      for (let purpose = 1; purpose <= 1_030; purpose++) {
        work.ledger.post(CASH, availableAccount(account, purpose), 'CNY', 2, 'deposit');
        const ledgerAccount = availableLedgerAccount(account, party.operator, purpose);
        work.books.book(
          'CNY',
          [
            { ledgerAccount, amount: -2 },
            { party, purpose, net: 2 },
          ],
          'load',
        );
      }
      await work.write();
      await sql.rows(
        `insert into loads (device, currency, purpose, amount) select $1, 'CNY', p, 2 from generate_series(1, 1030) p`,
        [device.id],
      );
    });
    for (let turn = 0; turn < 2; turn++) await syncDevice(bank, device);
    expect(device.notes.length).toBeGreaterThan(500);
    expect(device.notes.length).toBeLessThanOrEqual(1_024);
    await bank.tick(bank.time_s + 170 * DAY_S);
    for (let turn = 0; turn < 3; turn++) await syncDevice(bank, device);
    await expectBooks();
  });
});

describe('two hacked devices', () => {
  const small = { paymentMax: 500, receivedPaymentMax: 500, balanceMax: 1_000, counterpartyAmountMax: 600 };

  it('are not paid what the payee’s own limits forbid', async () => {
    const [payer, payee] = [await person(0), await person(0, { limits: small, settleTo: 'account' })];
    for (const amount of [400, HUGE]) {
      payer.received += amount;
      payee.take(payer.pay(payee, amount));
    }
    await syncAnyhow(payee);
    await syncAnyhow(payee);
    expect(await available(payee)).toBeLessThanOrEqual(400);
    const { owed, losses } = await bank.audit();
    const byPayer = [...owed, ...losses].filter(({ device }) => device === hex(payer.id));
    expect(byPayer.map(({ amount }) => amount)).toEqual([400]);
    await expectNamed(payee);
    await expectBooks();
  });

  it('are not paid when the payee was told not to trust the payer', async () => {
    const [payer, payee] = [await person(0), await person(0, { settleTo: 'account' })];
    await bank.reportLost(payer.id);
    await syncDevice(bank, payee);
    payer.received += 300;
    payee.take(payer.pay(payee, 300));
    await syncAnyhow(payee);
    await syncAnyhow(payee);
    expect(await available(payee)).toBe(0);
    await expectNamed(payee);
    await expectBooks();
  });
});

describe('a hacked device', () => {
  it('is named when it spends a note that was retired in the second of the settlement', async () => {
    const [thief, shop] = [await person(100), await person(0)];
    const note = thief.notes[0].note.id;
    await bank.unload(thief.identity.account, thief.id, 50);
    await syncDevice(bank, thief);
    thief.book(shop.take(thief.sign(shop, [{ id: note, amount: 100 }], 0)));
    await syncDevice(bank, shop);
    await syncDevice(bank, thief);
    await expectProven(thief, 'overdrawn');
    await expectUnnamed(shop);
  });

  it('is named when it turns the purpose, the hops or the expiry of a note', async () => {
    for (const lie of [
      { purpose: 0 },
      { terms: { hopsLimit: 9 } },
      { terms: { expires_s: 0xfffffff0 } },
      { currency: new TextEncoder().encode('EUR') },
    ]) {
      const [thief, shop] = [await person(0), await person(0, { category: 5411 })];
      const { account } = thief.identity;
      await bank.deposit(account, 70, 5411);
      await bank.load(account, thief.id, 70, 5411);
      await syncDevice(bank, thief);
      const inputs = [{ id: thief.notes[0].note.id, amount: 70 }];
      thief.sign(shop, inputs, 0, { purpose: 5411, ...lie });
      await syncDevice(bank, thief);
      await expectProven(thief, 'terms');
      expect((await bank.balance(account)).available).toBe(0);
      await expectBooks();
    }
  });

  it('is named when received value changes hands more often than it may', async () => {
    const hands = [await person(100)];
    for (let i = 0; i < 7; i++) hands.push(await person(0));
    for (const [i, payer] of hands.slice(0, -1).entries()) {
      payer.book(hands[i + 1].take(payer.pay(hands[i + 1], 50, i < 5 ? {} : { terms: { hops: 4 } })));
    }
    for (const each of hands) await syncAnyhow(each);
    for (const honest of hands.slice(0, 5)) await expectUnnamed(honest);
    await expectProven(hands[5], 'hops');
    await expectBooks();
  });
});

it('a limit of "no limit" is none', async () => {
  const [payer, payee] = [await person(AMOUNT_MAX), await person(1_000)];
  payer.book(payee.take(payer.pay(payee, AMOUNT_MAX - 1_000)));
  payee.book(payer.take(payee.pay(payer, 1_000)));
  payer.book(payee.take(payer.pay(payee, 1_000)));
  for (const each of [payer, payee]) await syncDevice(bank, each);
  for (const each of [payer, payee]) await expectUnnamed(each);
  expect(payee.held).toBe(AMOUNT_MAX);
});
