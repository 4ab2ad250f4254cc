import { describe, expect, test } from 'vitest';
import { putU32 } from '../../../firmware/bytes.js';
import { emptyHead } from '../../../firmware/ledger/journal-entry.js';
import { encodeRecord } from '../../../firmware/ledger/journal-record.js';
import { Lots } from '../../../firmware/ledger/lots.js';
import { AMOUNT_MAX, LOTS_MAX } from '../../../firmware/limits.js';
import { Note } from '../../../firmware/objects/note.js';
import { Transfer } from '../../../firmware/objects/transfer.js';
import { Lifecycle } from '../../../firmware/payment/lifecycle.js';
import { AID, buildCommand, Ins } from '../../../firmware/protocol/apdu.js';
import { Message } from '../../../firmware/protocol/message.js';
import { Refusal } from '../../../firmware/protocol/refusal.js';
import { openStore } from '../../../firmware/store/open.js';
import { crc32 } from '../../../hal/crc32.js';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import { expectOk } from '../../../sim/device/contacts.js';
import type { Device } from '../../../sim/device/device.js';
import { visit } from '../../../sim/wallet/visit.js';
import { ascii, CURRENCY, TestBank } from '../../../sim/world/test-bank.js';
import { World } from '../../../sim/world/world.js';
import { wholeValue } from '../../support/conservation.js';
import { HostileTerminal, rogue } from '../../support/hostile-terminal.js';

const START_S = 1_800_000_000;
const DAY_S = 86_400;

function people(...names: string[]) {
  const world = new World(5, START_S, opensslCrypto);
  const bank = new TestBank(world.crypto, START_S);
  const devices = names.map((name) => {
    const device = world.device(name);
    bank.enrol(device, { pin: '2468' });
    return device;
  });
  const pays = (payer: Device, payee: Device, amount: number) => {
    const { result } = world.touch(payee, payer, payee.terminal.order('pull', amount));
    return result?.refusal?.why ?? result?.outcome;
  };
  return { world, bank, devices, pays };
}

function give(bank: TestBank, device: Device, ...notes: [number, number][]): void {
  bank.settle(
    device.wallet,
    notes.map(([value, hopsMax]) => bank.note(device.wallet.certificate.id, value, { hopsMax })),
  );
}

function reboot(device: Device): void {
  device.powerOff();
  device.powerOn();
}

/** A whole sync over the contacts. */
function syncs(bank: TestBank, { wallet, exchange }: Sync, notes: readonly Note[] = [], retireUntil_s = 0) {
  const settlement = { retireUntil_s };
  const device = { wallet, exchange, notes, settlement, take: () => {} };
  return visit(bank, { ...device, from: 1, head: emptyHead(), messagesMax: 100 });
}
interface Sync {
  readonly wallet: Device['wallet'];
  readonly exchange: (command: Uint8Array) => Uint8Array;
}
const contacts = (device: Device): Sync => ({
  wallet: device.wallet,
  exchange: (command) => device.exchange(command),
});

describe('what is paid together can change hands together', () => {
  test('value that has changed hands three times does not go with a note that may only do so three times', () => {
    const { bank, devices, pays } = people('Mei', 'Rui', 'Ann', 'holder', 'stall');
    const [mei, rui, ann, holder, stall] = devices;
    give(bank, mei, [100, 5]);
    give(bank, holder, [100, 3]);
    expect(pays(mei, rui, 100)).toBe('paid');
    expect(pays(rui, ann, 100)).toBe('paid');
    expect(pays(ann, holder, 100)).toBe('paid');
    const before = wholeValue(...devices.map(({ wallet }) => wallet));
    expect(pays(holder, stall, 150)).toBe(Refusal.fragmented);
    expect(pays(holder, stall, 60)).toBe('paid');
    expect(pays(holder, stall, 100)).toBe('paid');
    expect(wholeValue(...devices.map(({ wallet }) => wallet))).toBe(before);
    reboot(holder);
    expect(holder.wallet.stopped).toBeUndefined();
    expect(syncs(bank, contacts(holder)).end).toBe('done');
  });

  test('a fen of other terms, pushed without a question, takes nothing out of circulation', () => {
    const { bank, devices, pays } = people('holder', 'stall', 'Mei');
    const [holder, stall, mei] = devices;
    give(bank, mei, [90, 5]);
    expect(pays(mei, holder, 90)).toBe('paid');
    pushes(bank, holder, 1, { hops: 12, hopsLimit: 15, expires_s: START_S + 9 * DAY_S });
    expect(holder.wallet.ledger.lots.total).toBe(91);
    expect(pays(holder, stall, 91)).toBe(Refusal.fragmented);
    expect(pays(holder, stall, 90)).toBe('paid');
    expect(pays(holder, stall, 1)).toBe('paid');
    reboot(holder);
    expect(holder.wallet.ledger.held).toBe(0);
  });

  test('also when all lots are taken: none is joined that could then no longer be spent', () => {
    const lots = new Lots();
    const rich = { hops: 1, hopsLimit: 5, expires_s: 99 * DAY_S };
    for (let day = 1; day < LOTS_MAX; day++) lots.add(5812, 1, { ...rich, expires_s: day * DAY_S });
    lots.add(0, 10_000, rich);
    const worn = { hops: 13, hopsLimit: 15, expires_s: 99 * DAY_S };
    expect(lots.fits(0, 1, worn)).toBe(false);
    expect(lots.add(0, 1, worn)).toBe(false);
    expect(lots.spendable(0, 0)).toBe(10_000);
  });
});

/**
 * DELIVER by somebody whose received value nobody has seen; returns the first byte of the answer, and the
 * reason of a void.
 */
function pushes(bank: TestBank, device: Device, amount: number, terms: Transfer | object): number[] {
  const identity = rogue(bank);
  const terminal = new HostileTerminal(bank, (command) => device.exchange(command), identity);
  terminal.open();
  const offer = new Uint8Array(12);
  putU32(offer, 0, amount);
  putU32(offer, 4, START_S);
  const offered = terminal.say(Message.offer, offer, bank.random(8));
  if (offered[0] !== 0) return [offered[0]];
  const invoice = terminal.invoiceIn(offered);
  const transfer = Transfer.build(bank.crypto, identity.signingKey, {
    payer: identity.certificate.id,
    payee: device.wallet.certificate.id,
    invoice: invoice.id,
    currency: CURRENCY,
    purpose: 0,
    sequence: 1,
    previous: new Uint8Array(32),
    created_s: START_S,
    claimBy_s: START_S + 300,
    received: amount,
    terms: terms as Transfer,
    notes: [],
  });
  const answer = terminal.say(Message.deliver, offer.slice(4, 8), Uint8Array.of(0), transfer.compact(false));
  return [answer[0], answer[answer.length - 1]];
}

describe('a note is refused at its delivery, with the reason', () => {
  const spoilt = (bank: TestBank, note: Note, fields: object) =>
    Note.build(bank.crypto, bank.operatorKey, { ...fieldsOf(note), ...fields });
  const fieldsOf = ({ id, issuer, value, currency, owner, issued_s, expires_s, hopsMax }: Note) => ({
    ...{ id, issuer, value, currency, owner, issued_s, expires_s, hopsMax, purpose: 0, registry: 1 },
  });

  function declines(make: (bank: TestBank, held: Note, fresh: Note) => Note[], why: Refusal): void {
    const { bank, devices } = people('holder');
    const [holder] = devices;
    const [held, fresh] = bank.notes(holder.wallet, [500, 300]);
    bank.settle(holder.wallet, [held]);
    const offered = make(bank, held, fresh);
    expect(syncs(bank, contacts(holder), offered)).toEqual({ end: 'declined', why });
    reboot(holder);
    expect(holder.wallet.ledger).toMatchObject({ held: 500, epoch: 2 });
    expect(syncs(bank, contacts(holder), [fresh]).end).toBe('done');
    expect(holder.wallet.ledger.held).toBe(800);
  }

  test('when one of its number is held, is delivered in the same sync, or comes from elsewhere', () => {
    declines((_bank, held) => [held], Refusal.noteHeld);
    declines((_bank, _held, fresh) => [fresh, fresh], Refusal.noteHeld);
    declines((bank, held) => [spoilt(bank, held, { value: 7 })], Refusal.noteHeld);
  });

  test('when it is of another currency', () => {
    declines((bank, _held, fresh) => [spoilt(bank, fresh, { currency: ascii('USD') })], Refusal.currency);
  });

  test('when more would be held than is an amount', () => {
    declines((bank, _held, fresh) => [spoilt(bank, fresh, { value: AMOUNT_MAX })], Refusal.balanceLimit);
  });

  test('and keys are for one currency: another one gets an error, and so does what is none', () => {
    const device = new World(1, START_S, opensslCrypto).device('blank');
    device.exchange(buildCommand(Ins.select, AID, { cla: 0, p1: 4 }));
    const ask = (currency: string) => device.exchange(buildCommand(Ins.makeKeys, ascii(currency)));
    for (const none of ['cny', 'CN', 'C\u0000Y']) expect([...ask(none)]).toEqual([0x6a, 0x80]);
    expect(device.wallet.hasKeys).toBe(false);
    const keys = expectOk(ask('CNY'));
    expect([...ask('USD')]).toEqual([0x6a, 0x80]);
    expect(expectOk(ask('CNY'))).toEqual(keys);
  });
});

test('what is received stays an amount, together with what is in flight and may come back', () => {
  const { bank, devices } = people('holder');
  const [holder] = devices;
  give(bank, holder, [AMOUNT_MAX - 10, 5]);
  const terms = { hops: 1, hopsLimit: 5, expires_s: START_S + 9 * DAY_S };
  const taker = new HostileTerminal(bank, (command) => holder.exchange(command), rogue(bank));
  taker.takeMoney(taker.invoice({ amount: 100 }));
  expect(pushes(bank, holder, 11, terms)).toEqual([Refusal.balanceLimit]);
  expect(pushes(bank, holder, 10, terms)).toEqual([0, 0]);
  reboot(holder);
  expect(holder.wallet.ledger).toMatchObject({ held: AMOUNT_MAX - 100, inFlight: 100 });
});

describe('an entry in flash that does not read', () => {
  /** As a firmware left it that did not look: a transfer whose hops are used up. */
  function stoppedWallet() {
    const { world, bank, devices, pays } = people('holder', 'stall');
    const [holder, stall] = devices;
    give(bank, holder, [500, 5]);
    expect(pays(holder, stall, 120)).toBe('paid');
    const transfer = withoutHops(bank, holder, stall.wallet.certificate.id);
    appendRaw(holder, encodeRecord({ kind: 'out', transfer }, false, START_S));
    reboot(holder);
    return { world, bank, holder, stall, pays };
  }

  test('is named; the wallet opens, tells its balance, and neither pays nor receives', () => {
    const { bank, holder, stall, pays } = stoppedWallet();
    expect(holder.wallet.stopped).toBe('entry 5 is not an entry of this device');
    expect(holder.wallet.lifecycle).toBe(Lifecycle.stopped);
    const terminal = new HostileTerminal(bank, (command) => holder.exchange(command), rogue(bank));
    terminal.open();
    expect(terminal.say(Message.verify, ascii('2468'))[0]).toBe(0);
    const balance = terminal.say(Message.balance);
    expect([balance[0], (balance[3] << 8) | balance[4], balance[21]]).toEqual([0, 380, Lifecycle.stopped]);
    expect(terminal.say(Message.history, Uint8Array.of(0)).length).toBe(1 + 4 * 21);
    expect(pays(holder, stall, 10)).toBe(Refusal.stopped);
    expect(pays(stall, holder, 10)).toBe(Refusal.stopped);
    expect(holder.wallet.ledger.held).toBe(380);
  });

  test('does not keep what lies before it from its bank', () => {
    const { bank, holder } = stoppedWallet();
    const taken: number[] = [];
    const entries = { take: (sequence: number) => void taken.push(sequence) };
    const device = { ...contacts(holder), notes: [], settlement: {}, ...entries };
    const end = visit(bank, { ...device, from: 1, head: emptyHead(), messagesMax: 100 });
    expect(end).toEqual({ end: 'stopped', from: 5, last: 5 });
    expect(taken).toEqual([1, 2, 3, 4]);
  });
});

/** Of received value whose hops are used up: no boot takes it. */
function withoutHops(bank: TestBank, { wallet }: Device, payee: Uint8Array): Transfer {
  return Transfer.build(bank.crypto, wallet.signingKey, {
    payer: wallet.certificate.id,
    payee,
    invoice: bank.random(8),
    currency: CURRENCY,
    purpose: 0,
    sequence: wallet.ledger.sequence + 1,
    previous: wallet.ledger.head,
    created_s: START_S,
    claimBy_s: START_S,
    received: 1,
    terms: { hops: 3, hopsLimit: 3, expires_s: START_S + DAY_S },
    notes: [],
  });
}

/** Past the wallet, which would not write it. */
function appendRaw(device: Device, record: Uint8Array): void {
  const opened = openStore(device.nor, crc32);
  if (opened.status !== 'ok') throw new Error(opened.status);
  opened.store.journal.append(record);
}

test('nothing is said of an entry that would not read back, and nothing is written', () => {
  const { bank, devices } = people('holder');
  const [holder] = devices;
  give(bank, holder, [500, 5]);
  const { wallet } = holder;
  const transfer = withoutHops(bank, holder, bank.random(8));
  const { programs } = holder.nor.counters;
  expect(wallet.commit({ kind: 'out', transfer }, true)).toBe(Refusal.unsound);
  expect(holder.nor.counters.programs).toBe(programs);
  reboot(holder);
  expect(holder.wallet.ledger.held).toBe(500);
});
