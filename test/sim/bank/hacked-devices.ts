import { beforeAll } from 'vitest';
import { concat } from '../../../firmware/bytes.js';
import { Outcome } from '../../../firmware/objects/receipt.js';
import type { Transfer } from '../../../firmware/objects/transfer.js';
import type { Gift } from '../../../sim/bank/accounts/give.js';
import type { Bank } from '../../../sim/bank/bank.js';
import { RefusedByBank, type ScriptedDevice, type Signing } from './scripted-device.js';
import { enrolDevice, openBank, type Setup, syncDevice } from './world.js';

/*
 * For each rule that the firmware keeps, a device whose firmware breaks that rule and no other. The bank
 * names it, by a proof or on its own word, and an acceptance against a rule is not paid. The table in
 * sim/bank/README.md has the same rows.
 */

export let bank: Bank;

/** To be called by each test file: the bank is of that file, and these devices are its customers. */
export const useBank = (): void =>
  beforeAll(async () => {
    bank = await openBank();
  });

export const DAY_S = 86_400;
export const EUR = new TextEncoder().encode('EUR');

let people = 0;
export const person = (money = 0, setup: Setup = {}) =>
  enrolDevice(bank, `r${people++}`, { money, ...setup });
export const sync = (device: ScriptedDevice) =>
  syncDevice(bank, device).catch((error) => {
    if (!(error instanceof RefusedByBank)) throw error;
  });
export const noteOf = (device: ScriptedDevice) => device.notes[0].note.id;

/** A payer with one note of 100 pays all of it, with a lie. */
export async function lie(options: Signing, setup: Setup = {}): Promise<ScriptedDevice> {
  const [payer, payee] = [await person(100, setup), await person()];
  payer.sign(payee, [{ id: noteOf(payer), amount: 100 }], 0, options);
  return payer;
}

/** A payer who was given 10 for somebody, and pays whom it should not. */
export async function paysTargeted(
  payer: ScriptedDevice,
  payee: ScriptedDevice,
  words: Partial<Gift>,
): Promise<ScriptedDevice> {
  const { account } = (await person()).identity;
  await bank.deposit(account, 10);
  const anybody = { purpose: 0, place: 0, payee: undefined, until_s: undefined };
  await bank.give(account, payer.id, 10, { ...anybody, ...words });
  await sync(payer);
  const { id, purpose, target } = payer.notes[0].note;
  payer.sign(payee, [{ id, amount: 10 }], 0, { purpose, target });
  return payer;
}

/** Received value of 50, from a giver's note. */
export async function receiver(setup: Setup = {}): Promise<ScriptedDevice> {
  const [giver, device] = [await person(100), await person(0, setup)];
  giver.book(device.take(giver.pay(device, 50)));
  return device;
}

export async function pays(setup: Setup, amounts: number[], options: Signing = {}): Promise<ScriptedDevice> {
  const [payer, payee] = [await person(100, setup), await person()];
  for (const amount of amounts) payer.book(payee.take(payer.pay(payee, amount, options)));
  return payer;
}

export async function takes(setup: Setup, amounts: number[]): Promise<ScriptedDevice> {
  const [payer, payee] = [await person(1_000), await person(0, setup)];
  for (const amount of amounts) payer.book(payee.take(payer.pay(payee, amount)));
  return payee;
}

/** Puts an acceptance into the journal as it is, whatever its transfer says. */
export function takeAnyhow(payee: ScriptedDevice, transfer: Transfer): ScriptedDevice {
  payee.append(concat(payee.receiptFor(transfer, Outcome.accepted).bytes, transfer.bytes));
  return payee;
}

export type Row = readonly [rule: string, mutant: () => Promise<ScriptedDevice>, named: string];
