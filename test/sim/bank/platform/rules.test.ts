import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AccountCertificate } from '../../../../firmware/account/account-certificate.js';
import { AccountCode } from '../../../../firmware/account/account-code.js';
import { type Bill, BillKind } from '../../../../firmware/account/bill.js';
import type { Bank } from '../../../../sim/bank/bank.js';
import { DEFAULT_TERMS } from '../../../../sim/bank/platform/terms.js';
import { crypto } from '../world.js';
import { DAY_S, openPlatform, Till, User } from './world.js';

let bank: Bank;
let platform: Uint8Array;
beforeAll(async () => {
  bank = await openPlatform([1, 2]);
  const user = await User.of(bank, 100_000);
  platform = (await user.certify()).platform;
});
afterEach(async () => {
  expect((await bank.audit()).faults).toEqual([]);
});

const rich = async (): Promise<User> => {
  const user = await User.of(bank, 100_000);
  await user.certify();
  return user;
};

/** Each breaks one rule and no other; the same terminal's next bill is paid. */
const BROKEN: readonly [reason: string, how: (user: User, till: Till) => Promise<void> | void][] = [
  ['ahead', (user, till) => void till.sell(user.code(), 10, { time_s: bank.time_s + 121 })],
  [
    'clock',
    async (user, till) => {
      const time_s = bank.time_s - 1_000;
      till.sell(user.code(10, { time_s }), 10, { time_s });
    },
  ],
  ['platform', (user, till) => void till.sell(user.code(), 10, { platform: new Uint8Array(4) })],
  ['evidence', (user, till) => void till.sell(user.code(), 10, { evidence: new Uint8Array(32).fill(1) })],
  [
    'code-malformed',
    (user, till) => {
      const { certificate, counter, bytes } = user.code();
      const { pseudonym, serial } = certificate;
      till.book({ platform, pseudonym, serial, counter, amount: 10 }, bytes.subarray(0, 100));
    },
  ],
  ['fields', (user, till) => void till.sell(user.code(), 10, { serial: 77 })],
  ['code-mismatch', (user, till) => void till.sell(user.code(20), 10)],
  [
    'code-signature',
    (user, till) => {
      const { certificate } = user;
      const stranger = crypto.ed25519KeyFromSeed(new Uint8Array(32).fill(9));
      const fields = { created_s: bank.time_s, validity_s: 60, counter: ++user.counter };
      till.sell(AccountCode.build(crypto, stranger, certificate!, fields), 10);
    },
  ],
  [
    'code-certificate',
    (user, till) => {
      const { publicKey, pseudonym, notBefore_s, notAfter_s, tier, scene, serial } = user.certificate!;
      const fields = { publicKey, pseudonym, notBefore_s, notAfter_s, tier, scene, serial, quota: 1_000_000 };
      const forged = AccountCertificate.build(crypto, user.key, fields).bytes;
      forged.set(user.certificate!.platform, AccountCertificate.shape.offsets[0]);
      const code = { created_s: bank.time_s, validity_s: 60, counter: ++user.counter };
      till.sell(AccountCode.build(crypto, user.key, AccountCertificate.parse(forged)!, code), 10);
    },
  ],
  ['code-stale', (user, till) => void till.sell(user.code(10, { time_s: bank.time_s - 181 }), 10)],
  ['code-ahead', (user, till) => void till.sell(user.code(10, { time_s: bank.time_s + 121 }), 10)],
  ['code-quota', (user, till) => void till.sell(user.code(), DEFAULT_TERMS.quota + 1)],
  ['self', (user, till) => void till.sell(user.code(), 10)],
  ['face', (user, till) => void till.face(platform, user.account, 10)],
  [
    'refund',
    (_, till) =>
      void till.book({ kind: BillKind.refund, platform, amount: 10, refers: 1 }, new Uint8Array(0)),
  ],
];

describe('a bill that its terminal should not have made', () => {
  it.each(BROKEN)('is set aside: %s', async (reason, how) => {
    const user = await rich();
    const till = await Till.of(bank, reason === 'self' ? { account: user.account } : {});
    const other = await rich();
    till.sell(other.code(5), 5);
    await how(user, till);
    const { asides, sequence } = await till.upload();
    expect([asides, sequence]).toEqual([[[2, reason]], 2]);
    expect(await user.available()).toBe(reason === 'self' ? 100_005 : 100_000);
    till.sell(other.code(), 7);
    expect((await till.upload()).asides).toEqual([]);
  });

  it.each([
    ['code-seen', {}, 2],
    ['code-payment-limit', { paymentMax: 9 }, 1],
    ['code-offline-count', { offlineCountMax: 1 }, 2],
    ['code-counterparty', { counterpartyCountMax: 1 }, 2],
    ['code-balance-limit', { balanceMax: 15 }, 2],
    ['code-day-limit', { dayMax: 19 }, 2],
  ] as const)('is set aside by the terminal’s own limits: %s', async (reason, limits, nth) => {
    const user = await rich();
    const till = await Till.of(bank, { limits });
    const code = user.code();
    till.sell(code, 10);
    till.sell(reason === 'code-seen' ? code : user.code(), 10);
    expect((await till.upload()).asides[0]).toEqual([nth, reason]);
  });

  it('is set aside when the terminal has gone without a sync for too long', async () => {
    const user = await rich();
    const till = await Till.of(bank, { limits: { offlineDuration_s: DAY_S } });
    await bank.tick(bank.time_s + DAY_S + 300);
    till.sell(user.code(), 10);
    expect((await till.upload()).asides).toEqual([[1, 'code-offline-duration']]);
    // Its receipt is a sync: so is an upload of nothing.
    await bank.tick(bank.time_s + DAY_S);
    await till.upload();
    await bank.tick(bank.time_s + DAY_S / 2);
    await user.certify();
    till.sell(user.code(), 10);
    expect((await till.upload()).asides).toEqual([]);
  });

  it('is set aside when its certificate has run out, or was revoked for longer than a sync may be away', async () => {
    const [old, lost] = [await rich(), await rich()];
    const till = await Till.of(bank, { limits: { offlineDuration_s: DAY_S } });
    await bank.platform.revoke(1, lost.certificate!.serial);
    till.sell(lost.code(), 10);
    expect((await till.upload()).asides).toEqual([]);
    await bank.tick(bank.time_s + DAY_S + 121);
    await till.upload();
    till.sell(lost.code(), 10);
    expect((await till.upload()).asides).toEqual([[2, 'code-hot-listed']]);
    await bank.tick(bank.time_s + DEFAULT_TERMS.life_s);
    await till.upload();
    till.sell(old.code(), 10);
    expect((await till.upload()).asides).toEqual([[3, 'code-certificate-expired']]);
  });

  it('is set aside while the terminal is suspended', async () => {
    const user = await rich();
    const till = await Till.of(bank);
    await bank.platform.suspendTerminal(till.id);
    till.sell(user.code(), 10);
    expect((await till.upload()).asides).toEqual([[1, 'suspended']]);
    await bank.platform.liftTerminal(till.id);
    till.sell(user.code(), 10);
    expect((await till.upload()).asides).toEqual([]);
    expect(await till.available()).toBe(10);
  });

  it('counts for the terminal’s limits only since the receipt that it may have acted on', async () => {
    const user = await rich();
    const till = await Till.of(bank, { limits: { offlineCountMax: 3, clocksApart_s: 10 } });
    const start_s = bank.time_s;
    for (let i = 0; i < 5; i++) till.sell(user.code(1), 1);
    // Pieces of one backlog are no syncs between its bills.
    await bank.tick(start_s + 100);
    const first = await till.upload(3);
    const second = await till.upload();
    expect([...first.asides, ...second.asides]).toEqual([
      [4, 'code-offline-count'],
      [5, 'code-offline-count'],
    ]);
    for (let i = 0; i < 3; i++) till.sell(user.code(1), 1);
    expect((await till.upload()).asides).toEqual([]);
  });
});

describe('what no balance covers', () => {
  const overdrawn = async (terms: object = {}): Promise<{ user: User; till: Till; bill: Bill }> => {
    const user = await User.of(bank, 100, { line: 500, quota: 500, ...terms });
    await user.certify();
    const till = await Till.of(bank);
    const bill = till.sell(user.code(), 400);
    await till.upload();
    return { user, till, bill };
  };
  const statesOf = async ({ account }: User) =>
    (await bank.platform.debts(account))
      .map(({ state, remaining }) => [state, remaining] as const)
      .sort(([a], [b]) => a.localeCompare(b));

  it('beyond the line stands in the credit record at once, and the certificates are taken back', async () => {
    const user = await User.of(bank, 100, { line: 500, quota: 500 });
    await user.certify();
    const tills = [await Till.of(bank), await Till.of(bank)];
    for (const till of tills) {
      till.sell(user.code(), 400);
      await till.upload();
    }
    expect(await statesOf(user)).toEqual([
      ['advanced', 300],
      ['recorded', 400],
    ]);
    expect(await bank.platform.creditRecord(user.account)).toMatchObject([
      { what: 'overdrawn', amount: 400 },
    ]);
    expect((await bank.platform.denyList(1)).serials).toContain(user.certificate!.serial);
    await expect(user.certify()).rejects.toMatchObject({ code: 'debt' });
    // The gravest first.
    await bank.deposit(user.account, 450);
    expect(await statesOf(user)).toEqual([['advanced', 250]]);
    await bank.deposit(user.account, 250);
    expect((await bank.platform.creditRecord(user.account)).map(({ what }) => what)).toEqual([
      'overdrawn',
      'cleared',
    ]);
  });

  it('is recorded when it is overdue, written off later, and paid back all the same', async () => {
    const { user } = await overdrawn();
    await bank.tick(bank.time_s + 30 * DAY_S);
    expect(await statesOf(user)).toEqual([['recorded', 300]]);
    await bank.tick(bank.time_s + 180 * DAY_S);
    expect(await statesOf(user)).toEqual([['written-off', 300]]);
    expect((await bank.audit()).ok).toBe(false);
    await bank.deposit(user.account, 1_000);
    expect(await statesOf(user)).toEqual([]);
    expect(await user.available()).toBe(700);
    expect((await bank.platform.creditRecord(user.account)).map(({ what }) => what)).toEqual([
      'overdue',
      'written-off',
      'cleared',
    ]);
  });

  it('is taken from the account that the user has agreed to', async () => {
    const parent = await bank.createAccount(2, 'parent');
    await bank.deposit(parent, 1_000);
    const { user } = await overdrawn({ withholding: parent });
    await bank.tick(bank.time_s + 1);
    expect(await statesOf(user)).toEqual([]);
    expect((await bank.balance(parent)).available).toBe(700);
  });

  it('keeps its user from leaving, until it is paid', async () => {
    const { user } = await overdrawn();
    await expect(bank.platform.leave(user.account)).rejects.toMatchObject({ code: 'debt' });
    await bank.deposit(user.account, 1_000);
    await expect(bank.withdraw(user.account, 700)).resolves.toBeUndefined();
    expect(await bank.platform.leave(user.account)).toMatchObject({ state: 'leaving', quotas: 100 });
    await expect(user.certify()).rejects.toMatchObject({ code: 'terms' });
    await bank.tick(bank.time_s + 7 * DAY_S + 1);
    expect(await bank.platform.leave(user.account)).toMatchObject({ state: 'left', quotas: 0 });
  });

  it('is less after a refund, which the merchant pays', async () => {
    const { user, till, bill } = await overdrawn();
    till.refund(bill, 150);
    await till.upload();
    expect(await statesOf(user)).toEqual([['advanced', 150]]);
    till.refund(bill, 250);
    await till.upload();
    expect(await statesOf(user)).toEqual([]);
    expect([await user.available(), await till.available()]).toEqual([100, 0]);
    till.refund(bill, 1);
    expect((await till.upload()).asides).toEqual([[4, 'refund']]);
  });

  it('of a refund is the merchant’s debt, when its money is gone', async () => {
    const { user, till, bill } = await overdrawn();
    await bank.withdraw(till.account, 400);
    till.refund(bill, 400);
    await till.upload();
    expect([await statesOf(user), await user.available()]).toEqual([[], 100]);
    expect(
      (await bank.platform.debts(till.account)).map(({ state, remaining }) => [state, remaining]),
    ).toEqual([['recorded', 400]]);
    const other = await rich();
    till.sell(other.code(), 500);
    await till.upload();
    expect(await till.available()).toBe(100);
  });
});

describe('a certificate', () => {
  it('is good for no more than what the account has and may owe, with those before it', async () => {
    const user = await User.of(bank, 300, { line: 200, quota: 250 });
    await user.certify();
    await user.certify();
    await expect(user.certify()).rejects.toMatchObject({ code: 'promised' });
    await expect(bank.withdraw(user.account, 1)).rejects.toMatchObject({ code: 'promised' });
    const till = await Till.of(bank);
    till.sell(user.code(), 250);
    await till.upload();
    await expect(user.certify()).rejects.toMatchObject({ code: 'promised' });
    await bank.deposit(user.account, 250);
    await user.certify();
  });

  it('has another pseudonym and another number each time', async () => {
    const user = await User.of(bank, 100_000);
    const [a, b] = [await user.certify(), await user.certify()];
    expect(b.serial).toBe(a.serial + 1);
    expect(b.pseudonym).not.toEqual(a.pseudonym);
    expect(a.verify(crypto, bank.platform.publicKey(1))).toBe(true);
  });
});

describe('a dispute', () => {
  it('about a face is the user’s, since that is the merchant’s word', async () => {
    const user = await User.of(bank, 1_000, { faceDayMax: 100 });
    const till = await Till.of(bank);
    const bill = till.face(platform, user.account, 80);
    till.face(platform, user.account, 21);
    expect((await till.upload()).asides).toEqual([[2, 'face']]);
    expect(await user.available()).toBe(920);
    const name = { terminal: till.id, sequence: bill.sequence };
    expect(await bank.platform.dispute(name)).toMatchObject({ decided: 'user' });
    expect([await user.available(), await till.available()]).toEqual([1_000, 0]);
    await expect(bank.platform.dispute(name)).rejects.toMatchObject({ code: 'dispute' });
  });

  it('about an amount that the user has signed is the merchant’s', async () => {
    const user = await rich();
    const till = await Till.of(bank);
    till.sell(user.code(50), 50);
    await till.upload();
    expect(await bank.platform.dispute({ terminal: till.id, sequence: 1 })).toMatchObject({
      decided: 'site',
    });
    expect(await user.available()).toBe(99_950);
  });

  it.each(['user', 'site'] as const)(
    'about an amount that nobody has signed waits for the counter: for the %s',
    async (side) => {
      const user = await User.of(bank, 0, { line: 500, quota: 500 });
      await user.certify();
      const till = await Till.of(bank);
      till.sell(user.code(), 400);
      await till.upload();
      const name = { terminal: till.id, sequence: 1 };
      expect(await bank.platform.dispute(name)).toMatchObject({ decided: '' });
      expect(await bank.platform.debts(user.account)).toMatchObject([{ state: 'disputed', remaining: 400 }]);
      // Nothing is taken for it meanwhile.
      await bank.deposit(user.account, 50);
      await bank.tick(bank.time_s + 40 * DAY_S);
      expect(await user.available()).toBe(50);
      await bank.platform.decide(name, side);
      await bank.tick(bank.time_s + 1);
      const debts = (await bank.platform.debts(user.account)).map(({ state, remaining }) => [
        state,
        remaining,
      ]);
      expect(debts).toEqual(side === 'user' ? [] : [['advanced', 350]]);
      expect(await till.available()).toBe(side === 'user' ? 0 : 400);
    },
  );
});
