import { describe, expect, it } from 'vitest';
import type { Bank } from '../../../sim/bank/bank.js';
import { hex } from '../../../sim/bank/bytes.js';
import type { ScriptedDevice } from './scripted-device.js';
import { carrier, enrolDevice, openBank, syncDevice, tearing } from './world.js';

/** Of these a page holds two or three, so that they fill several pages and less than are taken together. */
const PAYMENTS = 12;
/** Messages before the first page: ephemeral key, hello. */
const GREETINGS = 2;

/** Syncs, and counts the messages. */
async function messagesOf(bank: Bank, device: ScriptedDevice): Promise<number> {
  const carry = carrier(bank);
  let messages = 0;
  await device.sync((message) => {
    messages++;
    return carry(message);
  });
  return messages;
}

/** A sync that is torn on the way up: the next one brings its pages one by one. */
const tear = (bank: Bank, device: ScriptedDevice, pages: number) =>
  device.sync(tearing(bank, GREETINGS + pages, false)).catch(() => {});

type Story = (bank: Bank) => Promise<ScriptedDevice>;

/** Much is received from a payer that pays twice what it has, so what is not covered is lost to somebody. */
const overpaid =
  (limits: { paymentMax: number }): Story =>
  async (bank) => {
    const payer = await enrolDevice(bank, 'payer', { money: 100 });
    const shop = await enrolDevice(bank, 'shop', { limits });
    const copy = payer.clone();
    shop.take(payer.pay(shop, 20));
    for (let i = 0; i < PAYMENTS; i++) shop.take((i % 2 === 0 ? payer : copy).pay(shop, 11));
    return shop;
  };

const STORIES: Record<string, Story> = {
  'an honest day': async (bank) => {
    const payer = await enrolDevice(bank, 'payer', { money: 1_000 });
    const shop = await enrolDevice(bank, 'shop');
    for (let i = 0; i < PAYMENTS; i++) payer.book(shop.take(payer.pay(shop, 10 + i)));
    return shop;
  },
  'a payer that has spent twice': overpaid({ paymentMax: 1_000 }),
  'a payee that has broken a rule of its own': overpaid({ paymentMax: 15 }),
  'a journal that draws on more than there is': async (bank) => {
    const payer = await enrolDevice(bank, 'payer', { money: 100 });
    const shop = await enrolDevice(bank, 'shop');
    const [{ note }] = payer.notes;
    for (let i = 0; i < PAYMENTS; i++) payer.sign(shop, [{ id: note.id, amount: 15 }], 0);
    return payer;
  },
  'a settlement that the bank has not heard of': async (bank) => {
    const payer = await enrolDevice(bank, 'payer', { money: 1_000 });
    const shop = await enrolDevice(bank, 'shop');
    for (let i = 0; i < PAYMENTS; i++) {
      payer.book(shop.take(payer.pay(shop, 10 + i)));
      if (i === 3) await shop.sync(tearing(bank, 4, false)).catch(() => {});
    }
    return shop;
  },
};

/** What has become of it, without ids and signatures. */
async function outcome(bank: Bank, device: ScriptedDevice): Promise<unknown> {
  const { ok, faults, losses, currencies } = await bank.audit();
  return {
    ok,
    faults,
    currencies,
    losses: losses.map(({ amount }) => amount),
    balance: await bank.balance(device.identity.account),
    asides: (await bank.asides(device.id)).map(({ sequence, reason }) => [sequence, reason]),
    breaches: (await bank.breaches()).map(({ rule, sequence }) => [rule, sequence]),
    proofs: (await bank.proofs()).map(({ kind }) => kind),
    hot: (await bank.hotList()).devices.map(({ reason }) => reason),
    places: [...(await bank.positions()).places.values()].sort(),
  };
}

describe('pages of a journal', () => {
  it.each(Object.entries(STORIES))('come to the same together and one by one: %s', async (_, story) => {
    const together = await openBank();
    const one = await story(together);
    await syncDevice(together, one);
    const apart = await openBank();
    const other = await story(apart);
    await tear(apart, other, 1);
    await syncDevice(apart, other);
    expect(hex(other.id)).toBe(hex(one.id)); // the same life twice
    expect(await outcome(together, one)).toEqual(await outcome(apart, other));
  });

  it('need not all come at once: a device whose syncs are torn gets on by a page each', async () => {
    const bank = await openBank();
    const shop = await STORIES['an honest day'](bank);
    const before = await messagesOf(bank, shop.clone());
    expect(before).toBeGreaterThan(GREETINGS + 4);
    const later = await openBank();
    const torn = await STORIES['an honest day'](later);
    await tear(later, torn, 1);
    await tear(later, torn, 1);
    await tear(later, torn, 1);
    expect(await messagesOf(later, torn)).toBe(before - 2);
    expect((await later.audit()).faults).toEqual([]);
  });
});
