import { describe, expect, it } from 'vitest';
import { Note } from '../../firmware/objects/note.js';
import { Operator } from '../../firmware/objects/operator.js';
import { Lifecycle } from '../../firmware/payment/lifecycle.js';
import { Refusal } from '../../firmware/protocol/refusal.js';
import { StoreError } from '../../firmware/store/errors.js';
import { hostCrypto } from '../../hal/crypto/host.js';
import { certificatesOf } from '../../sim/bank/context.js';
import { verifyProof } from '../../sim/bank/fraud/proof.js';
import { PowerCut } from '../../sim/chip/power-cut.js';
import {
  CERTIFICATE_DAYS,
  Country,
  Cut,
  DAY_S,
  expectWhole,
  KEY_DAYS,
  MONEY,
  type Person,
} from './renewal-country.js';

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

  it('of one day is renewed in its second half, too', async () => {
    const country = await Country.open(certificatesOf(DAY_S));
    const mei = await country.person('Mei');
    await country.pass(1 / 2);
    await country.sync(mei);
    const { notAfter_s } = mei.device.wallet.certificate;
    expect(notAfter_s).toBe(country.daysFromNow(1 / 2));
    await country.pass(1 / 24);
    await country.sync(mei);
    expect(mei.device.wallet.certificate.notAfter_s).toBe(country.daysFromNow(1));
    await expectWhole(country, mei);
  });

  it('that has run out is renewed for the last hours of its operator’s key', async () => {
    const country = await Country.open();
    const hours = (count: number) => count / 24;
    await country.pass(KEY_DAYS - CERTIFICATE_DAYS - hours(12));
    const [mei, ann] = [await country.person('Mei'), await country.person('Ann')];
    await country.bank.renewOperatorKey(1, country.daysFromNow(CERTIFICATE_DAYS + hours(12)));
    await country.pass(CERTIFICATE_DAYS + hours(1));
    for (const person of [mei, ann]) expect(await country.sync(person)).toBe(true);
    expect(mei.device.wallet.certificate.notAfter_s).toBe(country.daysFromNow(hours(11)));
    expect(country.pay(mei, ann, 10)).toBe('paid');
    await country.pass(hours(12));
    for (const person of [mei, ann]) await country.sync(person);
    expect(country.daysLeft(mei)).toBe(CERTIFICATE_DAYS);
    expect(country.pay(ann, mei, 10)).toBe('paid');
    for (const person of [ann, mei]) await country.sync(person);
    await expectWhole(country, mei, ann);
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
