import { beforeAll, describe, expect, it } from 'vitest';
import { SyncRefusal } from '../../../firmware/protocol/sync-message.js';
import type { Bank } from '../../../sim/bank/bank.js';
import { hex } from '../../../sim/bank/bytes.js';
import type { ScriptedDevice } from './scripted-device.js';
import { enrolDevice, openBank, syncDevice, tearing } from './world.js';

const DAY_S = 86_400;
/** A lost device is recovered after 210 days, and its payee's certificate ends after that. */
const CERTIFICATE_LIFE_S = 400 * DAY_S;

let bank: Bank;
beforeAll(async () => {
  bank = await openBank({ parameters: { certificateLife_s: CERTIFICATE_LIFE_S } });
});

let people = 0;
const person = (money: number) =>
  enrolDevice(bank, `c${people++}`, {
    money,
    settleTo: 'account',
    limits: { offlineDuration_s: 3 * DAY_S, claimGrace_s: DAY_S },
  });

const available = async (device: ScriptedDevice) => (await bank.balance(device.identity.account)).available;

const pass = (days: number) => bank.tick(bank.time_s + days * DAY_S);

async function expectBooks(): Promise<void> {
  expect((await bank.audit()).faults).toEqual([]);
}

describe('a claim that comes after the value went back to its payer', () => {
  it('is paid to the account of its payee, and is a loss by the name of the payee', async () => {
    const [payer, payee] = [await person(100), await person(0)];
    payee.take(payer.pay(payee, 30));
    await syncDevice(bank, payer);
    await pass(300);
    await pass(150);
    await syncDevice(bank, payer);
    await bank.tick(bank.time_s + 1);
    expect(await available(payer)).toBe(30);
    await syncDevice(bank, payee);
    expect(await available(payee)).toBe(30);
    expect(payee.held).toBe(0);
    expect((await bank.audit()).losses).toMatchObject([{ kind: 'late', amount: 30 }]);
    await expectBooks();
  });
});

describe('a claim for value that went back since its payee had settled without it', () => {
  it('is not paid, and names a copy of the payee that shows it', async () => {
    const [payer, payee] = [await person(100), await person(0)];
    const transfer = payer.pay(payee, 30);
    const copy = payee.clone();
    for (const device of [payer, payee]) await syncDevice(bank, device);
    await bank.tick(bank.time_s + 1);
    await syncDevice(bank, payer);
    expect(await available(payer)).toBe(30);
    copy.take(transfer);
    await expect(syncDevice(bank, copy)).rejects.toMatchObject({ why: SyncRefusal.forked });
    expect((await bank.audit()).losses.filter(({ device }) => device === hex(payee.id))).toEqual([]);
    expect((await bank.breaches()).find(({ device }) => hex(device) === hex(payee.id))?.rule).toBe('unshown');
    await bank.reportLost(payee.id);
    await pass(230);
    expect(await available(payee)).toBe(0);
    await expectBooks();
  });
});

describe('what a lost device had in flight', () => {
  it('is its owner’s when the payee settles without it, though the rest was recovered before', async () => {
    const [payer, payee] = [await person(100), await person(0)];
    payer.pay(payee, 30);
    await syncDevice(bank, payer);
    await bank.reportLost(payer.id);
    await pass(230);
    expect(await available(payer)).toBe(70);
    await syncDevice(bank, payee);
    await bank.tick(bank.time_s + 1);
    expect(await available(payer)).toBe(100);
    await expectBooks();
  });

  it('is its owner’s when the device shows a refusal after its recovery, and is not seen again', async () => {
    const [payer, payee] = [await person(100), await person(0)];
    const transfer = payer.pay(payee, 30);
    await syncDevice(bank, payer);
    await bank.reportLost(payer.id);
    await pass(230);
    payer.book(payee.refuse(transfer));
    await payer.sync(tearing(bank, 3, false)).catch(() => {});
    await bank.tick(bank.time_s + 1);
    expect(await available(payer)).toBe(100);
    await expectBooks();
    await syncDevice(bank, payer);
    expect(await available(payer)).toBe(100);
    await expectBooks();
  });

  it('is its owner’s when the payee’s certificate has ended', async () => {
    const [payer, payee] = [await person(100), await person(0)];
    payer.pay(payee, 30);
    await syncDevice(bank, payer);
    await bank.reportLost(payer.id);
    await pass(230);
    expect(await available(payer)).toBe(70);
    await pass(230);
    expect(await available(payer)).toBe(100);
    await expectBooks();
  });
});
