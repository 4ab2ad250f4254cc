import { beforeAll, describe, expect, it } from 'vitest';
import type { Bank } from '../../../sim/bank/bank.js';
import { decodeCbor, encodeCbor } from '../../../sim/bank/server/codec.js';
import type { ScriptedDevice } from './scripted-device.js';
import { enrolDevice, openBank, syncDevice } from './world.js';

const PASSWORD = 'seven-herons';
const DAY_S = 86_400;
let bank: Bank;
let count = 0;

beforeAll(async () => {
  bank = await openBank();
});

/** An unregistered device that has taken `amount` and has synced. */
async function unregistered(amount: number, operator = 1): Promise<ScriptedDevice> {
  const name = `u${count++}`;
  const device = await enrolDevice(bank, name, { operator, tier: 0, password: PASSWORD });
  if (amount === 0) return device;
  const payer = await enrolDevice(bank, `${name} payer`, { operator: 2, money: amount });
  payer.book(device.take(payer.pay(device, amount)));
  await syncDevice(bank, device);
  await syncDevice(bank, payer);
  return device;
}

const code = (asked: Promise<unknown>) =>
  asked.then(
    () => 'done',
    (error) => (error as { code: string }).code,
  );

async function allIsThere(paid: number, before: { withdrawn: number }): Promise<void> {
  const { faults, currencies } = await bank.audit();
  expect(faults).toEqual([]);
  expect(currencies.CNY.withdrawn - before.withdrawn).toBe(paid);
}

const books = async () => (await bank.audit()).currencies.CNY;

describe('what an unregistered device has taken', () => {
  it.each([1, 2])('is paid once to whoever gives the password, at operator %i', async (operator) => {
    const device = await unregistered(70);
    const [before, reserves] = [await books(), await bank.reserves(1)];
    expect(await bank.payOut(operator, device.id, PASSWORD)).toBe(70);
    expect(await code(bank.payOut(operator, device.id, PASSWORD))).toBe('funds');
    expect(await code(bank.payOut(3 - operator, device.id, PASSWORD))).toBe('funds');
    await allIsThere(70, before);
    // Another operator that pays gets central bank money for it.
    expect(reserves.quota - (await bank.reserves(1)).quota).toBe(operator === 1 ? 0 : 70);
  });

  it('is paid once when two counters are asked at the same time', async () => {
    const device = await unregistered(40);
    const before = await books();
    const told = await Promise.all([1, 2].map((at) => code(bank.payOut(at, device.id, PASSWORD))));
    expect(told.sort()).toEqual(['done', 'funds']);
    await allIsThere(40, before);
  });

  it('is paid once when the request comes twice under one key', async () => {
    const device = await unregistered(40);
    const before = await books();
    const once = () => bank.once('a key', new Uint8Array(32), { encode: encodeCbor, decode: decodeCbor });
    expect(await once().payOut(1, device.id, PASSWORD)).toBe(40);
    expect(await once().payOut(1, device.id, PASSWORD)).toBe(40);
    await allIsThere(40, before);
  });

  it('is not paid before the device has brought it, and is beyond every other way out of an account', async () => {
    const [device, payer] = [await unregistered(0), await enrolDevice(bank, 'payer', { money: 30 })];
    payer.book(device.take(payer.pay(device, 30)));
    await syncDevice(bank, payer);
    expect(await code(bank.payOut(1, device.id, PASSWORD))).toBe('funds');
    await syncDevice(bank, device);
    const { account } = device.identity;
    for (const asked of [
      bank.withdraw(account, 1),
      bank.deposit(account, 1),
      bank.load(account, device.id, 1),
      bank.unload(account, device.id, 1),
    ])
      expect(await code(asked)).toBe('unregistered');
    const before = await books();
    expect(await bank.payOut(1, device.id, PASSWORD)).toBe(30);
    await allIsThere(30, before);
  });

  it('is for a password of its own device only', async () => {
    const [one, registered] = [await unregistered(20), await enrolDevice(bank, 'known', { money: 5 })];
    expect(await code(bank.payOut(1, registered.id, PASSWORD))).toBe('unregistered');
    expect(await code(bank.payOut(1, new Uint8Array(8), PASSWORD))).toBe('unknown-device');
    expect(await code(bank.payOut(9, one.id, PASSWORD))).toBe('unknown-operator');
  });

  it('goes to the next password when there is one', async () => {
    const device = await unregistered(20);
    expect(await bank.payOut(1, device.id, PASSWORD, 'eight-herons')).toBe(20);
    expect(await code(bank.payOut(1, device.id, PASSWORD))).toBe('password');
    expect(await code(bank.payOut(1, device.id, 'eight-herons'))).toBe('funds');
  });

  it('is locked for a day by five wrong passwords in a row, each counted though it is refused', async () => {
    const device = await unregistered(20);
    const before = await books();
    const wrong = () => code(bank.payOut(2, device.id, `${PASSWORD}!`));
    for (let i = 0; i < 4; i++) expect(await wrong()).toBe('password');
    // A right one begins the count anew.
    expect(await bank.payOut(1, device.id, PASSWORD)).toBe(20);
    for (let i = 0; i < 5; i++) expect(await wrong()).toBe('password');
    expect(await code(bank.payOut(1, device.id, PASSWORD))).toBe('password-locked');
    await bank.tick(bank.time_s + DAY_S - 1);
    expect(await code(bank.payOut(1, device.id, PASSWORD))).toBe('password-locked');
    await bank.tick(bank.time_s + 1);
    expect(await code(bank.payOut(1, device.id, PASSWORD))).toBe('funds');
    await allIsThere(20, before);
  });
});

describe('an account that a password opens', () => {
  it('is for one anonymous device', async () => {
    const device = await unregistered(0);
    const account = device.identity.account;
    const enrol = (name: string, into: number, setup: { tier: number; category?: number }) =>
      code(enrolDevice(bank, name, { account: into, ...setup }));
    expect(await enrol('second', account, { tier: 0 })).toBe('unregistered');
    const empty = await bank.createAccount(1, '', { password: PASSWORD });
    expect(await enrol('known', empty, { tier: 1 })).toBe('unregistered');
    expect(await enrol('shop', empty, { tier: 0, category: 5411 })).toBe('unregistered');
    expect(await enrol('nobody', empty, { tier: 0 })).toBe('done');
  });

  it.each(['short', 'x'.repeat(65), 'has a space', 'ümlaute'])(
    'takes no password such as %j',
    async (password) => {
      expect(await code(bank.createAccount(1, '', { password }))).toBe('malformed');
    },
  );
});
