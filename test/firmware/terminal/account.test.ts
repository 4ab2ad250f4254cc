import { describe, expect, it } from 'vitest';
import { AccountCertificate } from '../../../firmware/account/account-certificate.js';
import { AccountCode, PRICED_CODE_BYTES } from '../../../firmware/account/account-code.js';
import { Means } from '../../../firmware/account/bill.js';
import type { Pos } from '../../../firmware/account/pos.js';
import { AMOUNT_MAX } from '../../../firmware/limits.js';
import { Refusal } from '../../../firmware/protocol/refusal.js';
import { type AccountOrder, type AccountResult, askForCode } from '../../../firmware/terminal/account.js';
import { opensslCrypto as crypto } from '../../../hal/crypto/openssl.js';
import type { DeviceOptions } from '../../../sim/device/device.js';
import { ascii, TestBank } from '../../../sim/world/test-bank.js';
import { type Tear, World } from '../../../sim/world/world.js';
import { NOW_S, PLATFORM_KEY } from '../account/account-codes.js';
import { atOnce, boot, faultOf, flashOf, LIMITS, receiptFor, SALE } from '../account/till.js';

const DAY_S = 86_400;
const AMOUNT = 1_250;
const PIN = '2468';

/** A till that is a device of its own, with a point of sale beside it, and an account card. */
function canteen(options: Partial<DeviceOptions> = {}) {
  const world = new World(3, NOW_S, crypto);
  const bank = new TestBank(crypto, NOW_S);
  const till = world.device('till', options);
  const card = world.device('card');
  bank.enrol(till, { category: 5812 });
  const limits = { noConfirmMax: 2_000, noConfirmTotalMax: 5_000, buttonMax: 10_000 };
  bank.enrol(card, { pin: PIN, limits });
  bank.settle(card.wallet, []);
  bank.settle(till.wallet, []);
  const certificate = AccountCertificate.build(crypto, PLATFORM_KEY, {
    pseudonym: new Uint8Array(8).fill(5),
    publicKey: card.wallet.publicKey,
    notBefore_s: NOW_S,
    notAfter_s: NOW_S + 3 * DAY_S,
    quota: AMOUNT_MAX,
    tier: 1,
    scene: 0,
    serial: 77,
  });
  const pos = boot(flashOf(64), { limits: { ...LIMITS, paymentMax: AMOUNT_MAX } });
  let orders = 0;

  /** One touch; undefined when the till lost power in it. */
  const touch = (
    amount: number,
    { pin, tear, order = ++orders }: { pin?: string; tear?: Tear; order?: number | AccountOrder } = {},
  ): AccountResult | undefined => {
    let result: AccountResult | undefined;
    const typed = pin === undefined ? {} : { pin: ascii(pin) };
    const wanted =
      typeof order === 'object' ? order : { amount, id: new Uint8Array(8).fill(order), ...typed };
    world.rest(till, card);
    const callOff = tear && world.field.cutAtByte(tear.airByte, () => tearAt(tear));
    world.meet(till, card, () => {
      card.listen();
      askForCode(till.wallet, till.reader, wanted, 500, (given) => {
        result = given;
      });
      return () => result !== undefined;
    });
    callOff?.();
    return result;
  };
  const tearAt = ({ what }: Tear): void => {
    if (what === 'reader power') till.powerOff();
    else if (what === 'card power') card.powerOff();
    else card.module.chip.leaveField();
  };
  return { world, till, card, pos, certificate, touch, bytes: () => world.field.bytes };
}

const withAccount = (options?: Partial<DeviceOptions>) => {
  const all = canteen(options);
  expect(all.card.wallet.codes.take(all.certificate.bytes)).toBe(true);
  return all;
};
const billFor = (pos: Pos, world: World, amount: number, result: AccountResult | undefined) =>
  result?.outcome === 'given'
    ? atOnce((done) => pos.tap({ ...SALE, amount }, world.now_s, result.code, done))
    : undefined;

describe('an account card', () => {
  it('gives a code for the amount that is asked, which a point of sale books; no money moves', () => {
    const { world, card, till, pos, touch } = withAccount();
    const before = [card.wallet.ledger.held, till.wallet.ledger.held];
    const result = touch(AMOUNT);
    const { bill } = billFor(pos, world, AMOUNT, result) ?? {};
    expect(bill).toMatchObject({ means: Means.card, amount: AMOUNT, serial: 77, counter: 1 });
    const { evidence } = pos.log.booked(1);
    expect([evidence.length, AccountCode.fromBytes(evidence)?.amount]).toEqual([PRICED_CODE_BYTES, AMOUNT]);
    expect([card.wallet.ledger.held, till.wallet.ledger.held]).toEqual(before);
    // For another amount it is nothing.
    expect(billFor(pos, world, AMOUNT + 1, touch(AMOUNT))?.refusal).toBe(Refusal.mismatch);
    expect(faultOf(pos)).toBeUndefined();
  });

  it('reads the same by a reader of short APDUs', () => {
    const { touch } = withAccount({ apduBytesMax: 261 });
    expect(touch(AMOUNT)?.outcome).toBe('given');
  });

  it('asks its owner as for a payment: above the limit of one, and of all since the last time', () => {
    const { world, card, touch } = withAccount();
    const refused = (why: Refusal) => ({ outcome: 'refused', why });
    expect(touch(2_000)?.outcome).toBe('given');
    expect(touch(2_000)?.outcome).toBe('given');
    expect(card.wallet.codes.unconfirmed).toBe(4_000);
    expect(touch(1_001, { order: 9 })).toEqual(refused(Refusal.button));
    card.powerOff();
    card.powerOn();
    expect(card.wallet.codes.unconfirmed, 'a boot changes nothing').toBe(4_000);
    expect(touch(1_001, { order: 9 })).toEqual(refused(Refusal.button));
    expect(world.press(card)).toBe(true);
    expect(touch(1_002, { order: 9 }), 'for another amount').toEqual(refused(Refusal.button));
    expect(touch(1_001, { order: 9 })).toEqual(refused(Refusal.button));
    expect(world.press(card)).toBe(true);
    expect(touch(1_001, { order: 9 })?.outcome).toBe('given');
    expect(card.wallet.codes.unconfirmed).toBe(0);
    // One consent, one code.
    expect(touch(2_001, { order: 10 })).toEqual(refused(Refusal.button));
    expect(touch(10_001)).toEqual(refused(Refusal.pin));
    expect(touch(10_001, { pin: '0000' })).toEqual(refused(Refusal.pin));
    expect(touch(10_001, { pin: PIN })?.outcome).toBe('given');
    expect(touch(10_001)).toEqual(refused(Refusal.pin));
  });

  it('gives the same order the same code, and counts it once', () => {
    const { world, card, touch } = withAccount();
    const first = touch(AMOUNT, { order: 7 });
    expect(touch(AMOUNT, { order: 7 })).toEqual(first);
    expect(card.wallet.codes.unconfirmed).toBe(AMOUNT);
    world.pass(61);
    expect(touch(AMOUNT, { order: 7 })).not.toEqual(first);
  });

  it('without an account, or with one that has run out, says so, and keeps no stranger’s certificate', () => {
    const { world, card, certificate, touch } = canteen();
    expect(touch(AMOUNT)).toEqual({ outcome: 'refused', why: Refusal.noAccount });
    const strange = certificate.bytes.slice();
    strange[20] ^= 1;
    expect(card.wallet.codes.take(strange)).toBe(false);
    expect(card.wallet.codes.take(certificate.bytes)).toBe(true);
    expect(touch(AMOUNT)?.outcome).toBe('given');
    for (const amount of [0, AMOUNT_MAX + 1])
      expect(touch(amount)).toEqual({ outcome: 'refused', why: Refusal.malformed });
    world.pass(3 * DAY_S);
    expect(touch(AMOUNT)).toEqual({ outcome: 'refused', why: Refusal.noAccount });
  });

  for (const what of ['reader power', 'card power', 'hand away'] as const)
    it(`torn by ${what} at every byte makes one bill an order, and no number twice`, () => {
      const { world, pos, touch, bytes } = withAccount();
      const start = bytes();
      expect(touch(1)?.outcome).toBe('given');
      const all = bytes() - start;
      expect(all).toBeGreaterThan(500);
      let last = 1;
      for (let airByte = 1; airByte <= all; airByte++) {
        const where = `${what} at byte ${airByte} of ${all}`;
        const order: AccountOrder = { amount: 1, id: Uint8Array.of(1, 0, 0, 0, 0, 0, airByte >> 8, airByte) };
        const before = pos.log.last;
        billFor(pos, world, 1, touch(1, { order, tear: { airByte, what } }));
        // Whoever was torn touches again, and once more.
        for (const again of [touch(1, { order }), touch(1, { order })]) {
          expect(again?.outcome, where).toBe('given');
          billFor(pos, world, 1, again);
        }
        expect(pos.log.last, where).toBe(before + 1);
        const { counter } = pos.log.at(before + 1);
        expect(counter, where).toBeGreaterThan(last);
        last = counter;
        while (pos.log.tidy());
        if (airByte % 40 === 0)
          expect(pos.accept(receiptFor(pos, pos.log.last, world.now_s)), where).toBeUndefined();
      }
      expect(faultOf(pos)).toBeUndefined();
    });
});
