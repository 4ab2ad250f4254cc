import { describe, expect, it } from 'vitest';
import { AccountCertificate } from '../../../firmware/account/account-certificate.js';
import { CodeRefusal } from '../../../firmware/account/decision.js';
import { ESSENTIALS_SCENE, isEssential } from '../../../firmware/account/essentials.js';
import { opensslCrypto as crypto } from '../../../hal/crypto/openssl.js';
import { TestBank } from '../../../sim/world/test-bank.js';
import { World } from '../../../sim/world/world.js';
import { certificateOf, codeOf, NOW_S, PLATFORM_KEY } from './account-codes.js';
import { boot, flashOf, LIMITS, SALE, scan } from './till.js';

/** 4,000 kronor, for seven days. */
const QUOTA = 400_000;
const WEEK_S = 7 * 86_400;
const certificate = certificateOf({ scene: ESSENTIALS_SCENE, quota: QUOTA, notAfter_s: NOW_S + WEEK_S });
const shop = (scene = ESSENTIALS_SCENE) => boot(flashOf(16), { scene, limits: LIMITS });

describe('a certificate for essentials', () => {
  it('is for food, medicine and fuel, by the merchant categories of ISO 18245', () => {
    expect([5411, 5499, 5912, 5541, 5542].every(isEssential)).toBe(true);
    expect([5921, 5732, 5813, 0].some(isEssential)).toBe(false);
  });

  it('pays where its scene is, up to its quota and not a unit beyond', () => {
    const pos = shop();
    const pay = (amount: number, counter: number) =>
      scan(pos, codeOf({ amount, counter }, certificate).text, { ...SALE, amount });
    expect(pay(QUOTA - 100, 1).bill?.amount).toBe(QUOTA - 100);
    expect(pay(101, 2).refusal).toBe(CodeRefusal.quota);
    expect(pay(100, 3).bill?.amount).toBe(100);
    expect(pay(1, 4).refusal).toBe(CodeRefusal.quota);
  });

  it('does not pay anywhere else, and a certificate for anywhere pays there too', () => {
    const code = codeOf({ amount: SALE.amount }, certificate);
    for (const scene of [0, 12]) expect(scan(shop(scene), code.text).refusal).toBe(CodeRefusal.scene);
    expect(scan(shop(), codeOf().text).bill).toBeDefined();
  });

  it('pays by a code with an amount alone: its user has seen what for', () => {
    expect(scan(shop(), codeOf({}, certificate).text).refusal).toBe(CodeRefusal.unpriced);
  });

  it('has a device that signs for it only with the PIN, each time', () => {
    const world = new World(7, NOW_S, crypto);
    const bank = new TestBank(crypto, NOW_S);
    const card = world.device('card');
    bank.enrol(card, { pin: '2468' });
    bank.settle(card.wallet, []);
    const { codes, publicKey } = card.wallet;
    const fields = { publicKey, notBefore_s: NOW_S, quota: QUOTA, tier: 1 };
    const certify = (scene: number, pseudonym: number) =>
      AccountCertificate.build(crypto, PLATFORM_KEY, {
        ...fields,
        // Of two certificates a device keeps the one that lasts longer.
        notAfter_s: NOW_S + WEEK_S + pseudonym,
        ...{ scene, serial: pseudonym, pseudonym: new Uint8Array(8).fill(pseudonym) },
      });
    expect(codes.take(certify(ESSENTIALS_SCENE, 1).bytes)).toBe(true);
    for (let i = 0; i < 2; i++) {
      expect(codes.make(SALE.amount)).toEqual({ why: 'pin' });
      expect(codes.make(SALE.amount, true).code?.counter).toBe(i + 1);
    }
    expect(codes.take(certify(0, 2).bytes)).toBe(true);
    expect(codes.make().code).toBeDefined();
  });
});
