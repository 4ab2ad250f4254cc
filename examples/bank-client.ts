/** A bank client over HTTP: an account, a device, a sync, the audit. `npx tsx examples/bank-client.ts` */
import { concat, putU32 } from '../firmware/bytes.js';
import { AID, buildCommand, CLA_ISO, Ins } from '../firmware/protocol/apdu.js';
import { UNLIMITED } from '../firmware/selftest/test-issuer.js';
import { opensslCrypto as crypto } from '../hal/crypto/openssl.js';
import { Bank } from '../sim/bank/bank.js';
import { BankClient } from '../sim/bank/server/client.js';
import { BankServer } from '../sim/bank/server/http.js';
import { SimEntropy } from '../sim/chip/entropy.js';
import { expectOk } from '../sim/device/contacts.js';
import { World } from '../sim/world/world.js';

const world = new World(1, 1_800_000_000, crypto);
const bank = await Bank.open({ crypto, entropy: new SimEntropy(1, 'bank'), time_s: world.start_s });
const TOKEN = 'whoever-has-this-stands-at-the-counter';
const server = new BankServer(bank, { token: TOKEN });
const client = new BankClient(await server.listen(), TOKEN);

const account = await client.createAccount(1, 'Mei');
await client.deposit(account, 50_000);

// A blank device makes its key and proves that it has it; the bank certifies them.
const device = world.device('wearable');
const send = (ins: number, data: Uint8Array, options = {}) =>
  expectOk(device.exchange(buildCommand(ins, data, options)));
send(Ins.select, AID, { cla: CLA_ISO, p1: 4 });
const signingKey = send(Ins.makeKeys, new TextEncoder().encode('CNY'));
const challenge = await client.challenge();
const proof = send(Ins.prove, challenge);
const holder = { account, role: 0, category: 0, tier: 1, limits: UNLIMITED };
const given = await client.enrol({ ...holder, signingKey, challenge, proof });
const time = new Uint8Array(4);
putU32(time, 0, world.start_s);
send(Ins.personalise, concat(given.root, time, given.profile, given.certificate, ...given.operators));

// Money is frozen in the account; the sync brings it as a note. Whoever carries the sync can read none of it.
await client.load(account, given.id, 10_000);
const line = client.openSync();
const envelope = (message: Uint8Array) => send(Ins.envelope, message, { cla: CLA_ISO, long: true });
for (let message = envelope(new Uint8Array(0)); message.length > 0; ) {
  message = envelope(await line.step(message));
}

const { available } = await client.balance(account);
const { ok } = await client.audit();
console.log(`the device holds ${device.wallet.ledger.held}, the account ${available}; the audit: ${ok}`);
await server.close();
await bank.close();
