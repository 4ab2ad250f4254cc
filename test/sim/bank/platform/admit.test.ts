import { beforeAll, describe, expect, it } from 'vitest';
import { AccountCertificate } from '../../../../firmware/account/account-certificate.js';
import type { Bank } from '../../../../sim/bank/bank.js';
import type { NewUser } from '../../../../sim/bank/platform/admit.js';
import { crypto } from '../world.js';
import { keyOf, openPlatform } from './world.js';

let bank: Bank;
beforeAll(async () => {
  bank = await openPlatform();
});

const somebody = (i: number, more: Partial<NewUser> = {}): NewUser => ({
  name: `user ${i % 3}`, // namesakes among them
  publicKey: keyOf(`admitted ${i}`).slice(32),
  deposit: 1_000 * i,
  terms: { line: 500, quota: 400 + i },
  ...more,
});

const deposited = async (): Promise<number> => (await bank.audit()).currencies[bank.currency].deposited;

describe('many users admitted at once', () => {
  it('have what each would have by itself, in the order in which they were named', async () => {
    const users = Array.from({ length: 7 }, (_, i) => somebody(i));
    const admitted = await bank.platform.admit(1, users);
    const platform = bank.platform.publicKey(1);
    const serials = new Set<number>();
    for (const [i, { account, certificate: bytes }] of admitted.entries()) {
      const certificate = AccountCertificate.parse(bytes)!;
      expect(certificate.verify(crypto, platform)).toBe(true);
      expect([certificate.publicKey, certificate.quota]).toEqual([users[i].publicKey, 400 + i]);
      serials.add(certificate.serial);
      expect((await bank.balance(account)).available).toBe(users[i].deposit);
      expect(await bank.platform.terms(account)).toMatchObject({ line: 500, quota: 400 + i });
    }
    expect(serials.size).toBe(users.length);
    expect(new Set(admitted.map(({ account }) => account)).size).toBe(users.length);
    // What the certificate promises counts as it does one by one.
    await expect(bank.withdraw(admitted[6].account, 6_000)).resolves.toBeUndefined();
    await expect(bank.withdraw(admitted[1].account, 1_000 + 500 - 401 + 1)).rejects.toMatchObject({
      code: 'funds',
    });
    await expect(bank.platform.certify(admitted[0].account, users[0].publicKey)).rejects.toMatchObject({
      code: 'promised',
    });
    const next = await bank.platform.certify(admitted[5].account, users[5].publicKey);
    expect(serials.has(AccountCertificate.parse(next)!.serial)).toBe(false);
    expect((await bank.audit()).faults).toEqual([]);
  });

  it('are all refused where one is', async () => {
    const before = await deposited();
    const bad: readonly (readonly [Partial<NewUser>, string])[] = [
      [{ publicKey: new Uint8Array(32).fill(1) }, 'key'],
      [{ deposit: 1.5 }, 'amount'],
      [{ terms: { quota: 0 } }, 'terms'],
      [{ deposit: 0, terms: { line: 0, quota: 1 } }, 'promised'],
    ];
    for (const [more, code] of bad)
      await expect(bank.platform.admit(1, [somebody(1), somebody(2, more)])).rejects.toMatchObject({ code });
    await expect(bank.platform.admit(2, [somebody(1)])).rejects.toMatchObject({ code: 'platform' });
    await expect(bank.platform.admit(9, [somebody(1)])).rejects.toMatchObject({ code: 'unknown-operator' });
    expect(await deposited()).toBe(before);
    expect(await bank.platform.admit(1, [])).toEqual([]);
  });
});
