import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Bank } from '../../../sim/bank/bank.js';
import type { Books } from '../../../sim/bank/db/database.js';
import { BankClient } from '../../../sim/bank/server/client.js';
import { decodeCbor, encodeCbor } from '../../../sim/bank/server/codec.js';
import { BankServer } from '../../../sim/bank/server/http.js';
import { METHODS } from '../../../sim/bank/server/methods.js';
import { RateLimit } from '../../../sim/bank/server/rate.js';
import { TOKEN } from '../../support/counter-token.js';
import { openBank } from './world.js';

const CBOR = 'application/cbor';

let bank: Bank;
let server: BankServer;
let url: string;
beforeAll(async () => {
  bank = await openBank();
  server = new BankServer(bank, { token: TOKEN, headers_ms: 300 });
  url = await server.listen();
});
afterAll(() => server.close());

async function post(method: string, request: object, headers: Record<string, string> = {}) {
  const response = await fetch(`${url}/v1/${method}`, {
    method: 'POST',
    headers: { 'content-type': CBOR, ...headers },
    body: new Uint8Array(encodeCbor(request)),
  });
  const answer = decodeCbor(new Uint8Array(await response.arrayBuffer())) as { code?: string };
  return { ...answer, status: response.status };
}

/** What comes back for these bytes until the server closes the line, or has said `until`. */
function raw(bytes: string, until?: RegExp, at = url): Promise<string> {
  return new Promise((resolve) => {
    let heard = '';
    const socket = connect(Number(new URL(at).port), '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (text) => {
      heard += text.toString('latin1');
      if (until?.test(heard)) socket.destroy();
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => resolve(heard));
  });
}

describe('the counter of a bank that is served', () => {
  it('is for whoever has the token, in every method but the one that tells whose bank it is', async () => {
    const authorizations = [
      '',
      'Bearer',
      `Bearer ${TOKEN}x`,
      `Bearer ${TOKEN.slice(1)}`,
      `Basic ${btoa(TOKEN)}`,
    ];
    for (const method of Object.keys(METHODS)) {
      for (const authorization of authorizations) {
        const { status, code } = await post(method, {}, { authorization });
        expect([method, status, code]).toEqual(
          method === 'about' ? [method, 200, undefined] : [method, 401, 'unauthorized'],
        );
      }
    }
  });

  it('is not opened by a token that can be guessed', () => {
    expect(() => new BankServer(bank, { token: 'short' })).toThrow(RangeError);
  });

  it('wants its own content type', async () => {
    for (const type of ['text/plain', 'application/json', '', `${CBOR}x`])
      expect(await post('about', {}, { 'content-type': type })).toMatchObject({
        status: 415,
        code: 'content-type',
      });
    expect((await post('about', {}, { 'content-type': `${CBOR}; charset=x` })).status).toBe(200);
  });

  it('answers the same request under one key as the first time, whatever is asked', async () => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const request = { operator: 1, name: 'once' };
    const create = () => post('createAccount', request, { ...headers, 'idempotency-key': 'a' });
    const [one, two, three] = [await create(), await create(), await create()];
    expect([two, three]).toEqual([one, one]);
    const { account } = one as unknown as { account: number };
    const move = (method: string, amount: number, key: string) =>
      post(method, { account, amount }, { ...headers, 'idempotency-key': key });
    for (let i = 0; i < 3; i++) expect((await move('deposit', 100, 'b')).status).toBe(200);
    for (let i = 0; i < 3; i++) expect((await move('withdraw', 30, 'c')).status).toBe(200);
    expect(await move('withdraw', 30, 'b')).toMatchObject({ status: 409, code: 'key-reused' });
    expect(await move('deposit', 101, 'b')).toMatchObject({ status: 409, code: 'key-reused' });
    // What was refused has left nothing, so it may be asked again.
    for (let i = 0; i < 2; i++) expect(await move('withdraw', 999, 'd')).toMatchObject({ code: 'funds' });
    await move('deposit', 929, 'e');
    expect((await move('withdraw', 999, 'd')).status).toBe(200);
    for (const key of ['a b', 'x'.repeat(101), 'ü'])
      expect(await move('deposit', 1, key)).toMatchObject({ status: 400, code: 'malformed' });
    expect((await bank.balance(account)).available).toBe(0);
    expect(await bank.audit()).toMatchObject({ faults: [], losses: [] });
    // The keys of long ago are forgotten.
    await bank.tick(bank.time_s + 31 * 86_400);
    expect((await move('deposit', 7, 'b')).status).toBe(200);
    expect((await bank.balance(account)).available).toBe(7);
  });
});

describe('an idempotency key', () => {
  it('is taken by what changes an account, a device or an operator, and by nothing else; every method comes to its end', async () => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const { account } = (await post('createAccount', { operator: 1, name: 'keyed' }, headers)) as unknown as {
      account: number;
    };
    const taking: string[] = [];
    const request = {
      account,
      amount: 5,
      operator: 1,
      name: 'x',
      device: new Uint8Array(8),
      now_s: bank.time_s + 60,
    };
    for (const method of Object.keys(METHODS)) {
      const key = { ...headers, 'idempotency-key': `key-of-${method}` };
      const answers = [await post(method, request, key), await post(method, request, key)];
      expect(answers[1]).toEqual(answers[0]);
      const { message = '' } = answers[0] as { message?: string };
      if (!message.includes('takes no idempotency key')) taking.push(method);
    }
    expect(taking.sort()).toEqual(
      [
        'createAccount',
        'give',
        'deposit',
        'freezeReserves',
        'load',
        'liftSuspension',
        'move',
        'payOut',
        'raiseTier',
        'recover',
        'releaseReserves',
        'renewOperatorKey',
        'reportLost',
        'setLimits',
        'setReserveRatio',
        'suspend',
        'unload',
        'unlockPin',
        'withdraw',
        'makePlatform',
        'setTerms',
        'setFares',
        'certify',
        'revokeCertificate',
        'addTerminal',
        'suspendTerminal',
        'liftTerminal',
        'dispute',
        'decideDispute',
        'leave',
      ].sort(),
    );
    expect((await bank.balance(account)).available).toBe(0);
  });
});

describe('a caller of a bank that is served', () => {
  it('that sends its headers slowly is hung up on', async () => {
    expect(await raw('POST /v1/about HTTP/1.1\r\nhost: x\r\n')).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('that sends what is no HTTP is answered 400, and the server lives', async () => {
    expect(await raw('hello\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
    expect((await new BankClient(url).about()).time_s).toBe(bank.time_s);
  });

  it('that asks too often without the token waits; one with the token does not', async () => {
    // Time brings nothing here: how fast the machine is says nothing.
    const patient = new BankServer(bank, { token: TOKEN, rate: new RateLimit(2_000, 0) });
    const there = await patient.listen();
    const request = `POST /v1/audit HTTP/1.1\r\nhost: x\r\ncontent-type: ${CBOR}\r\ncontent-length: 0\r\n\r\n`;
    // The whole head of it: the answers come in pieces.
    const heard = await raw(request.repeat(2_100), /HTTP\/1\.1 429 [\s\S]*?\r\n\r\n/, there);
    expect(heard).toContain('HTTP/1.1 401 ');
    expect(heard).toMatch(/HTTP\/1\.1 429 [\s\S]*retry-after: 1/);
    expect((await new BankClient(there, TOKEN).audit()).faults).toEqual([]);
    await patient.close();
  });

  it('gets as many requests as time has brought since', () => {
    const rate = new RateLimit();
    const served = (now_ms: number): number => {
      let count = 0;
      while (rate.admits('a', now_ms)) count++;
      return count;
    };
    expect([served(0), served(0), served(1_000), served(1_001), served(100_000)]).toEqual([
      2_000, 0, 500, 0, 2_000,
    ]);
    expect(rate.admits('b', 100_000)).toBe(true);
    // A clock that goes back brings nothing.
    expect(served(0)).toBe(0);
  });
});

describe('books of another version', () => {
  it.each([
    ['a later one', 'update central_bank set schema_version = 99'],
    ['one from before versions were counted', 'alter table central_bank drop column schema_version'],
  ])('are not opened: %s', async (_, change) => {
    const schema = `version_${process.pid}_${change.length}`;
    const other = await openBank({ schema });
    const { database } = Reflect.get(other, 'context') as { database: Books };
    await database.transaction((sql) => sql.rows(change));
    await expect(openBank({ schema })).rejects.toMatchObject({ code: 'version' });
  });
});
