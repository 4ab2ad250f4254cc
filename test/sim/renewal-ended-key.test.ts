import { describe, expect, it } from 'vitest';
import { Certificate, Role } from '../../firmware/objects/certificate.js';
import { refusePersonalisation } from '../../firmware/wallet/personalisation.js';
import { hostCrypto } from '../../hal/crypto/host.js';
import { enrolStatement } from '../../sim/bank/accounts/enrol.js';
import { decodeCbor, encodeCbor } from '../../sim/bank/server/codec.js';
import { ORDINARY } from '../../sim/world/ordinary.js';
import { CERTIFICATE_DAYS, Country, Cut, DAY_S, expectWhole, KEY_DAYS, MONEY } from './renewal-country.js';

describe('what was signed before a key has run out', () => {
  it('is signed anew for who was away meanwhile: limits', async () => {
    const country = await Country.open();
    const { bank } = country;
    const mei = await country.person('Mei');
    await country.pass(300);
    await bank.renewOperatorKey(1, country.daysFromNow(0));
    const { dayMax } = await bank.limitsOf(mei.id);
    await bank.setLimits(mei.id, { ...(await bank.limitsOf(mei.id)), dayMax: dayMax - 1 });
    await country.pass(350);
    await bank.renewOperatorKey(1, country.daysFromNow(0));
    await country.pass(60);
    expect(await country.sync(mei)).toBe(true);
    expect(mei.device.wallet.limits.dayMax).toBe(dayMax - 1);
    expect(await bank.declined()).toEqual([]);
    await expectWhole(country, mei);
  });

  it('is not sent again after that: a settlement that was torn on its way', async () => {
    const country = await Country.open();
    await country.pass(KEY_DAYS - CERTIFICATE_DAYS - 2);
    const mei = await country.person('Mei');
    await country.bank.renewOperatorKey(1, country.daysFromNow(CERTIFICATE_DAYS + 2));
    await country.sync(mei);
    await country.pass(CERTIFICATE_DAYS + 2 - 1 / 12);
    await country.bank.deposit(mei.account, 50);
    await country.bank.load(mei.account, mei.id, 50);
    await expect(country.sync(mei, 1, 3)).rejects.toThrow(Cut);
    await country.pass(1 / 8);
    expect(await country.sync(mei)).toBe(true);
    expect(mei.device.wallet.ledger.held).toBe(MONEY + 50);
    expect(mei.device.wallet.certificate.endorsement).toBe(1);
    expect(await country.agrees(mei)).toBe(true);
    expect((await country.bank.audit()).ok).toBe(true);
  });

  it('is one thing, under one key, for a device whose enrolment has to be asked for again', async () => {
    const country = await Country.open();
    const { bank } = country;
    const key = hostCrypto.ed25519KeyFromSeed(new Uint8Array(32).fill(7));
    const signingKey = key.slice(32);
    const account = await bank.createAccount(1, 'Mei');
    const enrol = async () => {
      const challenge = await bank.challenge();
      const proof = hostCrypto.ed25519Sign(key, enrolStatement(challenge, signingKey));
      const asked = { account, signingKey, challenge, proof, role: Role.person, category: 0, tier: 0 };
      return bank.enrol({ ...asked, limits: ORDINARY });
    };
    const { id } = await enrol();
    await bank.renewOperatorKey(1, country.daysFromNow(0));
    await bank.setLimits(id, await bank.limitsOf(id));
    expect(refusePersonalisation(hostCrypto, signingKey, await enrol())).toBeUndefined();
    for (const days of [300, 90]) await country.pass(days);
    await bank.renewOperatorKey(1, country.daysFromNow(0));
    await country.pass(20);
    const late = await enrol();
    expect(refusePersonalisation(hostCrypto, signingKey, late)).toBeUndefined();
    expect(Certificate.parse(late.certificate)?.notAfter_s).toBe(bank.time_s + CERTIFICATE_DAYS * DAY_S);
  });
});

describe('an operator whose last key has run out', () => {
  it('signs nothing, says so, and goes on with the next', async () => {
    const country = await Country.open();
    const { bank } = country;
    const mei = await country.person('Mei');
    for (let part = 0; part < 2; part++) await country.pass(KEY_DAYS / 2 + 1);
    await bank.renewOperatorKey(2, country.daysFromNow(0));
    const ended = { code: 'key-ended' };
    await expect(country.sync(mei)).rejects.toMatchObject(ended);
    await expect(country.sync(mei, 2)).rejects.toMatchObject(ended);
    await expect(country.person('Ann')).rejects.toMatchObject(ended);
    await expect(bank.setLimits(mei.id, await bank.limitsOf(mei.id))).rejects.toMatchObject(ended);
    expect(() => bank.signClockStep(1, country.daysFromNow(1))).toThrow(expect.objectContaining(ended));
    await bank.renewOperatorKey(1, country.daysFromNow(0));
    expect(await country.sync(mei)).toBe(true);
    await expectWhole(country, mei);
  });
});

describe('a request for a new key', () => {
  const request = new Uint8Array(32).fill(1);
  const codec = { encode: encodeCbor as (answer: unknown) => Uint8Array, decode: decodeCbor };

  it.each([60, 0])('that is made again gets the first answer: %i days ahead', async (days) => {
    const country = await Country.open();
    const from_s = country.daysFromNow(days);
    const ask = () => country.bank.once('a', request, codec).renewOperatorKey(1, from_s);
    const first = await ask();
    await country.pass(1 / 8_640);
    expect(await ask()).toEqual(first);
    expect(country.bank.operatorKeys()).toHaveLength(3);
  });

  it('that two make at once is refused to one of them by its code', async () => {
    const country = await Country.open();
    const from_s = country.daysFromNow(10);
    const ended = await Promise.allSettled([1, 2].map(() => country.bank.renewOperatorKey(1, from_s)));
    expect(ended.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(ended.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'endorsements' },
    });
  });
});
