import { expect, it } from 'vitest';
import { Refusal } from '../../../firmware/protocol/refusal.js';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import { ascii, TestBank } from '../../../sim/world/test-bank.js';
import { World } from '../../../sim/world/world.js';
import { wholeValue } from '../../support/conservation.js';

const NOW_S = 1_800_000_000;
const LIMITS = { noConfirmMax: 50, noConfirmTotalMax: 50, buttonMax: 500 };

function stallAndWatch() {
  const world = new World(5, NOW_S, opensslCrypto);
  const bank = new TestBank(world.crypto, NOW_S);
  const [stall, watch] = ['stall', 'watch'].map((name) => world.device(name));
  bank.enrol(stall, { category: 5812, limits: LIMITS, pin: '1234' });
  bank.enrol(watch, { limits: LIMITS, pin: '1234' });
  for (const device of [stall, watch]) bank.settle(device.wallet, bank.notes(device.wallet, [5000]));
  const whole = () => wholeValue(stall.wallet, watch.wallet);
  return { world, bank, stall, watch, whole };
}

it('lets no card commit to an invoice that the terminal has settled since', () => {
  const { world, bank, stall, watch, whole } = stallAndWatch();
  const before = whole();
  const order = stall.terminal.order('pull', 100);
  expect(world.touch(stall, watch, order).result).toMatchObject({ refusal: { why: Refusal.button } });
  expect(world.press(watch)).toBe(true);
  bank.settle(stall.wallet, []);
  const { result } = world.touch(stall, watch, order);
  expect(result).toMatchObject({
    outcome: 'refused',
    refusal: { by: 'terminal', why: Refusal.settledSince },
  });
  expect(watch.wallet.ledger.inFlight).toBe(0);
  expect(whole()).toBe(before);
});

it('asks for a new invoice where the card has settled the one that it gave', () => {
  const { world, bank, stall, watch, whole } = stallAndWatch();
  const before = whole();
  const order = stall.terminal.order('push', 600);
  expect(world.touch(stall, watch, order).result).toMatchObject({ refusal: { why: Refusal.pin } });
  bank.settle(watch.wallet, []);
  order.pin = ascii('1234');
  const { result } = world.touch(stall, watch, order);
  expect(result).toMatchObject({ outcome: 'paid' });
  expect(stall.wallet.ledger.inFlight).toBe(0);
  expect(watch.wallet.ledger.held).toBe(5000 + 600);
  expect(whole()).toBe(before);
});

it('begins no second touch beside the one that is under way', () => {
  const { world, stall, watch } = stallAndWatch();
  const order = stall.terminal.order('pull', 20);
  const ends: string[] = [];
  stall.module.chip.enterField(world.field);
  watch.module.chip.enterField(world.field);
  watch.listen();
  stall.terminal.touch(order, 3_000, ({ outcome }) => void ends.push(outcome));
  stall.terminal.touch(order, 3_000, ({ fault }) => void ends.push(`${fault?.kind}`));
  world.run(() => world.clock.runFor(4e6));
  expect(ends).toEqual(['busy', 'paid']);
});
