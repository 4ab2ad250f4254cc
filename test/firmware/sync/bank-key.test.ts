import { describe, expect, it } from 'vitest';
import { concat } from '../../../firmware/bytes.js';
import { agreementOf } from '../../../firmware/channel/handshake.js';
import { Certificate, Role } from '../../../firmware/objects/certificate.js';
import { Operator } from '../../../firmware/objects/operator.js';
import { buildEnvelope, SELECT_APPLICATION } from '../../../firmware/protocol/apdu.js';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import { expectOk } from '../../../sim/device/contacts.js';
import { TestBank } from '../../../sim/world/test-bank.js';
import { World } from '../../../sim/world/world.js';
import { bankAnswer } from '../../support/hostile-sync.js';

const START_S = 1_800_000_000;
const YEAR_S = 365 * 86_400;
const crypto = opensslCrypto;

const world = new World(1, START_S, crypto);
const bank = new TestBank(crypto, START_S);
const newKey = crypto.ed25519KeyFromSeed(bank.random(32));
const strangersKey = crypto.ed25519KeyFromSeed(bank.random(32));

const endorsed = (fields: { number?: number; version?: number; root?: Uint8Array; until_s?: number } = {}) =>
  Operator.build(crypto, fields.root ?? bank.rootKey, {
    number: fields.number ?? bank.number,
    version: fields.version ?? 1,
    key: newKey.subarray(32),
    notBefore_s: START_S,
    notAfter_s: fields.until_s ?? START_S + YEAR_S,
  });

/** A bank's certificate under version 1 of its operator's endorsement, with the key for it. */
function bankUnder(key: Uint8Array, role: number = Role.bank) {
  const signingKey = crypto.ed25519KeyFromSeed(bank.random(32));
  const certificate = Certificate.build(crypto, key, {
    id: bank.random(8),
    issuer: bank.number,
    endorsement: 1,
    publicKey: signingKey.subarray(32),
    notAfter_s: START_S + YEAR_S,
    role,
    category: 0,
    tier: 0,
  });
  return { certificate, signingKey, agreement: agreementOf(crypto, signingKey) };
}

/** How a device that knows the first key of its operator answers; and what that has left behind. */
function meets(identity: ReturnType<typeof bankUnder>, told: (time: Uint8Array) => Uint8Array) {
  const device = world.device(`d${world.devices.size}`);
  bank.enrol(device);
  const { programs } = device.nor.counters;
  expectOk(device.exchange(SELECT_APPLICATION));
  const theirs = expectOk(device.exchange(buildEnvelope(new Uint8Array(0))));
  const answer = device.exchange(buildEnvelope(bankAnswer(bank, identity, theirs, told).message));
  const knows = device.wallet.trust.operator(bank.number, 1) !== undefined;
  return { isBelieved: answer.length > 2, knows, hasWritten: device.nor.counters.programs > programs };
}

const shows = (endorsement: Operator) => (time: Uint8Array) => concat(time, endorsement.bytes);
const NOTHING_LEFT = { isBelieved: false, knows: false, hasWritten: false };

describe('a bank whose key a device does not know', () => {
  it('is believed by the root’s endorsement, which is kept', () => {
    const met = meets(bankUnder(newKey), shows(endorsed()));
    expect(met).toEqual({ isBelieved: true, knows: true, hasWritten: true });
  });

  it.each<[string, () => [ReturnType<typeof bankUnder>, (time: Uint8Array) => Uint8Array]]>([
    ['without it', () => [bankUnder(newKey), (time) => time]],
    ['with one of another root', () => [bankUnder(newKey), shows(endorsed({ root: strangersKey }))]],
    ['with another operator’s', () => [bankUnder(newKey), shows(endorsed({ number: 8 }))]],
    ['with another version', () => [bankUnder(newKey), shows(endorsed({ version: 2 }))]],
    ['with a certificate that the key has not signed', () => [bankUnder(strangersKey), shows(endorsed())]],
    ['with a person’s certificate', () => [bankUnder(newKey, Role.person), shows(endorsed())]],
    ['with half of it', () => [bankUnder(newKey), (time) => concat(time, endorsed().bytes.subarray(0, 60))]],
    ['with something behind it', () => [bankUnder(newKey), (time) => concat(time, endorsed().bytes, time)]],
    ['without the time', () => [bankUnder(newKey), (time) => time.subarray(0, 3)]],
  ])('is not believed %s, and leaves nothing behind', (_, of) => {
    expect(meets(...of())).toEqual(NOTHING_LEFT);
  });

  it('is not believed with one that has run out', () => {
    const { isBelieved } = meets(bankUnder(newKey), shows(endorsed({ until_s: START_S - 1 })));
    expect(isBelieved).toBe(false);
  });
});
