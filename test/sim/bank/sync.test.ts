import { beforeAll, describe, expect, it } from 'vitest';
import { Certificate } from '../../../firmware/objects/certificate.js';
import { Settlement, Standing } from '../../../firmware/objects/settlement.js';
import { Ask, SyncRefusal } from '../../../firmware/protocol/sync-message.js';
import type { Bank } from '../../../sim/bank/bank.js';
import { BankError } from '../../../sim/bank/codes.js';
import { type Carrier, RefusedByBank, type ScriptedDevice, Torn } from './scripted-device.js';
import { crypto, enrolDevice, limits, openBank, syncDevice, tearing } from './world.js';

const DAY_S = 86_400;

let bank: Bank;
beforeAll(async () => {
  bank = await openBank();
});

let people = 0;
const person = (money: number, settleTo: 'device' | 'account' = 'device') =>
  enrolDevice(bank, `s${people++}`, { money, settleTo, operator: 1 + (people % 2) });

async function expectBooks(): Promise<void> {
  const { ok, faults } = await bank.audit();
  expect([ok, faults]).toEqual([true, []]);
  expect(await bank.proofs()).toEqual([]);
  expect(await bank.breaches()).toEqual([]);
}

async function expectAgreed(device: ScriptedDevice): Promise<void> {
  expect((await bank.balance(device.identity.account)).offline).toBe(device.held);
}

/** Syncs, and keeps the settlement as it came. */
async function settlementOf(device: ScriptedDevice, carry: Carrier): Promise<Uint8Array> {
  await device.sync(carry).catch((error) => {
    if (!(error instanceof Torn)) throw error;
  });
  return device.entries[device.entries.length - 1];
}

describe('a sync', () => {
  it('turns what was received into one fresh note', async () => {
    const [payer, shop] = [await person(1_000), await person(0)];
    for (let i = 0; i < 12; i++) payer.book(shop.take(payer.pay(shop, 10 + i)));
    await syncDevice(bank, shop);
    await expectBooks();
    expect(shop.notes.map((held) => held.left)).toEqual([186]);
    await syncDevice(bank, payer);
    await expectBooks();
    await expectAgreed(shop);
    await expectAgreed(payer);
  });

  it('credits the account instead, where the account says so', async () => {
    const [payer, shop] = [await person(1_000), await person(0, 'account')];
    payer.book(shop.take(payer.pay(shop, 300)));
    await syncDevice(bank, shop);
    expect(shop.held).toBe(0);
    const { available, offline } = await bank.balance(shop.identity.account);
    expect([available, offline]).toEqual([300, 0]);
    await expectBooks();
  });

  it('credits the account only when the settlement has been applied', async () => {
    const [payer, shop] = [await person(1_000), await person(0, 'account')];
    payer.book(shop.take(payer.pay(shop, 300)));
    await shop.sync(tearing(bank, 4, false)).catch(() => {});
    expect(shop.held).toBe(0); // applied, but the bank has not heard of it
    const before = await bank.balance(shop.identity.account);
    expect([before.available, before.offline]).toEqual([0, 300]);
    await expectBooks();
    await syncDevice(bank, shop);
    const after = await bank.balance(shop.identity.account);
    expect([after.available, after.offline]).toEqual([300, 0]);
    await expectBooks();
  });

  it('can be torn before and after every message, and be taken up again', async () => {
    for (const lost of [false, true]) {
      for (let messages = 0; messages < 9; messages++) {
        const [payer, shop] = [await person(500), await person(0)];
        for (let i = 0; i < 4; i++) payer.book(shop.take(payer.pay(shop, 20)));
        payer.pay(shop, 7);
        await bank.deposit(shop.identity.account, 40);
        await bank.load(shop.identity.account, shop.id, 40);
        for (const device of [shop, payer]) {
          await device.sync(tearing(bank, messages, lost)).catch((error) => {
            if (!(error instanceof Torn)) throw error;
          });
          await expectBooks();
        }
        for (const device of [payer, shop]) {
          await syncDevice(bank, device);
          await expectBooks();
          await expectAgreed(device);
        }
        expect([payer.held, shop.held]).toEqual([413, 120]);
        // Where the shop has settled first, and without the last payment, the payer’s device has given that
        // up.
        expect([7, 0]).toContain(payer.inFlight);
      }
    }
  });

  it('sends the same settlement to the byte while there is nothing new to tell', async () => {
    const [payer, shop] = [await person(500), await person(0)];
    payer.book(shop.take(payer.pay(shop, 20)));
    const [first, second] = [shop.clone(), shop.clone()];
    const a = await settlementOf(first, tearing(bank, 5, false));
    const b = await settlementOf(second, tearing(bank, 4, false)); // no page this time
    expect(Settlement.parse(a)?.epoch).toBe(2);
    expect(b).toEqual(a);
    await bank.deposit(shop.identity.account, 9);
    await bank.load(shop.identity.account, shop.id, 9);
    const third = shop.clone();
    const c = await settlementOf(third, tearing(bank, 4, false));
    expect(c).not.toEqual(a);
    // The one that the device has applied counts, though it is not the latest; the load comes with the next.
    await syncDevice(bank, first);
    expect(first.held).toBe(29);
    await expectBooks();
    await expectAgreed(first);
  });

  it('lets a fresh note be spent before the bank has heard that it arrived', async () => {
    const [payer, shop, supplier] = [await person(500), await person(0), await person(0)];
    payer.book(shop.take(payer.pay(shop, 200)));
    await shop.sync(tearing(bank, 5, false)).catch(() => {});
    supplier.take(shop.pay(supplier, 150));
    await syncDevice(bank, supplier);
    expect(supplier.held).toBe(150);
    await expectBooks();
    await syncDevice(bank, shop);
    await expectBooks();
    expect(shop.held).toBe(50);
  });

  it('renews notes that expire soon, and merges them when there are many', async () => {
    const device = await person(100);
    const old = device.notes[0].note;
    await syncDevice(bank, device);
    expect(device.notes[0].note.bytes).toEqual(old.bytes);
    await bank.tick(bank.time_s + 170 * DAY_S);
    await syncDevice(bank, device);
    expect(device.notes.length).toBe(1);
    expect(device.notes[0].note.expires_s).toBeGreaterThan(old.expires_s);
    for (let i = 0; i < 33; i++) {
      await bank.deposit(device.identity.account, 1);
      await bank.load(device.identity.account, device.id, 1);
      await syncDevice(bank, device);
    }
    expect(device.notes.length).toBeLessThan(5);
    expect(device.held).toBe(133);
    await expectBooks();
  });

  it('keeps targeted money apart, to the note and back', async () => {
    const device = await person(100);
    const { account } = device.identity;
    await bank.deposit(account, 70, 5411);
    await bank.load(account, device.id, 60, 5411);
    await expect(bank.load(account, device.id, 11, 5411)).rejects.toMatchObject({ code: 'funds' });
    await syncDevice(bank, device);
    expect(device.notes.map(({ note }) => [note.purpose, note.value])).toEqual([
      [0, 100],
      [5411, 60],
    ]);
    await bank.unload(account, device.id, 500);
    await syncDevice(bank, device);
    expect(device.notes.map(({ note }) => [note.purpose, note.value])).toEqual([[5411, 60]]);
    const { available, targeted } = await bank.balance(account);
    expect([available, targeted]).toEqual([100, [{ purpose: 5411, available: 10 }]]);
    await expectBooks();
  });

  it('unloads what was asked for, or what there is', async () => {
    const device = await person(100);
    const { account } = device.identity;
    await bank.unload(account, device.id, 30);
    await syncDevice(bank, device);
    expect([device.held, (await bank.balance(account)).available]).toEqual([70, 30]);
    await bank.unload(account, device.id, 100);
    await syncDevice(bank, device);
    expect([device.held, (await bank.balance(account)).available]).toEqual([0, 100]);
    await expectBooks();
  });

  it('brings new limits and the permission to unlock the PIN once', async () => {
    const device = await person(0);
    await bank.setLimits(device.id, { ...limits, paymentMax: 5 });
    await bank.unlockPin(device.id);
    await syncDevice(bank, device);
    expect([device.profileVersion, device.standing]).toEqual([2, Standing.unlocked]);
    await syncDevice(bank, device);
    expect(device.standing).toBe(Standing.good);
  });
});

describe('the bank’s side of a sync', () => {
  const expectRefused = (sync: Promise<void>, why: number) =>
    expect(sync).rejects.toSatisfy((error) => error instanceof RefusedByBank && error.why === why);

  it('refuses a certificate that it has not issued, and a signature of another key', async () => {
    const [device, other] = [await person(0), await person(0)];
    const impostor = device.clone();
    Object.assign(impostor, { identity: { ...device.identity, key: other.identity.key } });
    await expectRefused(syncDevice(bank, impostor), SyncRefusal.unknownDevice);
    const forged = Certificate.parse(device.identity.certificate.slice())!;
    forged.publicKey.set(other.identity.key.subarray(32));
    Object.assign(impostor, { identity: { ...other.identity, certificate: forged.bytes } });
    await expectRefused(syncDevice(bank, impostor), SyncRefusal.unknownDevice);
    const promoted = device.identity.certificate.slice();
    promoted[promoted.length - 67 - 5]++; // the tier
    Object.assign(impostor, { identity: { ...device.identity, certificate: promoted } });
    await expectRefused(syncDevice(bank, impostor), SyncRefusal.unknownDevice);
  });

  it('answers what comes out of order or is garbage with a refusal, and ends', async () => {
    const device = await person(0);
    const plaintexts: [Uint8Array, number][] = [
      [Uint8Array.of(), SyncRefusal.malformed],
      [Uint8Array.of(0x77), SyncRefusal.order],
      [Uint8Array.of(Ask.settle), SyncRefusal.order],
      [Uint8Array.of(Ask.objects, 0, 0), SyncRefusal.order],
      [Uint8Array.of(Ask.hello, 1, 2), SyncRefusal.malformed],
    ];
    for (const [plaintext, why] of plaintexts) {
      const session = bank.openSync();
      const answer = await device.exchange((message) => session.step(message), plaintext);
      expect([...answer]).toEqual([0xff, why]);
      expect(session.closed).toBe(true);
    }
  });

  it('ends without an answer when a message was changed on the way', async () => {
    const device = await person(0);
    for (let spoilt = 0; spoilt < 4; spoilt++) {
      const session = bank.openSync();
      let count = 0;
      const carry: Carrier = (message) => {
        if (count++ === spoilt) message = Uint8Array.from(message, (byte, i) => (i === 8 ? byte ^ 1 : byte));
        return session.step(message);
      };
      await expect(device.clone().sync(carry)).rejects.toThrow();
      expect(session.closed || spoilt === 0).toBe(true);
      await expect(session.step(new Uint8Array(3))).rejects.toBeInstanceOf(BankError);
    }
    await expectBooks();
  });

  it('sets aside what no honest journal has, names whose doing it is, and lets the sync go on', async () => {
    const withKeyOf = (device: ScriptedDevice, other: ScriptedDevice): ScriptedDevice => {
      const liar = device.clone();
      Object.assign(liar, { identity: { ...device.identity, key: other.identity.key } });
      return liar;
    };
    const spoil: ((rogue: ScriptedDevice, payer: ScriptedDevice) => void)[] = [
      (rogue, payer) => void rogue.take(withKeyOf(payer, rogue).pay(rogue, 1)),
      (rogue, payer) => rogue.append(payer.receiptFor(rogue.clone().sign(payer, [], 1), 0).bytes),
      (rogue, payer) => {
        const liar = withKeyOf(rogue, payer);
        liar.take(payer.pay(rogue, 40));
        rogue.append(liar.entries[liar.entries.length - 1]);
      },
      (rogue, payer) => {
        const liar = withKeyOf(rogue, payer);
        liar.close(liar.invoice());
        rogue.append(liar.entries[liar.entries.length - 1]);
      },
      (rogue) => rogue.append(new Uint8Array(40)),
      (rogue) => rogue.append(new Uint8Array(1)),
      (rogue, payer) => {
        rogue.take(payer.pay(rogue, 40));
        rogue.entries[rogue.entries.length - 1][30] ^= 1;
        rogue.head = crypto.sha256(Settlement.parse(rogue.entries[0])!.head, rogue.entries[0]);
        rogue.head = crypto.sha256(rogue.head, rogue.entries[1]);
      },
      (rogue, payer) => rogue.append(payer.receiptFor(payer.pay(rogue, 40), 0).bytes),
      (rogue, payer) => rogue.append(payer.entries[0]),
      (rogue, payer) => void rogue.sign(payer, [], 1, { currency: new Uint8Array(3) }),
      (rogue, payer) => void rogue.sign(payer, [{ id: payer.notes[0].note.id, amount: 1 }], 0),
      (rogue, payer) => void rogue.sign(payer, [], 1, { sequence: 9 }),
    ];
    for (const change of spoil) {
      const [payer, rogue] = [await person(100), await person(0)];
      change(rogue, payer);
      await syncDevice(bank, rogue);
      const [aside] = await bank.asides(rogue.id);
      expect(aside.author).toEqual(rogue.id);
      expect([rogue.suspended, rogue.held]).toEqual([true, 0]);
      expect((await bank.balance(rogue.identity.account)).available).toBe(0);
      await syncDevice(bank, payer);
      expect(payer.suspended).toBe(false);
      expect((await bank.audit()).faults).toEqual([]);
    }
  });
});
