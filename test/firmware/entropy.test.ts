import { describe, expect, test } from 'vitest';
import { EventCode } from '../../firmware/app/event-log.js';
import { concat } from '../../firmware/bytes.js';
import { ConsoleCommand, ConsoleStatus, SelfTestCode, Verdict } from '../../firmware/console/codes.js';
import { EntropyError } from '../../firmware/draw.js';
import { Lifecycle } from '../../firmware/payment/lifecycle.js';
import { AID, buildCommand, CLA_ISO, Ins } from '../../firmware/protocol/apdu.js';
import { Message } from '../../firmware/protocol/message.js';
import type { Order, TouchResult } from '../../firmware/terminal/order.js';
import { opensslCrypto } from '../../hal/crypto/openssl.js';
import { SimEntropy } from '../../sim/chip/entropy.js';
import type { Device } from '../../sim/device/device.js';
import { ascii, TestBank } from '../../sim/world/test-bank.js';
import { World } from '../../sim/world/world.js';
import { ConsoleError } from '../../tools/cli/serial/client.js';
import { readLog } from '../../tools/cli/serial/log.js';
import { wholeValue } from '../support/conservation.js';
import { Workbench } from '../support/console.js';
import { HostileTerminal, rogue } from '../support/hostile-terminal.js';

const START_S = 1_800_000_000;
const LOADED = 1_000;
const PRICE = 10;
const SELECT = buildCommand(Ins.select, AID, { cla: CLA_ISO, p1: 4 });
const ENVELOPE = buildCommand(Ins.envelope, new Uint8Array(0), { cla: CLA_ISO });

/** Has a device's random source fail whenever `fails` says so, which is asked once for each draw. */
function spoil({ entropy }: Pick<Device, 'entropy'>, fails: () => boolean): void {
  const fill = SimEntropy.prototype.fill.bind(entropy);
  entropy.fill = (target) => {
    if (fails()) throw new Error('stuck');
    fill(target);
  };
}

const statusOf = (response: Uint8Array): string => Buffer.from(response.slice(-2)).toString('hex');

function pair() {
  const world = new World(4, START_S, opensslCrypto);
  const bank = new TestBank(world.crypto, START_S);
  const [stall, watch] = [world.device('stall'), world.device('watch')];
  bank.enrol(stall, { category: 5812 });
  bank.enrol(watch, { pin: '2468' });
  bank.settle(stall.wallet, bank.notes(stall.wallet, [LOADED]));
  bank.settle(watch.wallet, bank.notes(watch.wallet, [LOADED]));
  const total = () => wholeValue(stall.wallet, watch.wallet);
  return { world, bank, stall, watch, total };
}

describe('a random source that fails', () => {
  for (const kind of ['pull', 'push'] as const) {
    for (const who of ['stall', 'watch'] as const) {
      test(`at any draw of a touch (${kind}, on the ${who}) costs that touch at most, and no money`, () => {
        let isReached = true;
        let reached = 0;
        for (let draw = 1; isReached; draw++) {
          const devices = pair();
          const { world, stall, watch, total } = devices;
          let draws = 0;
          spoil(devices[who], () => ++draws === draw);
          const touch = (order: Order): TouchResult | undefined => world.touch(stall, watch, order).result;
          let order: Order | undefined;
          try {
            order = stall.terminal.order(kind, PRICE);
            touch(order);
          } catch (error) {
            expect(error).toBeInstanceOf(EntropyError);
          }
          isReached = draws >= draw;
          reached = draw;
          expect(total()).toBe(2 * LOADED);
          order ??= stall.terminal.order(kind, PRICE);
          for (let again = 0; again < 3 && !order.done; again++) touch(order);
          expect(order.done, `draw ${draw}`).toBe(true);
          expect(total()).toBe(2 * LOADED);
          const paid = kind === 'pull' ? stall : watch;
          expect(paid.wallet.ledger.held).toBe(LOADED + PRICE);
        }
        expect(reached).toBeGreaterThan(2);
      });
    }
  }

  test('is said with a status word in SELECT, sync and session, and the next is tried anew', () => {
    const { bank, watch } = pair();
    let isStuck = true;
    spoil(watch, () => isStuck);
    watch.exchange(SELECT); // uses up the key that was made ahead
    watch.card.onDeactivated('removed');
    for (let again = 0; again < 3; again++) {
      watch.card.onActivated();
      expect(statusOf(watch.exchange(SELECT))).toBe('6400');
      expect(statusOf(watch.exchange(buildCommand(Ins.hello, new Uint8Array(197))))).toBe('6985');
      expect(statusOf(watch.exchange(ENVELOPE))).toBe('6400');
      watch.card.onDeactivated('removed');
    }
    isStuck = false;
    expect(statusOf(watch.exchange(SELECT))).toBe('9000');
    expect(statusOf(watch.exchange(ENVELOPE))).toBe('9000');
    const payer = new HostileTerminal(bank, (command) => watch.exchange(command), rogue(bank));
    payer.open();
    payer.say(Message.identify);
    isStuck = true;
    const offer = concat(Uint8Array.of(Message.offer, 0, 0, 0, 5), new Uint8Array(16));
    expect(payer.sendSealed(payer.seal(offer)).status).toBe(0x6400);
    isStuck = false;
    payer.open();
    expect(payer.say(Message.identify)[0]).toBe(0);
  });

  test('makes no keys and no PIN, and costs no try of the PUK', () => {
    const { world, watch } = pair();
    const blank = world.device('blank');
    let isStuck = true;
    spoil(blank, () => isStuck);
    blank.exchange(SELECT);
    expect(statusOf(blank.exchange(buildCommand(Ins.setPin, ascii('123456782468'))))).toBe('6400');
    expect(statusOf(blank.exchange(buildCommand(Ins.makeKeys, ascii('CNY'))))).toBe('6400');
    expect([blank.wallet.hasKeys, blank.wallet.pin.set]).toEqual([false, false]);
    isStuck = false;
    expect(statusOf(blank.exchange(buildCommand(Ins.makeKeys, ascii('CNY'))))).toBe('9000');
    spoil(watch, () => true);
    const unlock = () => watch.wallet.unlockPin(ascii('12345678'), ascii('1357'));
    for (let again = 0; again < 12; again++) expect(unlock).toThrow(EntropyError);
    spoil(watch, () => false);
    expect(unlock()).toBe('right');
    expect(watch.wallet.verifyPin(ascii('1357'), new Uint8Array(8))).toBe('right');
  });
});

describe('a board whose random source is stuck at boot', () => {
  function board() {
    const source = new SimEntropy(77, 'stuck');
    const state = { isStuck: true };
    spoil({ entropy: source }, () => state.isStuck);
    return { state, bench: new Workbench('none', source) };
  }

  test('is alive, and says so: to its owner, in its identity, in its log and in its self-test', async () => {
    const { bench } = board();
    bench.pass(10_000);
    const { client } = bench;
    expect(bench.notified).toEqual(['blank', 'no-entropy']);
    const identity = await client.identify();
    expect(identity).toMatchObject({ lifecycle: Lifecycle.blank, isEntropyFailing: true });
    const events = await readLog(client);
    expect(events.filter(({ code }) => code === EventCode.entropy)).toMatchObject([{ detail: 1 }]);
    expect(events.filter(({ code }) => code === EventCode.started)).toHaveLength(1);
    const test = await client.ask(ConsoleCommand.selfTest, Uint8Array.of(7));
    expect([...test]).toEqual([SelfTestCode.entropy, Verdict.failed, 0, 0, 0, 1]);
    const measured = client.ask(ConsoleCommand.bench, Uint8Array.of(10));
    await expect(measured).rejects.toMatchObject({ status: ConsoleStatus.failed });
    await expect(measured).rejects.toBeInstanceOf(ConsoleError);
    const keys = buildCommand(Ins.makeKeys, ascii('CNY'));
    await client.ask(ConsoleCommand.provision, SELECT);
    expect(statusOf(await client.ask(ConsoleCommand.provision, keys))).toBe('6400');
  });

  test('goes on by itself when the source works again', async () => {
    const { bench, state } = board();
    bench.pass(5_000);
    state.isStuck = false;
    bench.pass(5_000);
    expect(bench.notified).toEqual(['blank', 'no-entropy', 'blank']);
    expect((await bench.client.identify()).isEntropyFailing).toBe(false);
    await bench.client.ask(ConsoleCommand.provision, SELECT);
    const keys = await bench.client.ask(ConsoleCommand.provision, buildCommand(Ins.makeKeys, ascii('CNY')));
    expect(statusOf(keys)).toBe('9000');
  });
});
