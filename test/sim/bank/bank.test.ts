import { ed25519 } from '@noble/curves/ed25519.js';
import { describe, expect, it } from 'vitest';
import { Certificate } from '../../../firmware/objects/certificate.js';
import { Operator } from '../../../firmware/objects/operator.js';
import { enrolStatement } from '../../../sim/bank/accounts/enrol.js';
import type { Bank } from '../../../sim/bank/bank.js';
import { hex } from '../../../sim/bank/bytes.js';
import { crypto, enrolDevice, limits, openBank, START_S, syncDevice } from './world.js';

const DAY_S = 86_400;

const expectCode = (work: Promise<unknown>, code: string) =>
  expect(work).rejects.toMatchObject({ name: 'Error', code });

async function request(bank: Bank, account: number) {
  const key = crypto.ed25519KeyFromSeed(new Uint8Array(32).fill(7));
  const signingKey = key.slice(32);
  const challenge = await bank.challenge();
  const proof = crypto.ed25519Sign(key, enrolStatement(challenge, signingKey));
  return { account, signingKey, challenge, proof, role: 1, category: 5411, tier: 2, limits };
}

describe('enrolment', () => {
  it('gives a device a certificate under the root', async () => {
    const bank = await openBank();
    const account = await bank.createAccount(2, 'shop');
    const given = await bank.enrol(await request(bank, account));
    const certificate = Certificate.parse(given.certificate)!;
    const operators = given.operators.map((bytes) => Operator.parse(bytes)!);
    expect(operators.every((operator) => operator.verify(crypto, given.root))).toBe(true);
    const issuer = operators.find(({ number }) => number === certificate.issuer)!;
    expect(certificate.verify(crypto, issuer.key)).toBe(true);
    expect([certificate.issuer, certificate.category, certificate.tier]).toEqual([2, 5411, 2]);
    expect(certificate.id).toEqual(given.id);
  });

  it('takes a challenge once, and only for the key that was signed', async () => {
    const bank = await openBank();
    const account = await bank.createAccount(1, 'a');
    const good = await request(bank, account);
    const other = crypto.ed25519KeyFromSeed(new Uint8Array(32).fill(8)).slice(32);
    await expectCode(bank.enrol({ ...good, signingKey: other }), 'possession');
    await expectCode(bank.enrol({ ...good, challenge: new Uint8Array(32) }), 'possession');
    await expectCode(bank.enrol({ ...good, role: 2 }), 'malformed');
    await bank.enrol(good);
    await expectCode(bank.enrol(good), 'possession');
  });

  it('certifies a key once: asked again by its holder, it gives what it gave', async () => {
    const bank = await openBank();
    const [account, other] = [await bank.createAccount(1, 'a'), await bank.createAccount(1, 'b')];
    const given = await bank.enrol(await request(bank, account));
    expect(given.account).toBe(account);
    expect(await bank.enrol(await request(bank, other))).toEqual(given);
    expect(await bank.accountOf(given.id)).toBe(account);
    expect(await bank.accountOf(new Uint8Array(8))).toBeUndefined();
  });

  it('refuses keys outside the prime-order subgroup, and those that are no canonical point', async () => {
    const bank = await openBank();
    const account = await bank.createAccount(1, 'a');
    const good = await request(bank, account);
    const torsion = ed25519.Point.fromHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05');
    const mixed = ed25519.Point.fromBytes(good.signingKey).add(torsion).toBytes();
    const beyondP = Uint8Array.from({ length: 32 }, (_, i) => (i === 0 ? 0xee : i === 31 ? 0x7f : 0xff));
    for (const signingKey of [mixed, torsion.toBytes(), beyondP, ed25519.Point.ZERO.toBytes()]) {
      await expectCode(bank.enrol({ ...good, signingKey }), 'key');
    }
  });
});

describe('money', () => {
  it('is issued within the account and the operator’s quota only (R18, R20)', async () => {
    const bank = await openBank({ operators: [{ number: 1, name: 'one', reserves: 1_000 }] });
    const device = await enrolDevice(bank, 'a');
    const { account } = device.identity;
    await bank.deposit(account, 1_500);
    await expectCode(bank.load(account, device.id, 1_501), 'funds');
    await expectCode(bank.load(account, device.id, 1_001), 'quota');
    await bank.load(account, device.id, 1_000);
    await expectCode(bank.load(account, device.id, 1), 'quota');
    expect(await bank.reserves(1)).toMatchObject({ free: 0, quota: 0, backing: 1_000, advance: 0 });
    await expectCode(bank.releaseReserves(1, 1), 'quota');
    await syncDevice(bank, device);
    await bank.unload(account, device.id, 300);
    await syncDevice(bank, device);
    expect(await bank.reserves(1)).toMatchObject({ free: 0, quota: 300, backing: 700, advance: 0 });
    await bank.releaseReserves(1, 200);
    await bank.load(account, device.id, 100);
    const audit = await bank.audit();
    expect(audit).toMatchObject({ ok: true, faults: [] });
    expect(audit.currencies.CNY).toEqual({
      deposited: 1_500,
      withdrawn: 0,
      available: 700,
      issued: 1_100,
      redeemed: 300,
      onDevices: 800,
      overdrawn: 0,
      owed: 0,
      lost: 0,
      inFlight: 0,
      heldBack: 0,
    });
  });

  it('takes its backing along when it goes to another operator’s customer', async () => {
    const bank = await openBank();
    const [payer, payee] = [
      await enrolDevice(bank, 'a', { money: 100, operator: 1 }),
      await enrolDevice(bank, 'b', { operator: 2 }),
    ];
    payer.book(payee.take(payer.pay(payee, 40)));
    await syncDevice(bank, payee);
    expect((await bank.reserves(1)).backing).toBe(60);
    expect((await bank.reserves(2)).backing).toBe(40);
    expect((await bank.audit()).faults).toEqual([]);
  });

  it('is counted in whole units within bounds', async () => {
    const bank = await openBank();
    const device = await enrolDevice(bank, 'a');
    const { account } = device.identity;
    for (const amount of [0, -1, 0.5, 2 ** 31, Number.NaN]) {
      await expectCode(bank.deposit(account, amount), 'amount');
      await expectCode(bank.load(account, device.id, amount), 'amount');
    }
    await expectCode(bank.withdraw(account, 1), 'funds');
    await expectCode(bank.deposit(999, 1), 'unknown-account');
    await expectCode(bank.load(account, new Uint8Array(8), 1), 'unknown-device');
    await expectCode(bank.createAccount(9, 'x'), 'unknown-operator');
    await expectCode(bank.tick(START_S - 1), 'time');
  });

  it('shows where it went, newest first', async () => {
    const bank = await openBank();
    const [payer, payee] = [await enrolDevice(bank, 'a', { money: 100 }), await enrolDevice(bank, 'b')];
    payer.book(payee.take(payer.pay(payee, 40)));
    await syncDevice(bank, payer);
    const lines = await bank.history(payer.identity.account);
    expect(lines.map((line) => [line.reason, line.amount])).toEqual([
      ['transfer', -40],
      ['load', 100],
      ['load', -100],
      ['deposit', 100],
    ]);
    expect(lines[0].reference).toEqual(crypto.sha256(payer.entries[1]));
  });

  it('is told in pages of any size, none missing and none twice', async () => {
    const bank = await openBank();
    const device = await enrolDevice(bank, 'a', { money: 100 });
    const { account } = device.identity;
    for (let i = 1; i < 6; i++) {
      await bank.deposit(account, i);
      await bank.load(account, device.id, i);
    }
    const whole = await bank.history(account);
    expect(whole.length).toBe(2 + 5 + 2 * 5 + 1);
    for (const size of [1, 2, 3, 7, 100]) {
      const told: typeof whole = [];
      for (let before: number | undefined; ; before = told.at(-1)!.entry) {
        const page = await bank.history(account, size, before);
        if (page.length === 0) break;
        expect(page.length).toBeLessThanOrEqual(size + 1);
        told.push(...page);
      }
      expect(told).toEqual(whole);
    }
  });

  it('that is missing in the books is found by the audit', async () => {
    const bank = await openBank();
    await enrolDevice(bank, 'a', { money: 100 });
    const { database } = (
      bank as unknown as { context: { database: import('../../../sim/bank/db/database.js').Database } }
    ).context;
    const change = (statement: string) => database.transaction((sql) => sql.rows(statement));
    // The database itself refuses what breaks an invariant that it can see.
    for (const statement of [
      `update positions set net = net + 1`,
      `update balances set balance = balance + 1 where account like 'backing:%'`,
      `update reserves set frozen = frozen + 1`,
      `update balances set balance = -1 where account like 'available:%'`,
    ]) {
      await expect(change(statement)).rejects.toThrow('books:');
    }
    await database.transaction((sql) =>
      sql.rows(`update balances set balance = balance - 1 where account like 'device:%'`),
    );
    const { ok, faults } = await bank.audit();
    expect(ok).toBe(false);
    for (const fault of [
      'issued money is not all there',
      'deposits are not all there',
      'does not sum to zero',
      'is not what its postings say',
      'do not back what is out',
    ]) {
      expect(faults.join('\n')).toContain(fault);
    }
  });
});

describe('a device that its owner reports lost (R9)', () => {
  it('is stopped everywhere, and gives its money back when it syncs', async () => {
    const bank = await openBank();
    const [lost, other] = [await enrolDevice(bank, 'a', { money: 100 }), await enrolDevice(bank, 'b')];
    const { account } = lost.identity;
    await bank.deposit(account, 50);
    await bank.load(account, lost.id, 50);
    await bank.reportLost(lost.id);
    await expectCode(bank.load(account, lost.id, 1), 'suspended');
    await syncDevice(bank, other);
    expect(other.hot.has(hex(lost.id))).toBe(true);
    await syncDevice(bank, lost);
    expect([lost.suspended, lost.held]).toEqual([true, 0]);
    expect((await bank.balance(account)).available).toBe(150);
    expect((await bank.audit()).faults).toEqual([]);
    expect(await bank.proofs()).toEqual([]);
  });

  it('gives back what can be proved when it never syncs, and later claims come out of that', async () => {
    const bank = await openBank();
    const [lost, shop] = [await enrolDevice(bank, 'a', { money: 100 }), await enrolDevice(bank, 'b')];
    const { account } = lost.identity;
    const late = lost.pay(shop, 30);
    await bank.reportLost(lost.id);
    await bank.tick(START_S + 200 * DAY_S);
    expect((await bank.balance(account)).available).toBe(0);
    await bank.tick(START_S + 220 * DAY_S);
    expect((await bank.balance(account)).available).toBe(100);
    expect((await bank.audit()).faults).toEqual([]);
    shop.take(late);
    await syncDevice(bank, shop);
    expect((await bank.balance(account)).available).toBe(70);
    expect(shop.held).toBe(30);
    expect((await bank.audit()).faults).toEqual([]);
  });
});

it('a bank goes on where it was, with the same keys, when it is opened again', async () => {
  const options = { schema: 'reopened' };
  const bank = await openBank(options);
  const device = await enrolDevice(bank, 'a', { money: 100 });
  await bank.tick(START_S + 5);
  const again = await openBank({ ...options, time_s: 0 });
  expect(again.rootPublicKey).toEqual(bank.rootPublicKey);
  expect(again.time_s).toBe(START_S + 5);
  await syncDevice(again, device);
  expect((await again.audit()).faults).toEqual([]);
});
