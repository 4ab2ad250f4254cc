import { HotList } from '../../firmware/objects/hot-list.js';
import { Operator } from '../../firmware/objects/operator.js';
import { Standing } from '../../firmware/objects/settlement.js';
import { Message } from '../../firmware/protocol/message.js';
import { UNLIMITED } from '../../firmware/selftest/test-issuer.js';
import type { Device } from '../../sim/device/device.js';
import { ascii, TestBank } from '../../sim/world/test-bank.js';
import { World } from '../../sim/world/world.js';
import { countingCrypto } from './counting.js';
import { HostileTerminal, rogue } from './hostile-terminal.js';

export const START_S = 1_800_000_000;
export const DAY_S = 86_400;

type Options = NonNullable<Parameters<TestBank['enrol']>[1]>;

/** A world with a certified card in every state that a card can be in, by name. */
export function cardStates(seed = 12) {
  const { crypto, calls } = countingCrypto();
  const world = new World(seed, START_S, crypto);
  const bank = new TestBank(crypto, START_S);
  const enrolled = (name: string, options: Options = {}, at = bank): Device => {
    const device = world.device(name);
    at.enrol(device, options);
    return device;
  };
  /** Certified, and never settled. */
  const unsettled = (name: string, time_s = START_S): Device => {
    const device = world.device(name);
    device.wallet.makeKeys(ascii('CNY'));
    const certificate = bank.certify(device.wallet.publicKey);
    device.wallet.personalise({ ...bank.personalisation(certificate, UNLIMITED), time_s });
    return device;
  };
  const holding = (name: string, values: readonly number[], options: Options = {}): Device => {
    const device = enrolled(name, options);
    bank.settle(device.wallet, bank.notes(device.wallet, values));
    return device;
  };
  const pay = (from: Device, to: Device, amount: number): void => {
    if (world.touch(to, from, to.terminal.order('pull', amount)).result?.outcome !== 'paid')
      throw new Error(`${from.name} does not pay ${to.name}`);
  };
  const hostile = (device: Device): HostileTerminal =>
    new HostileTerminal(bank, (command) => device.exchange(command), rogue(bank));

  const stall = enrolled('stall', { category: 5812 });
  const states: Record<string, Device> = {};
  states.empty = enrolled('empty');
  states['never settled'] = unsettled('never settled');
  states['clock unset'] = unsettled('clock unset', 0);
  states['with notes'] = holding('with notes', [1, 2, 3, 4, 5, 6]);
  states['days ahead'] = holding('days ahead', [5]);
  bank.settle(states['days ahead'].wallet, [], { time_s: START_S + 3 * DAY_S });
  states['has paid'] = holding('has paid', [100], { category: 5812, limits: { noConfirmMax: 50 } });
  pay(states['has paid'], stall, 5);
  states['with received money'] = enrolled('with received money');
  pay(states['has paid'], states['with received money'], 7);
  states['in flight'] = holding('in flight', [100]);
  const thief = hostile(states['in flight']);
  thief.takeMoney(thief.invoice({ amount: 10 }));
  states['asks for consent'] = holding('asks for consent', [100], { limits: { noConfirmMax: 1 } });
  const till = hostile(states['asks for consent']);
  till.open();
  till.ask(till.invoice({ amount: 50 }));
  states['with a PIN'] = enrolled('with a PIN', { pin: '2468' });
  states['PIN locked'] = enrolled('PIN locked', { pin: '2468' });
  for (let i = 0; i < 3; i++) states['PIN locked'].wallet.verifyPin(ascii('1111'), new Uint8Array(8));
  states['PUK used up'] = enrolled('PUK used up', { pin: '2468' });
  for (let i = 0; i < 10; i++) states['PUK used up'].wallet.unlockPin(ascii('87654321'), ascii('1111'));
  states.suspended = enrolled('suspended');
  bank.settle(states.suspended.wallet, [], { standing: Standing.suspended });
  states.expired = enrolled('expired', { notAfter_s: START_S + DAY_S });
  bank.settle(states.expired.wallet, [], { time_s: START_S + 9 * DAY_S });
  states['with a hot list'] = enrolled('with a hot list');
  const listed = bank.random(8);
  const fields = { issuer: bank.number, version: 1, part: 0, parts: 1, ids: [listed] };
  states['with a hot list'].wallet.takeObject(HotList.build(crypto, bank.operatorKey, fields).bytes);
  states['with a second operator'] = enrolled('with a second operator');
  const second = { number: 99, key: bank.operatorKey.subarray(32), notBefore_s: START_S };
  const endorsed = Operator.build(crypto, bank.rootKey, { ...second, notAfter_s: START_S + 9 * DAY_S });
  states['with a second operator'].wallet.takeObject(endorsed.bytes);
  states['full store'] = full(world, bank);
  states['of another bank'] = enrolled('of another bank', {}, new TestBank(crypto, START_S, { seed: 9 }));
  const short = new TestBank(crypto, START_S, { endorsed_s: DAY_S });
  states['with an operator that has run out'] = enrolled('operator out', {}, short);
  short.settle(states['with an operator that has run out'].wallet, [], { time_s: START_S + 2 * DAY_S });
  const worn = enrolled('with a note that has rotted');
  const notes = bank.notes(worn.wallet, [100, 100]);
  bank.settle(worn.wallet, notes);
  rot(worn, notes[0].bytes);
  states['with a note that has rotted'] = worn;
  for (const device of Object.values(states)) settleDown(device);
  return { world, bank, calls, states, stall, listed };
}

/** Pays as long as it can: then there is no room for another payment. */
function full(world: World, bank: TestBank): Device {
  const device = world.device('full', { flashSectors: 24 });
  bank.enrol(device);
  bank.settle(device.wallet, bank.notes(device.wallet, [100_000]));
  const shop = new HostileTerminal(bank, (command) => device.exchange(command), rogue(bank));
  for (;;) {
    shop.open();
    const answer = shop.ask(shop.invoice({ amount: 1 }));
    const paid = answer[0] === 0 ? shop.say(Message.transfer) : answer;
    if (paid[0] !== 0) break;
    shop.say(Message.receipt, shop.receipt(shop.transferOf(paid)).compact);
    device.wallet.idle();
  }
  return device;
}

/** A note of the device does not read any more. */
export function rot(device: Device, note: Uint8Array): void {
  const image = Buffer.from(device.nor.exportImage());
  const at = image.indexOf(note);
  if (at < 0) throw new Error('the note is not in flash');
  for (let found = at; found >= 0; found = image.indexOf(note, found + 1)) device.nor.flip(found, 0x10);
}

/** What is left to do on flash from an earlier life is done. */
function settleDown(device: Device): void {
  for (let i = 0; i < 50; i++) device.wallet.idle();
}
