import { describe, expect, it } from 'vitest';
import { Bill, NO_HASH } from '../../../firmware/account/bill.js';
import { BillReceipt } from '../../../firmware/account/bill-receipt.js';
import { opensslCrypto as crypto } from '../../../hal/crypto/openssl.js';
import { type BillUpload, UPLOAD_BILLS_MAX, uploadBills } from '../../../sim/account/upload-bills.js';
import { encodeCbor } from '../../../sim/bank/server/codec.js';
import { BODY_BYTES_MAX } from '../../../sim/bank/server/http.js';
import { NOW_S, PLATFORM_KEY } from '../../firmware/account/account-codes.js';
import { boot, faultOf, flashOf, receiptFor, sell, TERMINAL, tidy } from '../../firmware/account/till.js';

const MANY = UPLOAD_BILLS_MAX + 1;

/** The platform's end, as far as a terminal sees it. */
class Platform {
  readonly bills: Bill[] = [];
  readonly sizes: number[] = [];
  now_s = NOW_S;
  /** An answer is lost after so many requests. */
  loseAt = 0;

  readonly send = async (upload: BillUpload): Promise<unknown> => {
    this.sizes.push(encodeCbor(upload).length);
    expect(upload.terminal).toEqual(TERMINAL);
    let stopped: [number, string] | undefined;
    for (const [bytes] of upload.bills) {
      const bill = Bill.parse(bytes)!;
      if (bill.sequence <= this.bills.length) continue;
      if (bill.sequence > this.bills.length + 1) stopped ??= [bill.sequence, 'gap'];
      else this.bills.push(bill);
    }
    if (this.sizes.length === this.loseAt) throw new Error('lost');
    const sequence = this.bills.length;
    const head = this.bills.at(-1)?.hash(crypto) ?? NO_HASH;
    const fields = { terminal: TERMINAL, sequence, head, time_s: this.now_s++ };
    const receipt = BillReceipt.build(crypto, PLATFORM_KEY, fields).bytes;
    return { receipt, asides: [], ...(stopped && { stopped }) };
  };
}

function busyTill(bills: number) {
  const flash = flashOf(32);
  const pos = boot(flash);
  for (let counter = 1; counter <= bills; counter++) {
    sell(pos, counter, 10);
    tidy(pos);
  }
  return { flash, pos };
}

describe('an upload of bills', () => {
  it('takes as many requests as a bank’s bound on a body asks for', async () => {
    const { pos } = busyTill(MANY);
    const platform = new Platform();
    expect(await uploadBills(pos, TERMINAL, platform.send)).toEqual({ taken: MANY, asides: [] });
    expect([platform.bills.length, platform.sizes.length, pos.counts.amount]).toEqual([MANY, 2, 0]);
    expect(Math.max(...platform.sizes)).toBeLessThan(BODY_BYTES_MAX);
    expect(await uploadBills(pos, TERMINAL, platform.send)).toEqual({ taken: 0, asides: [] });
  });

  it('whose answer is lost is repeated, and nothing is there twice', async () => {
    for (const loseAt of [1, 2]) {
      const { flash, pos } = busyTill(MANY);
      const platform = new Platform();
      platform.loseAt = loseAt;
      await expect(uploadBills(pos, TERMINAL, platform.send)).rejects.toThrow('lost');
      const again = boot(flash);
      expect(again.log.receipted).toBe((loseAt - 1) * UPLOAD_BILLS_MAX);
      expect(faultOf(again)).toBeUndefined();
      await uploadBills(again, TERMINAL, platform.send);
      expect([again.log.receipted, platform.bills.length]).toEqual([MANY, MANY]);
      expect(platform.bills.map(({ sequence }) => sequence)).toEqual(platform.bills.map((_, i) => i + 1));
    }
  });

  it('gives a bank that was put back to an earlier time what it lacks, as far as it is at hand', async () => {
    const { pos } = busyTill(MANY);
    const platform = new Platform();
    await uploadBills(pos, TERMINAL, platform.send);
    platform.bills.length = 3;
    sell(pos, 99, 10, platform.now_s);
    expect((await uploadBills(pos, TERMINAL, platform.send)).taken).toBe(1);
    expect(platform.bills.length).toBe(MANY + 1);
    platform.now_s = NOW_S + 10_000;
    await uploadBills(pos, TERMINAL, platform.send);
    expect(pos.log.first).toBeGreaterThan(3);
    platform.bills.length = 1;
    sell(pos, 100, 10, platform.now_s);
    await expect(uploadBills(pos, TERMINAL, platform.send)).rejects.toMatchObject({ code: 'receipt-old' });
    expect(faultOf(pos)).toBeUndefined();
  });

  it('gives it in as many requests as that takes, and goes back once', async () => {
    const bills = 3 * UPLOAD_BILLS_MAX;
    const { pos } = busyTill(bills);
    const platform = new Platform();
    await uploadBills(pos, TERMINAL, platform.send);
    platform.bills.length = 1;
    const whole = platform.sizes.length;
    sell(pos, 999, 10, platform.now_s);
    expect((await uploadBills(pos, TERMINAL, platform.send)).taken).toBe(1);
    expect([platform.bills.length, pos.log.receipted]).toEqual([bills + 1, bills + 1]);
    expect(platform.sizes.length - whole).toBe(4);
    // A carrier that answers with receipts of before ends the upload.
    let requests = 0;
    const goesRound = async () => {
      const receipt = receiptFor(pos, requests++ % 2 === 0 ? 9 : 20, platform.now_s);
      return { receipt, asides: [] };
    };
    sell(pos, 1_000, 10, platform.now_s);
    await expect(uploadBills(pos, TERMINAL, goesRound)).rejects.toMatchObject({ code: 'receipt-old' });
    expect(requests).toBe(3);
    expect(faultOf(pos)).toBeUndefined();
  });

  it('ends when the platform stops at a bill, or takes none', async () => {
    const { pos } = busyTill(2);
    const platform = new Platform();
    const stops = async (upload: BillUpload) => ({
      ...((await platform.send({ ...upload, bills: [] })) as object),
      stopped: [1, 'signature'],
    });
    await expect(uploadBills(pos, TERMINAL, stops)).rejects.toMatchObject({ code: 'stopped-signature' });
    const takesNone = (upload: BillUpload) => platform.send({ ...upload, bills: [] });
    await expect(uploadBills(pos, TERMINAL, takesNone)).rejects.toMatchObject({ code: 'malformed' });
    expect([pos.log.receipted, pos.counts.amount]).toEqual([0, 20]);
  });
});
