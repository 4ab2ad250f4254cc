import { describe, expect, it } from 'vitest';
import { AccountCode } from '../../../firmware/account/account-code.js';
import { BillKind, Means } from '../../../firmware/account/bill.js';
import { CodeRefusal } from '../../../firmware/account/decision.js';
import { FareGate, type Way } from '../../../firmware/account/fare-gate.js';
import { journeysOf } from '../../../firmware/account/journeys.js';
import type { Pos } from '../../../firmware/account/pos.js';
import { sealCode } from '../../../firmware/account/sealed-code.js';
import { opensslCrypto as crypto } from '../../../hal/crypto/openssl.js';
import { scanned } from '../../../sim/account/scanned.js';
import { certificateOf, codeOf, NOW_S } from './account-codes.js';
import { FARES } from './fares.js';
import { atOnce, boot, faultOf, flashOf, LIMITS } from './till.js';

const { entry, exit } = BillKind;
const STATION = 1;

/** Somebody shows a code of their own at a gate; each has a higher number than the one before. */
function gateOf(pos: Pos = boot(flashOf(16)), station = STATION) {
  const gate = new FareGate(pos, FARES, station);
  const pass = (way: Way, counter: number, now_s = NOW_S, certificate = certificateOf()) => {
    const { text } = codeOf({ counter, created_s: now_s }, certificate);
    const taken = atOnce((done) => gate.scan(way, now_s, scanned(text), done));
    expect(faultOf(pos)).toBeUndefined();
    return taken;
  };
  return { gate, pos, pass };
}

describe('a gate of a network', () => {
  it('bills each tap with the maximum fare, which is what it is authorised for', () => {
    const { pass } = gateOf();
    expect(pass(entry, 1).bill).toMatchObject({ kind: entry, amount: FARES.maximum, place: STATION });
    expect(pass(exit, 2).bill).toMatchObject({ kind: exit, amount: FARES.maximum, place: STATION });
  });

  it('takes a touch of an account card that has signed the maximum fare, and no other amount', () => {
    const { gate } = gateOf();
    const tap = (amount: number, counter: number) =>
      atOnce((done) => gate.tap(entry, NOW_S, codeOf({ amount, counter }).bytes, done));
    expect(tap(FARES.maximum, 1).bill).toMatchObject({ means: Means.card, amount: FARES.maximum });
    expect(tap(FARES.maximum - 1, 2).bill).toBeUndefined();
  });

  it('refuses a code that is shown twice, in and out, whoever shows it', () => {
    const { pass } = gateOf();
    expect(pass(entry, 1).bill).toBeDefined();
    expect(pass(entry, 1).refusal).toBe(CodeRefusal.seen);
    expect(pass(exit, 1).refusal).toBe(CodeRefusal.seen);
    expect(pass(exit, 2).bill).toBeDefined();
    expect(pass(exit, 2).refusal).toBe(CodeRefusal.seen);
  });

  it('lets nobody in behind on the same account, until the user is out or the time is over', () => {
    const { pass } = gateOf();
    expect(pass(entry, 1).bill).toBeDefined();
    expect(pass(entry, 2, NOW_S + FARES.passback_s).refusal).toBe(CodeRefusal.passback);
    expect(pass(entry, 3, NOW_S, certificateOf({ pseudonym: new Uint8Array(8).fill(4) })).bill).toBeDefined();
    expect(pass(exit, 4, NOW_S + 20).bill).toBeDefined();
    expect(pass(entry, 5, NOW_S + 30).bill).toBeDefined();
    expect(pass(entry, 6, NOW_S + 30 + FARES.passback_s + 1).bill).toBeDefined();
  });

  it('asks the same of a code that is sealed to its site', () => {
    const secret = new Uint8Array(32).fill(5);
    const site = { secret, publicKey: crypto.x25519PublicKey(secret) };
    const { gate, pass } = gateOf(boot(flashOf(16), { site }));
    expect(pass(entry, 1).bill).toBeDefined();
    const sealed = sealCode(crypto, site.publicKey, new Uint8Array(32).fill(7), codeOf({ counter: 2 }));
    const again = (way: Way) => atOnce((done) => gate.scan(way, NOW_S, scanned(sealed), done));
    expect(again(entry).refusal).toBe(CodeRefusal.passback);
    expect(again(exit).bill).toBeDefined();
  });

  it('knows who went in after a restart', () => {
    const flash = flashOf(16);
    gateOf(boot(flash)).pass(entry, 1);
    expect(gateOf(boot(flash)).pass(entry, 2, NOW_S + 1).refusal).toBe(CodeRefusal.passback);
  });

  it('lets in for as long as the quota covers the maximum fare, and never beyond', () => {
    const quota = 3 * FARES.maximum + 1;
    const { pass, pos } = gateOf();
    const certificate = certificateOf({ quota });
    for (let i = 0; i < 3; i++)
      expect(pass(i === 1 ? exit : entry, i + 1, NOW_S + i, certificate).bill).toBeDefined();
    const refused = pass(entry, 4, NOW_S + 3 + FARES.passback_s, certificate);
    expect(refused.refusal).toBe(CodeRefusal.quota);
    expect(pos.counts.of(certificate).amount).toBe(3 * FARES.maximum);
  });

  it('gives bills by which the journey is found, whichever gate uploads first', () => {
    const inside = gateOf(boot(flashOf(16), { limits: LIMITS }), 1).pass(entry, 1).bill;
    const outside = gateOf(boot(flashOf(16)), 4).pass(exit, 2, NOW_S + 1_800).bill;
    if (!inside || !outside) throw new Error('refused');
    for (const bills of [
      [inside, outside],
      [outside, inside],
    ])
      expect(journeysOf(() => FARES, bills).map(({ charge }) => charge)).toEqual([500]);
  });

  it('takes what is no code to the point of sale, which says so', () => {
    const { gate } = gateOf();
    expect(atOnce((done) => gate.scan(entry, NOW_S, scanned('TN1:'), done)).refusal).toBeDefined();
    expect(AccountCode.fromBytes(new Uint8Array(3))).toBeUndefined();
    expect(atOnce((done) => gate.tap(entry, NOW_S, new Uint8Array(3), done)).refusal).toBeDefined();
  });
});
