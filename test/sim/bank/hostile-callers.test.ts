import { connect, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Bank } from '../../../sim/bank/bank.js';
import { BankClient } from '../../../sim/bank/server/client.js';
import { encodeCbor } from '../../../sim/bank/server/codec.js';
import { BankServer } from '../../../sim/bank/server/http.js';
import { TOKEN } from '../../support/counter-token.js';
import type { ScriptedDevice } from './scripted-device.js';
import { crypto, enrolDevice, openBank } from './world.js';

const CBOR = 'content-type: application/cbor';
const WITH_TOKEN = `authorization: Bearer ${TOKEN}`;
const MONEY = 500;

/** What the server took for a fault of its own. */
const faults: string[] = [];
let bank: Bank;
let server: BankServer;
let client: BankClient;
let port: number;
let device: ScriptedDevice;
beforeAll(async () => {
  bank = await openBank();
  const error = (_: object, message: string) => void faults.push(message);
  const log = { info() {}, error };
  server = new BankServer(bank, { token: TOKEN, log, headers_ms: 300, request_ms: 600 });
  const url = await server.listen();
  port = Number(new URL(url).port);
  client = new BankClient(url, TOKEN);
  device = await enrolDevice(bank, 'honest', { money: MONEY });
});
afterAll(() => server.close());

/** The server lives, an honest device syncs, and no fen has moved, whatever was sent. */
afterEach(async () => {
  expect(faults).toEqual([]);
  const line = client.openSync();
  await device.sync((message) => line.step(message));
  expect(device.held).toBe(MONEY);
  expect(await client.audit()).toMatchObject({ ok: true });
});

/** All that comes back on one connection, on which `say` says something, until the server closes it. */
function heard(say: (socket: Socket) => void, until?: RegExp): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }, () => say(socket));
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
      if (until?.test(text)) socket.destroy();
    });
    socket.on('end', () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => resolve(text));
  });
}

function request(method: string, body: Uint8Array, ...headers: string[]): Buffer {
  const head = [`POST /v1/${method} HTTP/1.1`, 'host: x', `content-length: ${body.length}`, ...headers];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), body]);
}

const statuses = (text: string): string[] =>
  [...text.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => status);

describe('a caller that pipelines', () => {
  it('gets an answer to each request in their order, and each is done once', async () => {
    const account = await client.createAccount(1, 'pipelined');
    const deposits = Array.from({ length: 20 }, (_, i) =>
      request(
        'deposit',
        encodeCbor({ account, amount: 1 + i }),
        CBOR,
        WITH_TOKEN,
        `idempotency-key: p${i % 10}`,
      ),
    );
    // The second ten have keys of the first, with other amounts.
    const text = await heard((socket) => socket.end(Buffer.concat(deposits)));
    expect(statuses(text)).toEqual([...Array(10).fill('200'), ...Array(10).fill('409')]);
    expect((await client.balance(account)).available).toBe(55);
    await client.withdraw(account, 55);
  });

  it('is cut off at the first that is no HTTP', async () => {
    const good = request('about', encodeCbor({}), CBOR);
    const text = await heard((socket) =>
      socket.write(Buffer.concat([good, Buffer.from('nonsense\r\n\r\n'), good])),
    );
    expect(statuses(text).at(-1)).toBe('400');
    expect(statuses(text).length).toBeLessThanOrEqual(2);
  });
});

describe('a connection that is half open', () => {
  it('is answered when the caller has ended its side after a whole request', async () => {
    const text = await heard((socket) => socket.end(request('about', encodeCbor({}), CBOR)));
    expect(statuses(text)).toEqual(['200']);
  });

  it('is closed when the caller ends its side in the middle of a body', async () => {
    const whole = request('about', encodeCbor({ more: new Uint8Array(100) }), CBOR);
    const text = await heard((socket) => socket.end(whole.subarray(0, -50)));
    expect(statuses(text)).toEqual(['400']);
  });

  it.each([
    ['says nothing', Buffer.alloc(0)],
    ['stops in the middle of a header', Buffer.from('POST /v1/about HTTP/1.1\r\nhos')],
    [
      'stops in the middle of a body',
      request('about', encodeCbor({ more: new Uint8Array(100) }), CBOR).subarray(0, -50),
    ],
  ])('is closed when the caller stays and %s', async (_, bytes) => {
    const text = await heard((socket) => bytes.length > 0 && socket.write(bytes));
    expect(['', '408']).toContain(statuses(text).join());
  });
});

describe('headers that come twice', () => {
  const body = encodeCbor({});
  it.each([
    ['two tokens, of which one is good', [CBOR, 'authorization: Bearer no', WITH_TOKEN]],
    ['the good one first', [CBOR, WITH_TOKEN, 'authorization: Bearer no']],
    ['two content types', [CBOR, 'content-type: text/plain', WITH_TOKEN]],
    ['two keys', [CBOR, WITH_TOKEN, 'idempotency-key: a', 'idempotency-key: b']],
    ['two lengths', [CBOR, WITH_TOKEN, 'content-length: 1']],
    ['a length and chunks', [CBOR, WITH_TOKEN, 'transfer-encoding: chunked']],
  ])('are refused: %s', async (_, headers) => {
    const text = await heard((socket) => socket.end(request('audit', body, ...headers)));
    expect(statuses(text)).toEqual(['400']);
    expect(text).not.toContain('currencies');
  });
});

describe('/v1/sync', () => {
  const post = async (path: string, body: Uint8Array) => {
    const text = await heard((socket) => socket.end(request(path, body, CBOR, WITH_TOKEN)));
    return Number(statuses(text)[0]);
  };
  const hello = (fill: number) => crypto.x25519PublicKey(new Uint8Array(32).fill(fill));

  it('answers any body with a code', async () => {
    const anything = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc
        .record(
          {
            message: fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.anything()),
            operator: fc.oneof(fc.integer(), fc.double(), fc.string(), fc.constant(null), fc.constant([])),
            session: fc.string(),
          },
          { requiredKeys: [] },
        )
        .map((value) => {
          try {
            return encodeCbor(value);
          } catch {
            return new Uint8Array(0);
          }
        }),
    );
    const paths = fc.constantFrom(
      'sync',
      `sync/${'0'.repeat(32)}`,
      'sync/',
      'sync/../audit',
      'sync/x/y',
      'sync/%00',
    );
    await fc.assert(
      fc.asyncProperty(paths, anything, async (path, body) => {
        expect([200, 400, 404]).toContain(await post(path, body));
      }),
      { numRuns: 150 },
    );
  });

  it('is ended by whatever the session does not open, and by nothing that another session is told', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 1_000 }), fc.boolean(), async (garbage, isSealed) => {
        const line = client.openSync();
        if (isSealed) await device.clone().exchange((message) => line.step(message), garbage);
        else {
          await line.step(hello(7));
          await expect(line.step(garbage)).rejects.toMatchObject({ code: 'malformed' });
          await expect(line.step(garbage)).rejects.toMatchObject({ code: 'unknown-session' });
        }
      }),
      { numRuns: 60 },
    );
  });

  it('takes one message of a session at a time', async () => {
    const line = client.openSync();
    await line.step(hello(9));
    const both = await Promise.allSettled([line.step(new Uint8Array(40)), line.step(new Uint8Array(40))]);
    for (const each of both) expect(each).toMatchObject({ status: 'rejected' });
  });
});
