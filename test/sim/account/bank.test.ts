import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { platformIdOf } from '../../../firmware/account/account-certificate.js';
import { BillKind } from '../../../firmware/account/bill.js';
import { openBillLog } from '../../../firmware/account/open-bill-log.js';
import { Pos } from '../../../firmware/account/pos.js';
import { SerialSet } from '../../../firmware/account/serial-set.js';
import { crc32 } from '../../../hal/crc32.js';
import { uploadBills } from '../../../sim/account/upload-bills.js';
import type { Bank } from '../../../sim/bank/bank.js';
import type { Upload } from '../../../sim/bank/platform/intake.js';
import { BankClient } from '../../../sim/bank/server/client.js';
import { BankServer } from '../../../sim/bank/server/http.js';
import { flashOf, scan } from '../../firmware/account/till.js';
import { TOKEN } from '../../support/counter-token.js';
import { LIMITS, openPlatform, Till, User } from '../bank/platform/world.js';
import { crypto } from '../bank/world.js';

let bank: Bank;
let server: BankServer;
let client: BankClient;
beforeAll(async () => {
  bank = await openPlatform();
  server = new BankServer(bank, { token: TOKEN });
  client = new BankClient(await server.listen());
});
afterAll(() => server.close());
afterEach(async () => {
  expect((await bank.audit()).faults).toEqual([]);
});

/** A registered terminal with its flash, as it boots; of a merchant (its account) or of a new one. */
async function shop(account = 0) {
  const till = await Till.of(bank, { account });
  const home = bank.platform.publicKey(1);
  const platform = {
    id: platformIdOf(crypto, home),
    publicKey: home,
    operator: 1,
    denied: new SerialSet([]),
  };
  const flash = flashOf(32);
  const boot = (): Pos => {
    const { clocksApart_s } = LIMITS;
    const log = openBillLog(flash, crc32, { crypto, terminal: till.id, clocksApart_s, now_s: bank.time_s });
    const rules = { platforms: [platform], home, limits: LIMITS, scene: 0, tierMin: 0 };
    return new Pos({ crypto, key: till.key, log, ...rules });
  };
  return { till, boot };
}
const upload = (pos: Pos, till: Till) => uploadBills(pos, till.id, (bills) => client.uploadBills(bills));
const sell = (pos: Pos, user: User, amount: number) =>
  scan(pos, user.code().text, { kind: BillKind.sale, amount, place: 5_812 }, bank.time_s);

describe('bills of a point of sale at the bank', () => {
  it('move what they say from user to merchant, once, and the refunds of them back', async () => {
    const user = await User.of(bank, 50_000);
    await user.certify();
    const { till, boot } = await shop();
    let pos = boot();
    for (const amount of [1_250, 400]) expect(sell(pos, user, amount).bill).toBeDefined();
    expect(pos.refund(2, bank.time_s, 150).bill).toBeDefined();
    expect(await upload(pos, till)).toEqual({ taken: 3, asides: [] });
    expect([await user.available(), await till.available()]).toEqual([48_500, 1_500]);
    pos = boot();
    expect([pos.log.receipted, pos.counts.amount, pos.lastSync_s]).toEqual([3, 0, bank.time_s]);
    expect(await upload(pos, till)).toEqual({ taken: 0, asides: [] });
    // What is left of a bill that the bank has can still go back, while the terminal keeps it.
    expect(pos.refund(2, bank.time_s).bill?.amount).toBe(250);
    await upload(pos, till);
    expect([await user.available(), await till.available()]).toEqual([48_750, 1_250]);
  });

  it('of which an answer was lost are there once', async () => {
    const user = await User.of(bank, 50_000);
    await user.certify();
    const { till, boot } = await shop();
    const pos = boot();
    sell(pos, user, 700);
    const lost = async (bills: Upload): Promise<unknown> => {
      await client.uploadBills(bills);
      throw new Error('lost');
    };
    await expect(uploadBills(pos, till.id, lost)).rejects.toThrow('lost');
    expect(pos.log.receipted).toBe(0);
    expect(await upload(boot(), till)).toEqual({ taken: 1, asides: [] });
    expect([await user.available(), await till.available()]).toEqual([49_300, 700]);
  });

  it('are set aside where two terminals of one merchant took one code, and the upload goes on', async () => {
    const user = await User.of(bank, 50_000);
    await user.certify();
    const one = await shop();
    const other = await shop(one.till.account);
    const [first, second] = [one.boot(), other.boot()];
    const { text } = user.code();
    for (const pos of [first, second])
      expect(scan(pos, text, { kind: BillKind.sale, amount: 500, place: 0 }, bank.time_s).bill).toBeDefined();
    sell(second, user, 60);
    await upload(first, one.till);
    const { taken, asides } = await upload(second, other.till);
    expect([taken, asides]).toEqual([2, [[1, 'code-seen']]]);
    expect(await one.till.available()).toBe(560);
    expect(await user.available()).toBe(49_440);
  });
});
