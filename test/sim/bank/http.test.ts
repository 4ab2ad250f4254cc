import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Refusal } from '../../../firmware/protocol/refusal.js';
import type { Bank } from '../../../sim/bank/bank.js';
import { verifyProof } from '../../../sim/bank/fraud/proof.js';
import { BankClient } from '../../../sim/bank/server/client.js';
import { decodeCbor, encodeCbor } from '../../../sim/bank/server/codec.js';
import { BankServer } from '../../../sim/bank/server/http.js';
import { METHODS } from '../../../sim/bank/server/methods.js';
import { TOKEN } from '../../support/counter-token.js';
import { RefusedByBank, type ScriptedDevice } from './scripted-device.js';
import { crypto, enrolDevice, openBank, START_S } from './world.js';

/** What the server took for a fault of its own. */
const faults: string[] = [];
let bank: Bank;
let server: BankServer;
let client: BankClient;
let url: string;
beforeAll(async () => {
  bank = await openBank();
  const error = (_: object, message: string) => void faults.push(message);
  server = new BankServer(bank, { token: TOKEN, log: { info() {}, error } });
  url = await server.listen();
  client = new BankClient(url, TOKEN);
});
afterAll(() => server.close());

const post = async (path: string, body: Uint8Array | string, method = 'POST') => {
  const headers = { 'content-type': 'application/cbor', authorization: `Bearer ${TOKEN}` };
  const response = await fetch(url + path, {
    method,
    headers,
    ...(method === 'POST' ? { body: body as string } : {}),
  });
  const answer = decodeCbor(new Uint8Array(await response.arrayBuffer())) as { code?: string };
  return { status: response.status, code: answer.code };
};

async function sync(device: ScriptedDevice): Promise<void> {
  const line = client.openSync(2);
  await device.sync((message) => line.step(message));
}

describe('the bank over HTTP', () => {
  it('does all that a wallet and its owner need', async () => {
    // The client has the methods that enrolling uses, under the same names.
    const alice = await enrolDevice(client as unknown as Bank, 'alice', { money: 500 }, sync);
    const shop = await enrolDevice(client as unknown as Bank, 'shop', { settleTo: 'account' }, sync);
    alice.book(shop.take(alice.pay(shop, 120)));
    await sync(shop);
    await sync(alice);
    expect(await client.balance(shop.identity.account)).toEqual({
      currency: 'CNY',
      available: 120,
      offline: 0,
      inFlight: 0,
      held: [],
      targeted: [],
      given: [],
    });
    expect((await client.history(alice.identity.account, 1)).length).toBe(1);
    const copy = alice.clone();
    shop.take(alice.pay(shop, 1));
    shop.take(copy.pay(shop, 2));
    await sync(shop);
    const [proof] = await client.proofs();
    const { root, time_s } = await client.about();
    expect(time_s).toBe(START_S);
    expect(verifyProof(crypto, root, proof.bytes)).toBe(true);
    expect((await client.hotList()).devices.length).toBe(1);
    expect(await client.audit()).toMatchObject({ faults: [], losses: [] });
  });

  it('tells what devices have declined, and why', async () => {
    const device = await enrolDevice(client as unknown as Bank, 'declines', { money: 500 }, sync);
    device.declines = Refusal.full;
    await expect(sync(device)).rejects.toThrow(RefusedByBank);
    const [declined] = await client.declined();
    expect(declined).toEqual({ device: device.id, at_s: START_S, refusal: Refusal.full, object: null });
    device.declines = 0;
    await sync(device);
    expect(await client.audit()).toMatchObject({ ok: true });
  });

  it('answers hostile bodies with a code, and never with a fault of its own', async () => {
    const values = [undefined, null, -1, 1.5, 2 ** 40, 'x\0', [], {}, new Uint8Array(9), true, 1n << 70n];
    for (const method of [...Object.keys(METHODS), 'sync', `sync/${'0'.repeat(32)}`]) {
      for (const value of values) {
        const body = encodeCbor({
          ...{ operator: value, name: value, account: value, amount: value, device: value, limits: value },
          ...{
            now_s: value,
            message: value,
            settleTo: value,
            purpose: value,
            signingKey: value,
            linesMax: value,
          },
        });
        const { status, code } = await post(`/v1/${method}`, body);
        expect([200, 400, 404], `${method} ${String(value)} ${code}`).toContain(status);
      }
      for (const body of ['', '\xff', 'hello', encodeCbor([[[[]]]]), encodeCbor(7)]) {
        expect([200, 400, 404]).toContain((await post(`/v1/${method}`, body)).status);
      }
    }
    const zero = encodeCbor({ operator: 1, name: 'a\0b' });
    expect(await post('/v1/createAccount', zero)).toEqual({ status: 400, code: 'malformed' });
    expect(faults).toEqual([]);
  });

  it('knows no other paths, methods or sizes', async () => {
    expect(await post('/v1/constructor', encodeCbor({}))).toEqual({ status: 404, code: 'unknown-method' });
    expect(await post('/v1/audit/x', encodeCbor({}))).toEqual({ status: 404, code: 'unknown-method' });
    expect(await post('/audit', encodeCbor({}))).toEqual({ status: 404, code: 'unknown-method' });
    expect(await post('/v1/audit', '', 'GET')).toEqual({ status: 404, code: 'unknown-method' });
    expect(await post('/v1/audit', '', 'DELETE')).toEqual({ status: 404, code: 'unknown-method' });
    expect(await post('/v1/audit', new Uint8Array(20_000))).toEqual({ status: 413, code: 'too-large' });
    expect(await post('/v1/sync/abc', encodeCbor({ message: new Uint8Array(1) }))).toEqual({
      status: 404,
      code: 'unknown-session',
    });
  });

  it('forgets a session that has ended', async () => {
    const line = client.openSync();
    await line.step(crypto.x25519PublicKey(new Uint8Array(32).fill(3)));
    await expect(line.step(new Uint8Array(40))).rejects.toMatchObject({ code: 'malformed' });
    await expect(line.step(new Uint8Array(40))).rejects.toMatchObject({ code: 'unknown-session' });
  });

  it('listens on the loopback interface only', () => {
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  });

  it('lets the pages of one origin ask from a browser, and tells no other page anything', async () => {
    const page = 'https://boards.example';
    const open = new BankServer(bank, { token: TOKEN, origin: page });
    const at = `${await open.listen()}/v1/about`;
    const ask = (method: string, origin: string) =>
      fetch(at, {
        method,
        headers: { origin, 'content-type': 'application/cbor', authorization: `Bearer ${TOKEN}` },
        ...(method === 'POST' && { body: new Uint8Array(encodeCbor({})) }),
      });
    const allowed = (response: Response) => response.headers.get('access-control-allow-origin');
    const asked = await ask('OPTIONS', page);
    expect([asked.status, allowed(asked)]).toEqual([204, page]);
    expect(asked.headers.get('access-control-allow-headers')).toContain('idempotency-key');
    expect(allowed(await ask('POST', page))).toBe(page);
    for (const other of ['https://boards.example.evil', 'http://boards.example', 'null'])
      for (const method of ['OPTIONS', 'POST']) expect(allowed(await ask(method, other))).toBeNull();
    await open.close();
    const closed = await fetch(`${url}/v1/about`, { method: 'OPTIONS', headers: { origin: page } });
    expect([closed.status, allowed(closed)]).toEqual([404, null]);
  });
});
