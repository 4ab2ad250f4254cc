import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BillKind, Means, NO_HASH, terminalIdOf } from '../../../firmware/account/bill.js';
import { BillReceipt } from '../../../firmware/account/bill-receipt.js';
import { CodeRefusal } from '../../../firmware/account/decision.js';
import type { Recogniser } from '../../../firmware/account/face.js';
import { openBillLog } from '../../../firmware/account/open-bill-log.js';
import { type PoolAsk, type PoolHook, PoolVerdict } from '../../../firmware/account/pool-hook.js';
import type { Taken } from '../../../firmware/account/pos.js';
import { SerialSet } from '../../../firmware/account/serial-set.js';
import { AMOUNT_MAX, BILLS_MAX } from '../../../firmware/limits.js';
import { Refusal } from '../../../firmware/protocol/refusal.js';
import { crc32 } from '../../../hal/crc32.js';
import { opensslCrypto as crypto } from '../../../hal/crypto/openssl.js';
import { scanned } from '../../../sim/account/scanned.js';
import { certificateOf, codeOf, NOW_S, USER_KEY } from './account-codes.js';
import {
  atOnce,
  boot,
  faultOf,
  flashOf,
  LIMITS,
  PLATFORM,
  receiptFor,
  SALE,
  scan,
  sell,
  TERMINAL,
  TERMINAL_KEY,
  tidy,
} from './till.js';

describe('a point of sale', () => {
  it('books a bill by itself before it says that it is taken, and knows it after a boot', () => {
    const flash = flashOf(16);
    const code = codeOf();
    const { bill } = scan(boot(flash), code.text);
    expect(bill).toMatchObject({ sequence: 1, kind: BillKind.sale, means: Means.code, amount: 100 });
    expect(bill).toMatchObject({ previous: NO_HASH, time_s: NOW_S, serial: 7, counter: 1, place: 5_812 });
    expect(bill?.evidence).toEqual(crypto.sha256(code.bytes));
    const again = boot(flash);
    expect(again.log.booked(1)).toEqual({ bill, evidence: code.bytes });
    expect(faultOf(again)).toBeUndefined();
    expect(scan(again, code.text).refusal).toBe(CodeRefusal.seen);
    expect(again.log.last).toBe(1);
  });

  it('books nothing that is refused, nor a sale of nothing; at a gate it does', () => {
    const pos = boot(flashOf(16));
    const free = { ...SALE, amount: 0 };
    expect(scan(pos, codeOf().text, free).refusal).toBe(Refusal.mismatch);
    expect(scan(pos, codeOf({ amount: 5 }).text).refusal).toBe(Refusal.mismatch);
    expect(pos.log.last).toBe(0);
    expect(scan(pos, codeOf().text, { ...free, kind: BillKind.entry }).bill?.amount).toBe(0);
    const exit = scan(pos, codeOf({ counter: 2 }).text, { kind: BillKind.exit, amount: 30, place: 9 });
    expect(exit.bill).toMatchObject({ kind: BillKind.exit, amount: 30, place: 9 });
    expect(pos.counts.of(certificateOf())).toMatchObject({ counter: 2, payments: 2, amount: 30 });
  });

  it('takes a code from an account card, which is the same code', () => {
    const pos = boot(flashOf(16));
    const code = codeOf({ amount: 100 });
    const tap = (bytes: Uint8Array) => atOnce((done) => pos.tap(SALE, NOW_S, bytes, done));
    expect(tap(code.bytes).bill?.means).toBe(Means.card);
    expect(tap(code.bytes).refusal).toBe(CodeRefusal.seen);
    expect(tap(code.bytes.subarray(1)).refusal).toBe(Refusal.malformed);
    expect(scan(pos, code.text).refusal).toBe(CodeRefusal.seen);
  });

  it('says that it is full before flash is, and goes on after a receipt, for ever', () => {
    const flash = flashOf(12);
    let pos = boot(flash);
    let counter = 0;
    let booked = 0;
    for (let round = 0; round < 4; round++) {
      const now_s = NOW_S + round * 1_000;
      for (;;) {
        const code = codeOf({ counter: ++counter, created_s: now_s });
        const { refusal } = scan(pos, code.text, { ...SALE, amount: 1 }, now_s);
        if (refusal !== undefined) {
          expect(refusal).toBe(Refusal.full);
          break;
        }
        booked++;
        tidy(pos);
      }
      expect(pos.log.last).toBe(booked);
      expect(pos.accept(receiptFor(pos, pos.log.last, now_s + 900))).toBeUndefined();
      tidy(pos);
      pos = boot(flash);
      expect(faultOf(pos)).toBeUndefined();
      expect(pos.counts.payments).toBe(0);
    }
    expect(booked).toBeGreaterThan(100);
    expect(BILLS_MAX).toBeLessThan(AMOUNT_MAX);
  });

  it('says so when the flash does not take a bill, and has booked none', () => {
    const flash = flashOf(16);
    const pos = boot(flash);
    sell(pos, 1);
    for (let address = 0; address < 16 * 4_096; address += 4) flash.stick(address, 0x10, 1);
    expect(scan(pos, codeOf({ counter: 2 }).text).refusal).toBe(Refusal.unwritable);
    expect(pos.log.last).toBe(1);
    expect(scan(pos, codeOf({ counter: 3 }).text).refusal).toBe(Refusal.unwritable);
  });

  it('stops at a bill that does not read any more, and takes no other', () => {
    const flash = flashOf(16);
    let pos = boot(flash);
    for (let counter = 1; counter < 4; counter++) sell(pos, counter);
    const { bytes } = pos.log.at(2);
    const at = Buffer.from(flash.exportImage()).indexOf(Buffer.from(bytes));
    flash.flip(at + 100, 0xff);
    pos = boot(flash);
    expect(pos.log.stopped).toContain('2');
    expect(scan(pos, codeOf({ counter: 9 }).text).refusal).toBe(Refusal.stopped);
    expect(pos.log.at(1).sequence).toBe(1);
  });

  it('does not take another terminal’s log for its own', () => {
    const flash = flashOf(16);
    sell(boot(flash), 1);
    const other = TERMINAL.map((byte) => byte ^ 1);
    expect(terminalIdOf(crypto, TERMINAL_KEY.subarray(32))).toEqual(TERMINAL);
    const log = openBillLog(flash, crc32, { crypto, terminal: other, clocksApart_s: 30, now_s: NOW_S });
    expect(log.stopped).toContain('no bill of this terminal');
  });
});

describe('a refund', () => {
  it('gives back of an own bill, never more than is left of it', () => {
    const flash = flashOf(16);
    let pos = boot(flash);
    sell(pos, 1, 100);
    sell(pos, 2, 40);
    expect(pos.refund(1, NOW_S, 101).refusal).toBe(Refusal.notSold);
    const { bill } = pos.refund(1, NOW_S, 60);
    expect(bill).toMatchObject({ kind: BillKind.refund, refers: 1, amount: 60, counter: 1, serial: 7 });
    expect(bill?.evidence).toEqual(NO_HASH);
    expect(pos.counts.of(certificateOf()).amount).toBe(80);
    pos = boot(flash);
    expect(faultOf(pos)).toBeUndefined();
    expect(pos.refund(1, NOW_S, 41).refusal).toBe(Refusal.notSold);
    expect(pos.refund(1, NOW_S).bill?.amount).toBe(40);
    for (const sequence of [0, 1, 3, 4, 5, 99, 2 ** 31, -1, 1.5])
      expect(pos.refund(sequence, NOW_S, 1).refusal, `bill ${sequence}`).toBe(Refusal.notSold);
    for (const amount of [0, -1, 0.5, Number.NaN])
      expect(pos.refund(2, NOW_S, amount).refusal, `${amount}`).toBe(Refusal.notSold);
    expect(pos.refund(2, pos.lastSync_s - 1).refusal).toBe(CodeRefusal.clock);
  });

  it('of a bill that its platform has counts nothing twice', () => {
    const pos = boot(flashOf(16));
    sell(pos, 1, 100);
    expect(pos.accept(receiptFor(pos, 1))).toBeUndefined();
    sell(pos, 2, 50);
    expect(pos.refund(1, NOW_S, 30).bill?.refers).toBe(1);
    expect(pos.counts.amount).toBe(50);
    expect(pos.refund(1, NOW_S, 71).refusal).toBe(Refusal.notSold);
    expect(faultOf(pos)).toBeUndefined();
  });
});

describe('a receipt for bills', () => {
  it('begins the counts anew, and gives nobody a code twice', () => {
    const flash = flashOf(16);
    let pos = boot(flash, { limits: { ...LIMITS, offlineCountMax: 2 } });
    sell(pos, 1);
    sell(pos, 2);
    expect(scan(pos, codeOf({ counter: 3 }).text).refusal).toBe(Refusal.offlineCount);
    const receipt = receiptFor(pos, 2, NOW_S + 5);
    expect(pos.accept(receipt)).toBeUndefined();
    expect([pos.log.receipted, pos.lastSync_s, pos.counts.payments]).toEqual([2, NOW_S + 5, 0]);
    tidy(pos);
    pos = boot(flash);
    for (const counter of [1, 2])
      expect(scan(pos, codeOf({ counter }).text, SALE, NOW_S + 5).refusal).toBe(CodeRefusal.seen);
    expect(scan(pos, codeOf({ counter: 3 }).text).refusal).toBe(CodeRefusal.clock);
    const { previous } = sell(pos, 3, 100, NOW_S + 5);
    expect(previous).toEqual(BillReceipt.parse(receipt)?.head);
    expect(pos.accept(receipt), 'once more').toBeUndefined();
    expect(faultOf(pos)).toBeUndefined();
  });

  it('keeps a bill as long as its code could be shown once more, and no longer', () => {
    for (const [kept, time_s] of [
      [true, NOW_S + 255 + 2 * LIMITS.clocksApart_s],
      [false, NOW_S + 255 + 2 * LIMITS.clocksApart_s + 1],
    ] as const) {
      const pos = boot(flashOf(16));
      sell(pos, 1);
      expect(pos.accept(receiptFor(pos, 1, time_s))).toBeUndefined();
      expect(pos.log.first).toBe(kept ? 1 : 2);
      expect(pos.counts.of(certificateOf()).counter).toBe(kept ? 1 : -1);
    }
  });

  it('that is not the platform’s word about this log changes nothing', () => {
    const pos = boot(flashOf(16));
    for (let counter = 1; counter < 4; counter++) sell(pos, counter);
    const longer = boot(flashOf(16));
    for (let counter = 1; counter < 6; counter++) sell(longer, counter);
    const forked = boot(flashOf(16));
    for (let counter = 11; counter < 15; counter++) sell(forked, counter);
    const built = (fields: object) =>
      BillReceipt.build(crypto, crypto.ed25519KeyFromSeed(new Uint8Array(32).fill(1)), {
        ...{ terminal: TERMINAL, sequence: 2, head: pos.log.at(2).hash(crypto), time_s: NOW_S },
        ...fields,
      }).bytes;
    const receipt = receiptFor(pos, 2, NOW_S + 9);
    expect(pos.accept(receipt)).toBeUndefined();
    const { counts } = pos;
    expect(pos.accept(receipt.subarray(1))).toBe('malformed');
    expect(pos.accept(built({ terminal: new Uint8Array(8) }))).toBe('foreign');
    expect(pos.accept(receiptFor(pos, 3, NOW_S, USER_KEY))).toBe('signature');
    expect(pos.accept(receiptFor(longer, 5, NOW_S + 9))).toBe('ahead');
    expect(pos.accept(receiptFor(forked, 3, NOW_S + 9))).toBe('fork');
    expect(pos.accept(receiptFor(forked, 2, NOW_S + 9))).toBe('fork');
    expect(pos.accept(receiptFor(pos, 1, NOW_S + 9))).toBe('old');
    expect(pos.accept(receiptFor(pos, 3, NOW_S + 8))).toBe('old');
    expect(pos.accept(built({ sequence: 0, head: NO_HASH, time_s: NOW_S + 99 }))).toBe('old');
    expect([pos.log.receipted, pos.lastSync_s, pos.counts]).toEqual([2, NOW_S + 9, counts]);
  });

  it('for no bill is a sync of a terminal that has none', () => {
    const pos = boot(flashOf(16), {}, NOW_S - 50);
    expect(pos.lastSync_s).toBe(NOW_S - 50);
    expect(pos.accept(receiptFor(pos, 0))).toBeUndefined();
    expect([pos.lastSync_s, pos.log.receipted]).toEqual([NOW_S, 0]);
    expect(sell(pos, 1).sequence).toBe(1);
  });
});

describe('a pool', () => {
  /** Answers when the test wants it to. */
  class ScriptedPool implements PoolHook {
    readonly told: string[] = [];
    asked: PoolAsk | undefined;
    answer: (verdict: PoolVerdict) => void = () => {};
    ask(ask: PoolAsk, done: (verdict: PoolVerdict) => void): void {
      this.asked = ask;
      this.answer = done;
    }
    booked(): void {
      this.told.push('booked');
    }
    released(): void {
      this.told.push('released');
    }
  }

  it('is asked when all else has passed, and its word counts', () => {
    const answers = [
      [PoolVerdict.granted, undefined],
      [PoolVerdict.unanswered, undefined],
      [PoolVerdict.seen, CodeRefusal.seen],
      [PoolVerdict.quota, CodeRefusal.quota],
      [PoolVerdict.counterparty, Refusal.counterparty],
    ] as const;
    for (const [verdict, refusal] of answers) {
      const pool = new ScriptedPool();
      const pos = boot(flashOf(16), { pool });
      expect(scan(pos, 'TN1:').refusal).toBe(Refusal.malformed);
      expect(pool.asked).toBeUndefined();
      const taken: Taken[] = [];
      pos.scan(SALE, NOW_S, scanned(codeOf().text), (each) => void taken.push(each));
      expect(pool.asked).toMatchObject({ serial: 7, counter: 1, amount: 100, quota: 20_000 });
      expect(scan(pos, codeOf({ counter: 2 }).text).refusal, 'one after another').toBe(Refusal.order);
      expect(pos.refund(1, NOW_S).refusal).toBe(Refusal.order);
      expect([taken, pos.log.last]).toEqual([[], 0]);
      pool.answer(verdict);
      expect(taken.map(({ refusal: why }) => why)).toEqual([refusal]);
      expect([pos.log.last, pool.told]).toEqual(refusal === undefined ? [1, ['booked']] : [0, []]);
    }
  });

  it('hears that nothing was booked after all', () => {
    const pool = new ScriptedPool();
    const flash = flashOf(16);
    const pos = boot(flash, { pool });
    const taken: Taken[] = [];
    pos.scan(SALE, NOW_S, scanned(codeOf().text), (each) => void taken.push(each));
    for (let address = 0; address < 16 * 4_096; address += 4) flash.stick(address, 0x10, 1);
    pool.answer(PoolVerdict.granted);
    expect(taken).toEqual([{ refusal: Refusal.unwritable }]);
    expect(pool.told).toEqual(['released']);
  });
});

describe('payment by face', () => {
  const recogniser = (serial: number, confidence_permille: number): Recogniser => ({
    recognise: () => ({ serial, confidence_permille }),
  });
  const platform = { ...PLATFORM, whitelist: new SerialSet([1, 2]) };
  const accounts = new SerialSet([7, 8]);
  const known = { platform, accounts, confidenceMin_permille: 900, paymentMax: 100 };
  const faces = { recogniser: recogniser(7, 900), ...known };
  const look = (given: Partial<typeof faces> | undefined, purchase = SALE) => {
    const pos = boot(flashOf(16), { faces: given && { ...faces, ...given } });
    return { pos, taken: atOnce((done) => pos.look(purchase, NOW_S, new Uint8Array(1), done)) };
  };

  it('makes a bill without evidence, which is counted apart from codes', () => {
    const { pos, taken } = look({});
    expect(taken.bill).toMatchObject({ means: Means.face, serial: 7, counter: 0, evidence: NO_HASH });
    expect(pos.log.booked(1).evidence.length).toBe(0);
    expect(pos.counts.of(certificateOf()).payments).toBe(0);
    expect(pos.counts.amount).toBe(100);
    expect(pos.refund(1, NOW_S).bill).toMatchObject({ means: Means.face, refers: 1 });
    expect(pos.counts.amount).toBe(0);
  });

  it('is for the whitelist of a closed site, a sure recogniser and a small amount', () => {
    const refusal = (...args: Parameters<typeof look>) => look(...args).taken.refusal;
    expect(refusal(undefined)).toBe(CodeRefusal.noFaces);
    expect(refusal({ platform: PLATFORM as typeof platform })).toBe(CodeRefusal.noFaces);
    expect(refusal({ recogniser: recogniser(7, 899) })).toBe(CodeRefusal.unrecognised);
    expect(refusal({ recogniser: recogniser(7, Number.NaN) })).toBe(CodeRefusal.unrecognised);
    expect(refusal({ recogniser: { recognise: () => undefined } })).toBe(CodeRefusal.unrecognised);
    expect(refusal({ recogniser: recogniser(9, 1_000) })).toBe(CodeRefusal.notListed);
    // The whitelist has numbers of certificates, which are not those of accounts.
    expect(refusal({ recogniser: recogniser(1, 1_000) })).toBe(CodeRefusal.notListed);
    expect(refusal({}, { ...SALE, amount: 101 })).toBe(CodeRefusal.faceLimit);
    expect(refusal({}, { ...SALE, amount: 0, kind: BillKind.entry })).toBe(Refusal.mismatch);
    expect(refusal({ recogniser: recogniser(8, 900) })).toBeUndefined();
  });
});

it('counts and bills agree after random lives', () => {
  const step = fc.record({
    what: fc.constantFrom('sell', 'sell', 'sell', 'refund', 'receipt', 'boot', 'tidy'),
    user: fc.nat(3),
    number: fc.nat(20),
    amount: fc.integer({ min: 1, max: 300 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const flash = flashOf(12);
      let pos = boot(flash);
      let counter = 0;
      let now_s = NOW_S;
      for (const { what, user, number, amount } of steps) {
        now_s += number;
        const certificate = certificateOf({ pseudonym: new Uint8Array(8).fill(user), quota: AMOUNT_MAX });
        const code = codeOf({ counter: ++counter, created_s: now_s }, certificate);
        if (what === 'sell') expect(scan(pos, code.text, { ...SALE, amount }, now_s).bill).toBeDefined();
        else if (what === 'refund') pos.refund(number, now_s, amount);
        else if (what === 'tidy') tidy(pos);
        else if (what === 'boot') pos = boot(flash);
        else if (number >= pos.log.first && number <= pos.log.last)
          pos.accept(receiptFor(pos, number, now_s));
        expect(faultOf(pos)).toBeUndefined();
      }
      const { counts, log } = pos;
      const again = boot(flash);
      expect(again.log.head).toEqual(log.head);
      for (let user = 0; user < 4; user++) {
        const certificate = certificateOf({ pseudonym: new Uint8Array(8).fill(user) });
        expect(again.counts.of(certificate)).toEqual(counts.of(certificate));
      }
    }),
    { numRuns: 40 },
  );
});
