import { expect, test } from 'vitest';
import { nextHead } from '../../firmware/ledger/journal-entry.js';
import { encodeRecord } from '../../firmware/ledger/journal-record.js';
import { Note } from '../../firmware/objects/note.js';
import { type NoteInput, Transfer, type TransferFields } from '../../firmware/objects/transfer.js';
import { Lifecycle } from '../../firmware/payment/lifecycle.js';
import { Refusal } from '../../firmware/protocol/refusal.js';
import { openStore } from '../../firmware/store/open.js';
import { crc32 } from '../../hal/crc32.js';
import { hex } from '../../sim/bank/bytes.js';
import { BankError } from '../../sim/bank/codes.js';
import { defaultParameters } from '../../sim/bank/context.js';
import type { Device } from '../../sim/device/device.js';
import type { Town } from '../../sim/world/town.js';
import { DAY_S, offlineTotal, pays, START_S, syncs, townOf } from '../support/town.js';

/** Appends entries to a flash past its wallet, which would not write them, and boots it. */
function append({ nor }: Device, records: readonly Uint8Array[]): void {
  const opened = openStore(nor, crc32);
  if (opened.status !== 'ok') throw new Error(opened.status);
  for (const record of records) opened.store.journal.append(record);
}

function reboot(device: Device): void {
  device.powerOff();
  device.powerOn();
}

const audited = async (town: Town) => {
  const { faults, currencies } = await town.bank.audit();
  expect(faults).toEqual([]);
  return currencies.CNY;
};

/** A transfer by a wallet that did not look. */
function transferOf({ wallet }: Device, payee: Uint8Array, fields: Partial<TransferFields>): Transfer {
  const { certificate, crypto, ledger, signingKey } = wallet;
  return Transfer.build(crypto, signingKey, {
    payer: certificate.id,
    payee,
    invoice: new Uint8Array(8).fill(7),
    currency: wallet.currency,
    purpose: 0,
    sequence: ledger.sequence + 1,
    previous: ledger.head,
    created_s: START_S,
    claimBy_s: START_S + DAY_S,
    received: 0,
    terms: { hops: 0, hopsLimit: 3, expires_s: START_S + DAY_S },
    notes: [],
    ...fields,
  });
}

/** Its hops are used up, so nobody parses it. */
function badRecord(device: Device, payee: Uint8Array): Uint8Array {
  const terms = { hops: 3, hopsLimit: 3, expires_s: START_S + DAY_S };
  const transfer = transferOf(device, payee, { received: 50, terms });
  return encodeRecord({ kind: 'out', transfer }, false, START_S);
}

test('a wallet whose journal has stopped is recovered by its bank: nobody loses a fen, and nobody is accused', async () => {
  const town = await townOf({ Mei: { loaded: 1_000 }, stall: { category: 5812 } });
  const mei = town.resident('Mei').device;
  const stall = town.resident('stall');
  await pays(town, 'Mei', 'stall', 120);
  append(mei, [badRecord(mei, stall.id)]);
  reboot(mei);
  expect(mei.wallet.lifecycle).toBe(Lifecycle.stopped);
  expect(mei.wallet.stopped).toContain('entry 5');
  expect(mei.wallet.ledger.held).toBe(880);
  const { terminal } = stall.device;
  const refused = town.touch('stall', 'Mei', terminal.order('pull', 5)).result;
  expect(refused?.refusal).toEqual({ by: 'card', why: Refusal.stopped });
  for (let visit = 0; visit < 2; visit++) expect((await town.sync('Mei')).outcome).toBe('failed');
  const { devices } = await town.bank.hotList();
  expect(devices).toMatchObject([{ device: town.resident('Mei').id, reason: 'lost' }]);
  expect(await town.bank.proofs()).toEqual([]);
  await syncs(town, 'stall');
  expect(await audited(town)).toMatchObject({ onDevices: 1_000, inFlight: 0 });
  const { noteLife_s, recoverAfter_s } = defaultParameters;
  town.world.pass(noteLife_s + recoverAfter_s + 2 * DAY_S);
  await town.tick();
  expect(await town.bank.balance(town.resident('Mei').account)).toMatchObject({ available: 880, offline: 0 });
  expect(await audited(town)).toMatchObject({ onDevices: 120, available: 880 });
});

test('what a stopped wallet has signed behind the bad entry is booked as evidence, for whoever has it', async () => {
  const town = await townOf({ Mei: { loaded: 1_000 }, stall: { category: 5812 } });
  const mei = town.resident('Mei').device;
  const payee = town.resident('stall').id;
  const bad = transferOf(mei, payee, { received: 50, terms: { hops: 3, hopsLimit: 3, expires_s: START_S } });
  const { crypto, ledger } = mei.wallet;
  const notes: NoteInput[] = [];
  ledger.noteIndex.each((id) => void notes.push({ id: id.slice(), amount: 300 }));
  const later = transferOf(mei, payee, {
    sequence: ledger.sequence + 2,
    previous: nextHead(crypto, ledger.head, bad.bytes),
    notes,
  });
  append(
    mei,
    [bad, later].map((transfer) => encodeRecord({ kind: 'out', transfer }, false, START_S)),
  );
  reboot(mei);
  expect(mei.wallet.ledger.held).toBe(1_000);
  expect((await town.sync('Mei')).outcome).toBe('failed');
  // It is known, and still the payer's until its payee shows that it has it.
  const { places } = await town.bank.positions();
  expect(places.get(hex(later.hash(crypto)))).toBe('payer');
  expect(await audited(town)).toMatchObject({ onDevices: 1_000, inFlight: 0 });
  const { noteLife_s, recoverAfter_s } = defaultParameters;
  town.world.pass(noteLife_s + recoverAfter_s + 2 * DAY_S);
  await town.tick();
  expect(await audited(town)).toMatchObject({ onDevices: 0, inFlight: 0, available: 1_000 });
  expect(await town.bank.proofs()).toEqual([]);
  expect(await town.bank.breaches()).toEqual([]);
});

test('a settlement that a device declines is kept with the reason, and the next one is taken', async () => {
  const town = await townOf({ Mei: { loaded: 1_000 } });
  const mei = town.resident('Mei').device;
  const before = await offlineTotal(town);
  await town.bank.deposit(town.resident('Mei').account, 500);
  await town.load('Mei', 500);
  const take = mei.wallet.takeNote.bind(mei.wallet);
  mei.wallet.takeNote = () => Refusal.noteHeld;
  expect((await town.sync('Mei')).outcome).toBe('failed');
  mei.wallet.takeNote = take;
  const [declined] = await town.bank.declined();
  expect(declined).toMatchObject({ device: town.resident('Mei').id, refusal: Refusal.noteHeld });
  expect(Note.parse(declined.object!)?.value).toBe(500);
  await syncs(town, 'Mei');
  expect(await offlineTotal(town)).toBe(before + 500);
});

test('a bank loads no device with more than an amount', async () => {
  const town = await townOf({ Mei: { loaded: 1_000 } });
  const { account } = town.resident('Mei');
  await town.bank.deposit(account, 0x7fffffff);
  await expect(town.load('Mei', 0x7fffffff)).rejects.toThrow(BankError);
  await syncs(town, 'Mei');
  expect(town.resident('Mei').device.wallet.ledger.held).toBe(1_000);
});
