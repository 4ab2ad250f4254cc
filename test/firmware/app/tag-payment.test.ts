import { describe, expect, it } from 'vitest';
import { Device } from '../../../firmware/app/device.js';
import { EventCode, parseEvents } from '../../../firmware/app/event-log.js';
import { PayeeTag } from '../../../firmware/tag/payee-tag.js';
import { TagFault } from '../../../firmware/tag/tag-fault.js';
import type { UserActions } from '../../../firmware/ui/user-interface.js';
import { crc32 } from '../../../hal/crc32.js';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import { Pn532 } from '../../../hal/pn532/pn532.js';
import type { Prompt } from '../../../hal/presence.js';
import { DeviceClock } from '../../../sim/chip/device-clock.js';
import { SimEntropy } from '../../../sim/chip/entropy.js';
import { NorFlash } from '../../../sim/chip/nor-flash.js';
import { createPn532Module } from '../../../sim/chip/pn532-module.js';
import { exchange } from '../../../sim/device/contacts.js';
import { memoryWith, NTAGS, NtagTag } from '../../../sim/tag/ntag.js';
import { TestBank } from '../../../sim/world/test-bank.js';
import { World } from '../../../sim/world/world.js';
import { NOW_S, URL_MESSAGE, utf8 } from '../tag/payee-tags.js';

const UID = Uint8Array.of(4, 1, 2, 3, 4, 5, 6);
const LOADED = 10_000;
const LOOK_S = 2;

/** A whole device of ours, its owner, a stall and a thief's stall, in one field. */
function street(limits = {}) {
  const world = new World(1, NOW_S, opensslCrypto);
  const bank = new TestBank(world.crypto, NOW_S);
  const [stall, thief] = [world.device('stall'), world.device('thief')];
  for (const each of [stall, thief]) bank.enrol(each, { category: 5_812 });
  const notices: string[] = [];
  let owner: UserActions | undefined;
  let prompt: Prompt | undefined;
  const clock = new DeviceClock(world.clock);
  const module = createPn532Module({ clock: world.clock, field: world.field, name: 'watch', host: clock });
  const device = new Device({
    flash: new NorFlash({ sectorCount: 64 }),
    clock,
    entropy: new SimEntropy(1, 'watch'),
    crypto: opensslCrypto,
    crc32,
    ui: {
      show: (shown) => (prompt = shown),
      press() {},
      attach: (met) => (owner = met),
      notify: (notice) => void notices.push(notice),
    },
    createChip: (entropy) => new Pn532({ link: module.createLink(), clock, entropy, baud: 921_600 }),
  });
  const { wallet, card, mode } = device.applications!;
  bank.enrol({ wallet, exchange: (command) => exchange(card, command) }, { pin: '2468', limits });
  bank.settle(wallet, bank.notes(wallet, [LOADED]));
  device.start();
  const hang = (message: Uint8Array): NtagTag =>
    new NtagTag(world.field, 'tag', NTAGS.ntag215, memoryWith(NTAGS.ntag215, UID, message));
  const messageOf = (amount: number): Uint8Array =>
    PayeeTag.of(stall.wallet, { amount, label: utf8('Tea'), notAfter_s: NOW_S + 3_600 }).message;
  const pass = (seconds: number): void => world.pass(seconds);
  /** The owner holds the device to a tag, for as long as it takes. */
  const tap = (message: Uint8Array): void => {
    const tag = hang(message);
    owner!.onTag();
    tag.enter();
    pass(LOOK_S);
    tag.leave();
  };
  const meet = (other: typeof stall): void => {
    other.enterField(world.field);
    other.listen();
    pass(3 * LOOK_S);
    world.part(other);
    pass(1);
  };
  const total = (): number =>
    [wallet, stall.wallet, thief.wallet].reduce((sum, { ledger }) => sum + ledger.held, 0);
  const seen = { notices, prompt: () => prompt, owner: () => owner! };
  return { device, mode, wallet, stall, thief, tap, meet, messageOf, pass, total, ...seen };
}

describe('a device whose owner holds it to a tag', () => {
  it('shows payee and amount, pays nothing by itself, and pays that payee when its owner agrees', () => {
    const { wallet, stall, tap, meet, messageOf, pass, total, prompt, owner, notices } = street();
    tap(messageOf(1_250));
    expect(prompt()).toMatchObject({ amount: 1_250, payee: stall.wallet.certificate.id, needsPin: false });
    meet(stall);
    expect(wallet.ledger.held).toBe(LOADED);
    owner().onConsent(prompt()!);
    pass(LOOK_S);
    meet(stall);
    expect(wallet.ledger.held).toBe(LOADED - 1_250);
    expect(stall.wallet.ledger.held).toBe(1_250);
    expect(prompt()).toBeUndefined();
    expect(notices).toEqual(expect.arrayContaining(['tag', 'asking', 'paid']));
    expect(total()).toBe(LOADED);
  });

  it('refuses another payee that is held there, and the order is over', () => {
    const { mode, wallet, thief, stall, tap, meet, messageOf, pass, total, prompt, owner, notices } =
      street();
    tap(messageOf(1_250));
    pass(1);
    owner().onConsent(prompt()!);
    meet(thief);
    expect(notices.at(-1)).toBe('refused');
    expect(mode.asked?.end).toBe('refused');
    meet(stall);
    expect(wallet.ledger.held).toBe(LOADED);
    expect(total()).toBe(LOADED);
  });

  it('has its owner say how much where the tag does not, and takes the PIN where the amount does', () => {
    const { wallet, stall, tap, meet, messageOf, pass, total, prompt, owner, notices } = street({
      noConfirmMax: 100,
      buttonMax: 200,
    });
    tap(messageOf(0));
    expect(notices.at(-1)).toBe('how-much');
    owner().onAsk(700);
    pass(1);
    expect(prompt()).toMatchObject({ amount: 700, needsPin: true });
    owner().onConsent(prompt()!);
    owner().onPin(utf8('1111'), prompt()!);
    meet(stall);
    expect(wallet.ledger.held).toBe(LOADED);
    owner().onPin(utf8('2468'), prompt()!);
    meet(stall);
    expect(stall.wallet.ledger.held).toBe(700);
    expect(total()).toBe(LOADED);
  });

  it('tells of a tag that shows nobody, and notes why', () => {
    const { device, mode, tap, notices, prompt } = street();
    tap(URL_MESSAGE);
    expect(notices.at(-1)).toBe('bad-tag');
    const noted = parseEvents(device.log.read(0)).filter(({ code }) => code === EventCode.tagRefused);
    expect(noted.map(({ detail }) => detail)).toEqual([TagFault.foreign]);
    expect([mode.isBusy, mode.isByTag, prompt()]).toEqual([false, false, undefined]);
  });

  it('forgets it when its owner says no, calls it off, waits for a minute, or asks for money instead', () => {
    const { mode, wallet, stall, tap, meet, messageOf, pass, total, prompt, owner } = street();
    const ways: (() => void)[] = [
      () => owner().onDecline(),
      () => owner().onCancel(),
      () => pass(61),
      () => owner().onAsk(100),
    ];
    for (const [i, way] of ways.entries()) {
      tap(messageOf(1_250));
      expect(mode.isByTag, `way ${i}`).toBe(true);
      const shown = prompt()!;
      pass(1);
      way();
      expect(mode.isByTag, `way ${i}`).toBe(false);
      if (mode.isBusy) owner().onCancel();
      pass(LOOK_S);
      owner().onConsent(shown);
      pass(1);
      meet(stall);
    }
    expect(wallet.ledger.held).toBe(LOADED);
    expect(total()).toBe(LOADED);
  });

  it('looks for a tag for a minute, and is a card again when none comes or its owner calls it off', () => {
    const { mode, owner, pass } = street();
    for (const wait_s of [1, 70]) {
      owner().onTag();
      expect(mode.isBusy).toBe(true);
      pass(wait_s);
      if (wait_s === 1) owner().onCancel();
      pass(LOOK_S);
      expect(mode.isBusy).toBe(false);
    }
  });
});
