import { beforeAll, describe, expect, it } from 'vitest';
import { TARGETS_MAX } from '../../../firmware/limits.js';
import type { Gift } from '../../../sim/bank/accounts/give.js';
import type { Bank } from '../../../sim/bank/bank.js';
import { hex } from '../../../sim/bank/bytes.js';
import type { ScriptedDevice, Signing } from './scripted-device.js';
import { enrolDevice, openBank, type Setup, START_S, syncDevice } from './world.js';

/* Money that one account gives to the device of another, for somebody, at a place, until a date (R26). */

let bank: Bank;
beforeAll(async () => {
  bank = await openBank();
});

const DAY_S = 86_400;
const ANY: Gift = { purpose: 0, place: 0, payee: undefined, until_s: undefined };
let people = 0;
const person = (setup: Setup = {}) => enrolDevice(bank, `t${people++}`, setup);
const sync = (device: ScriptedDevice) => syncDevice(bank, device);
const available = async ({ identity }: ScriptedDevice) => (await bank.balance(identity.account)).available;
const refused = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error) => error.code as string,
  );

async function expectBooks(): Promise<void> {
  const { ok, faults, losses, owed } = await bank.audit();
  expect([faults, losses, owed]).toEqual([[], [], []]);
  expect(ok).toBe(true);
}

/** Somebody with 100 in an account, who gives 60 of it to `holder`. */
async function gift(
  holder: ScriptedDevice,
  words: Partial<Gift>,
  setup: Setup = {},
): Promise<ScriptedDevice> {
  const giver = await person(setup);
  await bank.deposit(giver.identity.account, 100);
  await bank.give(giver.identity.account, holder.id, 60, { ...ANY, ...words });
  return giver;
}

const noteOf = (device: ScriptedDevice) => device.notes.find(({ note }) => note.target !== 0)!;

/** Pays of the targeted note as the firmware does, or with a lie. */
function pay(payer: ScriptedDevice, payee: ScriptedDevice, amount: number, lie: Signing = {}) {
  const held = noteOf(payer);
  held.left -= amount;
  const { id, purpose, target } = held.note;
  return payer.sign(payee, [{ id, amount }], 0, { purpose, target, ...lie });
}

describe('money that was given', () => {
  it('is on a note that says whom it is for, until when; the giver has it no more', async () => {
    const [holder, shop] = [await person(), await person({ category: 5411, place: 7 })];
    const until_s = bank.time_s + 5 * DAY_S;
    const giver = await gift(holder, { purpose: 5411, place: 7, payee: shop.id, until_s });
    await sync(holder);
    const { note } = noteOf(holder);
    expect(note).toMatchObject({ purpose: 5411, place: 7, value: 60, expires_s: until_s });
    expect(hex(note.payee)).toBe(hex(shop.id));
    expect(note.target).toBeGreaterThan(0xffff);
    const [given] = (await bank.balance(giver.identity.account)).given;
    expect(await available(giver)).toBe(40);
    expect(given).toMatchObject({ number: note.target, purpose: 5411, place: 7, until_s, left: 60 });
    await expectBooks();
  });

  it('is the payee’s own when it has been paid, and goes on as ordinary money after its sync', async () => {
    const [holder, shop] = [await person(), await person({ place: 7, settleTo: 'account' })];
    const giver = await gift(holder, { place: 7 });
    await sync(holder);
    holder.book(shop.take(pay(holder, shop, 45)));
    for (const device of [shop, holder]) await sync(device);
    expect(await available(shop)).toBe(45);
    const { given } = await bank.balance(giver.identity.account);
    expect(given.map(({ left }) => left)).toEqual([15]);
    expect(noteOf(holder).left).toBe(15);
    await expectBooks();
  });

  it('keeps its condition in change, in renewal, and in a refused payment that comes back', async () => {
    const [holder, shop] = [await person(), await person({ place: 7 })];
    await gift(holder, { place: 7, until_s: bank.time_s + 400 * DAY_S });
    await sync(holder);
    const first = noteOf(holder).note;
    const receipt = shop.refuse(pay(holder, shop, 45));
    await bank.tick(first.expires_s - 10 * DAY_S);
    await sync(holder);
    holder.book(receipt);
    await sync(holder);
    await sync(holder);
    const fresh = holder.notes.map(({ note }) => note);
    expect(fresh.reduce((sum, note) => sum + note.value, 0)).toBe(60);
    for (const note of fresh) {
      expect([note.target, note.place]).toEqual([first.target, 7]);
      expect(hex(note.id)).not.toBe(hex(first.id));
    }
    await expectBooks();
  });

  it('is of one target when it is given twice in the same words, and of two in others', async () => {
    const [holder, giver] = [await person(), await person()];
    const { account } = giver.identity;
    await bank.deposit(account, 100);
    const words = [ANY, ANY, { ...ANY, place: 1 }, { ...ANY, until_s: bank.time_s + DAY_S }];
    const numbers: number[] = [];
    for (const each of words) numbers.push(await bank.give(account, holder.id, 10, each));
    expect(numbers[0]).toBe(numbers[1]);
    expect(new Set(numbers).size).toBe(3);
    await expectBooks();
  });

  it('moves to the other device of its holder, as what it is', async () => {
    const holder = await person();
    const other = await person({ account: holder.identity.account });
    await gift(holder, { place: 7 });
    await sync(holder);
    const { target } = noteOf(holder).note;
    await bank.move(holder.id, other.id);
    for (const device of [holder, other]) await sync(device);
    expect(noteOf(other).note).toMatchObject({ target, place: 7, value: 60 });
    await expectBooks();
  });

  it('comes back from a lost device to its holder’s account as what it is, and can be loaded again', async () => {
    for (const syncs of [true, false]) {
      const holder = await person();
      const { account } = holder.identity;
      const giver = await gift(holder, { place: 7 });
      await sync(holder);
      const { target } = noteOf(holder).note;
      await bank.reportLost(holder.id);
      if (syncs) await sync(holder);
      else await bank.tick(bank.time_s + 220 * DAY_S);
      const { targeted } = await bank.balance(account);
      expect(targeted).toMatchObject([{ purpose: target, available: 60, target: { place: 7 } }]);
      expect(await refused(bank.withdraw(account, 1))).toBe('funds');
      const other = await person({ account });
      await bank.load(account, other.id, 60, target);
      await sync(other);
      expect(noteOf(other).note).toMatchObject({ target, place: 7, value: 60 });
      expect((await bank.balance(giver.identity.account)).given.map(({ left }) => left)).toEqual([60]);
      await expectBooks();
    }
  });
});

describe('money whose date is over goes back to who gave it', () => {
  const until = () => bank.time_s + 5 * DAY_S;

  it('at the holder’s sync, with what is left of it, and not a second before', async () => {
    const [holder, shop] = [await person(), await person({ settleTo: 'account' })];
    const until_s = until();
    const giver = await gift(holder, { until_s }, { operator: 2 });
    await sync(holder);
    holder.book(shop.take(pay(holder, shop, 45)));
    await bank.tick(until_s - 1);
    await sync(holder);
    expect([await available(giver), await available(holder)]).toEqual([40, 0]);
    expect(holder.held).toBe(15);
    await bank.tick(until_s);
    await sync(holder);
    expect([await available(giver), await available(holder)]).toEqual([55, 0]);
    expect(holder.held).toBe(0);
    await sync(shop);
    expect(await available(shop)).toBe(45);
    const { lines } = { lines: await bank.history(giver.identity.account) };
    expect(lines[0]).toMatchObject({ reason: 'expired', amount: 15 });
    await expectBooks();
  });

  it('when the note never came to the device', async () => {
    const holder = await person();
    const until_s = until();
    const giver = await gift(holder, { until_s });
    await bank.tick(until_s);
    await sync(holder);
    expect([await available(giver), await available(holder), holder.held]).toEqual([100, 0, 0]);
    await expectBooks();
  });

  it('when the settlement that brings it was issued in time and comes too late', async () => {
    const holder = await person();
    const until_s = until();
    const giver = await gift(holder, { until_s });
    await bank.tick(until_s - 1);
    const session = bank.openSync();
    let messages = 0;
    await holder
      .sync(async (message) => {
        if (++messages === 4) throw new Error('cut');
        return session.step(message);
      })
      .catch(() => {});
    await bank.tick(until_s);
    for (let turn = 0; turn < 2; turn++) await sync(holder);
    expect([await available(giver), await available(holder), holder.held]).toEqual([100, 0, 0]);
    await expectBooks();
  });

  it('by time alone, where it lies in an account', async () => {
    const holder = await person();
    const until_s = until();
    const giver = await gift(holder, { until_s });
    await sync(holder);
    await bank.suspend(holder.id);
    await sync(holder);
    expect((await bank.balance(holder.identity.account)).targeted).toMatchObject([{ available: 60 }]);
    await bank.tick(until_s - 1);
    expect(await available(giver)).toBe(40);
    await bank.tick(until_s);
    expect(await available(giver)).toBe(100);
    expect((await bank.balance(holder.identity.account)).targeted).toEqual([]);
    await expectBooks();
  });

  it('from a lost device that never syncs, when nobody can claim it any more', async () => {
    const holder = await person();
    const giver = await gift(holder, { until_s: until() });
    await sync(holder);
    await bank.reportLost(holder.id);
    await bank.tick(bank.time_s + 220 * DAY_S);
    expect([await available(giver), await available(holder)]).toEqual([100, 0]);
    expect(await bank.recover(holder.id)).toEqual([]);
    await expectBooks();
  });

  it('and not to the device that the holder moves to', async () => {
    const holder = await person();
    const other = await person({ account: holder.identity.account });
    const until_s = until();
    const giver = await gift(holder, { until_s });
    await sync(holder);
    await bank.move(holder.id, other.id);
    await bank.tick(until_s);
    for (const device of [holder, other]) await sync(device);
    expect([await available(giver), await available(holder), other.held]).toEqual([100, 0, 0]);
    await expectBooks();
  });

  it('from a payment that nobody took', async () => {
    const [holder, shop] = [await person(), await person()];
    const until_s = until();
    const giver = await gift(holder, { until_s });
    await sync(holder);
    const transfer = pay(holder, shop, 45);
    await sync(holder);
    shop.refuse(transfer);
    await bank.tick(until_s);
    await sync(shop);
    for (let turn = 0; turn < 2; turn++) await sync(holder);
    await bank.tick(bank.time_s + 1);
    expect([await available(giver), await available(holder), holder.held]).toEqual([100, 0, 0]);
    await expectBooks();
  });

  it('and what was paid in time is the payee’s, however late it comes', async () => {
    const [holder, shop] = [await person(), await person({ settleTo: 'account' })];
    const until_s = until();
    const giver = await gift(holder, { until_s });
    await sync(holder);
    shop.take(pay(holder, shop, 45));
    await bank.reportLost(holder.id);
    await bank.tick(bank.time_s + 220 * DAY_S);
    expect(await available(giver)).toBe(100);
    await sync(shop);
    expect([await available(giver), await available(shop)]).toEqual([55, 45]);
    await expectBooks();
  });
});

describe('a gift is refused', () => {
  it('without the money, to the wrong device, in the past, and of more targets than a wallet looks at', async () => {
    const [holder, giver] = [await person(), await person()];
    const { account } = giver.identity;
    const give = (amount: number, words: Partial<Gift> = {}, device = holder.id) =>
      refused(bank.give(account, device, amount, { ...ANY, ...words }));
    expect(await give(1)).toBe('funds');
    await bank.deposit(account, 1_000);
    expect(await give(0)).toBe('amount');
    expect(await give(1, {}, new Uint8Array(8))).toBe('unknown-device');
    expect(await give(1, { payee: new Uint8Array(8).fill(9) })).toBe('unknown-device');
    expect(await give(1, { payee: holder.id })).toBe('unknown-device');
    expect(await give(1, { until_s: START_S })).toBe('time');
    for (let place = 1; place <= TARGETS_MAX; place++) expect(await give(1, { place })).toBeUndefined();
    expect(await give(1, { place: TARGETS_MAX + 1 })).toBe('targets');
    expect(await give(1, { place: 1 })).toBeUndefined();
    await bank.suspend(holder.id);
    expect(await give(1)).toBe('suspended');
    await sync(holder);
    await expectBooks();
  });
});
