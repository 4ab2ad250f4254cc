import { describe, expect, it } from 'vitest';
import { Certificate, Role } from '../../firmware/objects/certificate.js';
import { Note } from '../../firmware/objects/note.js';
import { Operator } from '../../firmware/objects/operator.js';
import { Lifecycle } from '../../firmware/payment/lifecycle.js';
import { Refusal } from '../../firmware/protocol/refusal.js';
import { StoreError } from '../../firmware/store/errors.js';
import { refusePersonalisation } from '../../firmware/wallet/personalisation.js';
import { hostCrypto } from '../../hal/crypto/host.js';
import { enrolStatement } from '../../sim/bank/accounts/enrol.js';
import { verifyProof } from '../../sim/bank/fraud/proof.js';
import { decodeCbor, encodeCbor } from '../../sim/bank/server/codec.js';
import { PowerCut } from '../../sim/chip/power-cut.js';
import { ORDINARY } from '../../sim/world/ordinary.js';
import { CERTIFICATE_DAYS, Country, Cut, DAY_S, KEY_DAYS, MONEY, type Person } from './renewal-country.js';

/** Everybody has all their money, the books agree, and nobody is accused. */
async function expectWhole(country: Country, ...people: readonly Person[]): Promise<void> {
  const held = people.reduce((sum, { device }) => sum + device.wallet.ledger.held, 0);
  expect(held).toBe(people.length * MONEY);
  for (const person of people) expect(await country.agrees(person), person.name).toBe(true);
  expect((await country.bank.audit()).ok).toBe(true);
  expect((await country.bank.hotList()).devices).toEqual([]);
}

describe('a certificate', () => {
  it('is renewed by a sync in its second half, and by none before', async () => {
    const country = await Country.open();
    const mei = await country.person('Mei');
    const { publicKey, id } = mei.device.wallet.certificate;
    await country.pass(CERTIFICATE_DAYS / 2);
    await country.sync(mei);
    expect(country.daysLeft(mei)).toBe(CERTIFICATE_DAYS / 2);
    await country.pass(1);
    await country.sync(mei);
    expect(country.daysLeft(mei)).toBe(CERTIFICATE_DAYS);
    expect(mei.device.wallet.certificate).toMatchObject({ id, publicKey });
    mei.device.boot();
    expect(country.daysLeft(mei)).toBe(CERTIFICATE_DAYS);
    await expectWhole(country, mei);
  });

  it('that ran out while the device was away is renewed by its next sync, and pays again', async () => {
    const country = await Country.open();
    const [mei, ann] = [await country.person('Mei'), await country.person('Ann', 2)];
    await country.pass(CERTIFICATE_DAYS + 1);
    await country.sync(ann);
    expect(mei.device.wallet.lifecycle).toBe(Lifecycle.expired);
    expect(country.pay(mei, ann, 10)).toBe(`card ${Refusal.expired}`);
    expect(await country.sync(mei)).toBe(true);
    expect(mei.device.wallet.lifecycle).toBe(Lifecycle.active);
    expect(country.pay(mei, ann, 10)).toBe('paid');
    expect(country.pay(ann, mei, 10)).toBe('paid');
    for (const person of [mei, ann]) await country.sync(person);
    await expectWhole(country, mei, ann);
  });

  it('is shown by its own name, not by that of the one before, to who remembers both', async () => {
    const country = await Country.open();
    const [mei, ann] = [await country.person('Mei'), await country.person('Ann')];
    for (let touch = 0; touch < 3; touch++) expect(country.pay(mei, ann, 1)).toBe('paid');
    await country.pass(CERTIFICATE_DAYS - 1);
    for (const person of [mei, ann]) await country.sync(person);
    await country.pass(2);
    for (let touch = 0; touch < 3; touch++) expect(country.pay(mei, ann, 1)).toBe('paid');
    for (const person of [mei, ann]) await country.sync(person);
    await expectWhole(country, mei, ann);
  });

  it('is not renewed for a device that is stopped, and is when that is lifted', async () => {
    const country = await Country.open();
    const mei = await country.person('Mei');
    await country.bank.suspend(mei.id);
    await country.pass(CERTIFICATE_DAYS + 1);
    expect(await country.sync(mei)).toBe(true);
    expect(country.daysLeft(mei)).toBeLessThan(0);
    await country.bank.liftSuspension(mei.id);
    expect(await country.sync(mei)).toBe(true);
    expect(country.daysLeft(mei)).toBe(CERTIFICATE_DAYS);
    await country.bank.reportLost(mei.id);
    await country.pass(CERTIFICATE_DAYS);
    expect(await country.sync(mei)).toBe(true);
    expect(country.daysLeft(mei)).toBe(0);
  });

  it('is that of the device or none at all', async () => {
    const country = await Country.open();
    const [mei, ann] = [await country.person('Mei'), await country.person('Ann')];
    await country.pass(CERTIFICATE_DAYS - 1);
    await country.sync(ann);
    const { bytes } = mei.device.wallet.certificate;
    expect(mei.device.wallet.takeObject(ann.device.wallet.certificate.bytes)).toBe(false);
    const forged = bytes.slice();
    forged[54] ^= 1; // its end
    expect(mei.device.wallet.takeObject(forged)).toBe(false);
    expect(mei.device.wallet.certificate.bytes).toEqual(bytes);
    await country.sync(mei);
    expect(mei.device.wallet.takeObject(bytes)).toBe(true); // the one before: passed over
    expect(country.daysLeft(mei)).toBe(CERTIFICATE_DAYS);
  });
});

describe('an operator’s key', () => {
  it('is used when devices have had time to hear of it, and what the one before signed still counts', async () => {
    const country = await Country.open();
    const [mei, ann] = [await country.person('Mei'), await country.person('Ann', 2)];
    await country.bank.renewOperatorKey(1, country.daysFromNow(60));
    await country.pass(59);
    for (const person of [mei, ann]) await country.sync(person);
    expect(mei.device.wallet.certificate.endorsement).toBe(0);
    await country.pass(1);
    await country.bank.deposit(mei.account, 1);
    await country.bank.load(mei.account, mei.id, 1);
    expect(country.pay(mei, ann, 300)).toBe('paid');
    await country.sync(mei);
    // Ann has heard of the key, and has not synced since it is used.
    expect(country.pay(mei, ann, 701)).toBe('paid');
    expect(country.pay(ann, mei, 500)).toBe('paid');
    for (const person of [ann, mei]) expect(await country.sync(person)).toBe(true);
    expect(mei.device.wallet.ledger.held + ann.device.wallet.ledger.held).toBe(2 * MONEY + 1);
    for (const person of [mei, ann]) expect(await country.agrees(person)).toBe(true);
    expect((await country.bank.audit()).ok).toBe(true);
  });

  it.each([1, 2])(
    'is learnt by who was away until the one before had run out: a sync with operator %i',
    async (operator) => {
      const country = await Country.open();
      const [mei, ann] = [await country.person('Mei'), await country.person('Ann')];
      await country.pass(KEY_DAYS - 80);
      for (const number of [1, 2]) await country.bank.renewOperatorKey(number, country.daysFromNow(60));
      await country.pass(200);
      for (const person of [mei, ann]) expect(await country.sync(person, operator)).toBe(true);
      expect(mei.device.wallet.certificate.endorsement).toBe(1);
      expect(country.pay(mei, ann, 10)).toBe('paid');
      expect(country.pay(ann, mei, 10)).toBe('paid');
      for (const person of [ann, mei]) expect(await country.sync(person, 3 - operator)).toBe(true);
      await expectWhole(country, mei, ann);
    },
  );

  it('signs nothing that outlasts its endorsement', async () => {
    const country = await Country.open();
    await country.pass(KEY_DAYS - 40);
    const mei = await country.person('Mei');
    expect(country.daysLeft(mei)).toBe(40);
    const until_s = country.daysFromNow(40);
    const { wallet } = mei.device;
    const ends: number[] = [];
    wallet.ledger.noteIndex.each((id) => void ends.push(Note.parse(wallet.noteBytes(id)!)!.expires_s));
    expect(ends).toEqual([until_s]);
    // No certificate is better than the one before, as long as there is no new key.
    await country.pass(10);
    const before = mei.device.wallet.certificate.bytes;
    await country.sync(mei);
    expect(mei.device.wallet.certificate.bytes).toEqual(before);
    await country.bank.renewOperatorKey(1, country.daysFromNow(30));
    await country.pass(31);
    await country.sync(mei);
    expect(country.daysLeft(mei)).toBe(CERTIFICATE_DAYS);
    await expectWhole(country, mei);
  });

  it('is renewed one after another, from no earlier than now, and with no gap', async () => {
    const country = await Country.open();
    const { bank } = country;
    const code = (operator: number, days: number) =>
      bank.renewOperatorKey(operator, country.daysFromNow(days)).then(
        ({ version }) => version,
        ({ code: why }) => why,
      );
    expect(await code(3, 0)).toBe('unknown-operator');
    expect(await code(1, -1)).toBe('time');
    expect(await code(1, KEY_DAYS + 1)).toBe('time');
    expect(await code(1, KEY_DAYS)).toBe(1);
    expect(await code(1, KEY_DAYS)).toBe('endorsements');
    for (let version = 1; version <= 13; version++) expect(await code(2, 0)).toBe(version);
    expect(await code(2, 0)).toBe('endorsements');
    const mei = await country.person('Mei', 2);
    expect(await country.sync(mei)).toBe(true);
    for (let part = 0; part < 2; part++) await country.pass(KEY_DAYS / 2 + 1);
    expect(await code(2, 0)).toBe(14); // long after the last has run out
    expect(await country.sync(mei, 2)).toBe(true);
    await expectWhole(country, mei);
  });

  it('is no other’s: a bank that shows an endorsement that is not its own is not believed', async () => {
    const country = await Country.open();
    const mei = await country.person('Mei');
    await country.bank.renewOperatorKey(1, country.daysFromNow(0));
    const forged = Operator.build(hostCrypto, hostCrypto.ed25519KeyFromSeed(new Uint8Array(32)), {
      ...{ number: 1, version: 1, key: new Uint8Array(32) },
      ...{ notBefore_s: 0, notAfter_s: 0xffffffff },
    });
    const { wallet } = mei.device;
    const { bank } = country;
    const shown = bank.operatorKeys();
    expect(shown.map(({ operator, version }) => [operator, version])).toEqual([
      [1, 0],
      [2, 0],
      [1, 1],
    ]);
    expect(wallet.takeObject(forged.bytes)).toBe(false);
    expect(wallet.trust.operator(1, 1)).toBeUndefined();
    expect(await country.sync(mei)).toBe(true);
    expect(wallet.trust.operator(1, 1)).toBeDefined();
  });
});

/** Both at once, after both have run out: as much as a sync may bring. */
async function awayTooLong(names: readonly string[]): Promise<{ country: Country; people: Person[] }> {
  const country = await Country.open();
  const people: Person[] = [];
  for (const name of names) people.push(await country.person(name, 1 + (people.length % 2)));
  await country.pass(KEY_DAYS - 80);
  for (const number of [1, 2]) await country.bank.renewOperatorKey(number, country.daysFromNow(60));
  await country.pass(200);
  return { country, people };
}

const named = (count: number): string[] => Array.from({ length: count }, (_, i) => `p${i}`);

describe('a renewal that is torn', () => {
  it('at any message, heard or not, is made by the next sync', async () => {
    const { country, people } = await awayTooLong(named(20));
    for (const [i, person] of people.entries()) {
      const [messages, isHeard] = [i >> 1, i % 2 === 1];
      const ended = country.sync(person, 1, messages, isHeard);
      await ended.catch((error) => expect(error).toBeInstanceOf(Cut));
      expect(person.device.wallet.ledger.held).toBe(MONEY);
      person.device.boot();
      expect(await country.sync(person, 1 + (i % 2)), `cut after ${messages}`).toBe(true);
      expect(country.daysLeft(person)).toBe(CERTIFICATE_DAYS);
      expect(person.device.wallet.certificate.endorsement).toBe(1);
    }
    await expectWhole(country, ...people);
  });

  it('in any operation of the flash is made by the next sync', async () => {
    const { country, people } = await awayTooLong(named(60));
    let cuts = 0;
    for (const [i, person] of people.entries()) {
      person.device.nor.cutAtOperation(i + 1, () => 0x5a5a5a5a);
      try {
        await country.sync(person);
      } catch (error) {
        // What comes after the cut finds the store broken off.
        if (!(error instanceof PowerCut) && !(error instanceof StoreError)) throw error;
        cuts++;
      }
      person.device.nor.powerOn();
      person.device.boot();
      expect(person.device.wallet.ledger.held).toBe(MONEY);
      expect(await country.sync(person), `cut at ${i + 1}`).toBe(true);
      expect(country.daysLeft(person)).toBe(CERTIFICATE_DAYS);
    }
    expect(cuts).toBeGreaterThan(30);
    await expectWhole(country, ...people);
  });
});

describe('what is under way when keys and certificates are renewed', () => {
  it('settles: a payment that its payee alone has shown, and one that nobody took', async () => {
    const { country, people } = await awayTooLong(['Mei', 'Ann', 'Bo']);
    const [mei, ann, bo] = people;
    for (const person of [mei, ann, bo]) await country.sync(person);
    expect(country.pay(mei, ann, 100)).toBe('paid');
    await country.pass(CERTIFICATE_DAYS - 1);
    await country.bank.renewOperatorKey(1, country.daysFromNow(0));
    await country.sync(ann); // its payer’s word, under certificate and key of before
    expect(ann.device.wallet.certificate.endorsement + mei.device.wallet.certificate.endorsement).toBe(2);
    await country.sync(bo);
    await country.pass(10);
    await country.sync(mei);
    expect(mei.device.wallet.certificate.endorsement).toBe(2);
    await expectWhole(country, mei, ann, bo);
  });

  it('convicts: what was signed under several keys of an operator is proof as before', async () => {
    const country = await Country.open();
    const [mei, ann, bo] = [
      await country.person('Mei'),
      await country.person('Ann'),
      await country.person('Bo'),
    ];
    await country.pass(CERTIFICATE_DAYS - 10);
    await country.bank.renewOperatorKey(1, country.daysFromNow(0));
    for (const person of [mei, ann, bo]) await country.sync(person);
    await country.bank.renewOperatorKey(1, country.daysFromNow(0));
    const image = mei.device.nor.exportImage();
    expect(country.pay(mei, ann, 600)).toBe('paid');
    mei.device.nor.importImage(image);
    mei.device.boot();
    expect(country.pay(mei, bo, 700)).toBe('paid');
    for (const person of [ann, bo]) await country.sync(person);
    const [proof] = await country.bank.proofs();
    expect(proof.device).toEqual(mei.id);
    expect(verifyProof(hostCrypto, country.bank.rootPublicKey, proof.bytes)).toBe(true);
    expect((await country.bank.audit()).faults).toEqual([]);
  });
});

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
