import { describe, expect, it } from 'vitest';
import { TAG_EXPECTED_S_MAX } from '../../../firmware/limits.js';
import { Refusal } from '../../../firmware/protocol/refusal.js';
import { PayeeTag } from '../../../firmware/tag/payee-tag.js';
import type { ShownPayee } from '../../../firmware/terminal/expected-payee.js';
import type { Order } from '../../../firmware/terminal/order.js';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import { memoryWith, NTAGS, NtagTag } from '../../../sim/tag/ntag.js';
import { ascii, TestBank } from '../../../sim/world/test-bank.js';
import { World } from '../../../sim/world/world.js';
import { NOW_S, utf8 } from './payee-tags.js';

const UID = Uint8Array.of(4, 1, 2, 3, 4, 5, 6);
const LOADED = 10_000;

function market(limits = {}) {
  const world = new World(1, NOW_S, opensslCrypto);
  const bank = new TestBank(world.crypto, NOW_S);
  const [stall, thief, watch] = ['stall', 'thief', 'watch'].map((name) => world.device(name));
  bank.enrol(stall, { category: 5_812 });
  bank.enrol(thief, { category: 5_812 });
  bank.enrol(watch, { pin: '2468', limits });
  bank.settle(watch.wallet, bank.notes(watch.wallet, [LOADED]));
  const total = () => [stall, thief, watch].reduce((sum, { wallet }) => sum + wallet.ledger.held, 0);
  const tap = (amount = 1_250): ShownPayee => {
    const { message } = PayeeTag.of(stall.wallet, {
      amount,
      label: utf8('Noodles'),
      notAfter_s: NOW_S + 3_600,
    });
    const memory = memoryWith(NTAGS.ntag215, UID, message);
    const read = world.readTag(watch, new NtagTag(world.field, 'tag', NTAGS.ntag215, memory));
    if (!read || !('shown' in read)) throw new Error('the tag was not read');
    return read.shown;
  };
  const order = (shown: ShownPayee, amount: number, pin?: string): Order => {
    const made = watch.terminal.orderTo(shown, amount, pin === undefined ? undefined : ascii(pin));
    if (typeof made === 'number') throw new Error(`no order: ${made}`);
    return made;
  };
  return { world, bank, stall, thief, watch, total, tap, order };
}

describe('a payment to whom a tag shows', () => {
  it('goes to that payee', () => {
    const { world, stall, watch, total, tap, order } = market();
    const paying = order(tap(), 1_250);
    expect(world.touch(watch, stall, paying).result?.outcome).toBe('paid');
    expect(stall.wallet.ledger.held).toBe(1_250);
    expect(total()).toBe(LOADED);
  });

  it('goes to nobody else: another certified payee at the touch is refused, and nothing moves', () => {
    const { world, thief, stall, watch, total, tap, order } = market();
    const paying = order(tap(), 1_250);
    const { result } = world.touch(watch, thief, paying);
    expect(result).toMatchObject({ outcome: 'refused', refusal: { by: 'terminal', why: Refusal.mismatch } });
    expect(thief.wallet.ledger.held).toBe(0);
    expect(watch.wallet.ledger.held).toBe(LOADED);
    expect(watch.wallet.ledger.inFlightTransfers).toEqual([]);
    expect(world.touch(watch, stall, paying).result?.outcome).toBe('paid');
    expect(total()).toBe(LOADED);
  });

  it('is for the amount of the tag, and for any where the tag has none', () => {
    const { world, stall, watch, total, tap, order } = market();
    expect(watch.terminal.orderTo(tap(), 1_249)).toBe(Refusal.mismatch);
    expect(world.touch(watch, stall, order(tap(0), 700)).result?.outcome).toBe('paid');
    expect(stall.wallet.ledger.held).toBe(700);
    expect(total()).toBe(LOADED);
  });

  it('begins within a minute of the reading, to the second', () => {
    const { world, stall, watch, total, tap } = market();
    const shown = tap();
    world.pass(shown.until_s - watch.wallet.own_s);
    expect(watch.wallet.own_s).toBe(shown.until_s);
    const last = watch.terminal.orderTo(shown, 1_250) as Order;
    world.pass(1);
    expect(watch.terminal.orderTo(shown, 1_250)).toBe(Refusal.invoiceExpired);
    const { result } = world.touch(watch, stall, last);
    expect(result?.refusal).toEqual({ by: 'terminal', why: Refusal.invoiceExpired });
    expect(TAG_EXPECTED_S_MAX).toBe(60);
    expect(total()).toBe(LOADED);
    expect(stall.wallet.ledger.held).toBe(0);
  });

  it('takes the PIN above the limit of the button, as any payment', () => {
    const { world, stall, watch, total, tap, order } = market({ noConfirmMax: 100, buttonMax: 1_000 });
    const shown = tap();
    const without = world.touch(watch, stall, order(shown, 1_250)).result;
    expect(without?.refusal).toEqual({ by: 'terminal', why: Refusal.pin });
    const withPin = order(shown, 1_250, '2468');
    expect(world.touch(watch, stall, withPin).result?.outcome).toBe('paid');
    expect(total()).toBe(LOADED);
  });

  it('torn with any byte on the air is paid once, when the two meet again', () => {
    const step = 97;
    for (let airByte = 1; airByte < 2_000; airByte += step) {
      const { world, stall, watch, total, tap, order } = market();
      const paying = order(tap(), 1_250);
      world.touch(watch, stall, paying, { airByte, what: 'hand away' });
      expect(world.touch(watch, stall, paying).result?.outcome, `byte ${airByte}`).toBe('paid');
      expect(stall.wallet.ledger.held).toBe(1_250);
      expect(total()).toBe(LOADED);
    }
  });

  it('is not taken for paid because another device says so', () => {
    const { world, stall, watch, tap, order, total } = market();
    const first = order(tap(), 1_250);
    world.touch(watch, stall, first);
    // The same name of an order: the stall says that it is paid, and this order has never met it.
    const same = { ...order(tap(), 1_250), id: first.id };
    const { result } = world.touch(watch, stall, same);
    expect(result?.refusal).toEqual({ by: 'card', why: Refusal.paid });
    expect(same.done).toBe(false);
    expect(stall.wallet.ledger.held).toBe(1_250);
    expect(total()).toBe(LOADED);
  });
});
