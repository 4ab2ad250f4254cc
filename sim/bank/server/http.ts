import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Bank } from '../bank.js';
import { hex } from '../bytes.js';
import { BankError, type BankErrorCode } from '../codes.js';
import type { SyncSession } from '../sync/sync-session.js';
import { decodeCbor, encodeCbor } from './codec.js';
import { METHODS } from './methods.js';

const BODY_BYTES_MAX = 16_384;
const SESSIONS_MAX = 1_024;
const SESSION_SILENCE_MS = 120_000;
const CBOR = 'application/cbor';

const STATUS: Partial<Record<BankErrorCode, number>> = {
  'unknown-account': 404,
  'unknown-device': 404,
  'unknown-session': 404,
  'unknown-method': 404,
  'too-large': 413,
  internal: 500,
};

interface OpenSession {
  session: SyncSession;
  /** One message at a time. */
  busy: boolean;
  used_ms: number;
}

/** The bank on the loopback interface: `POST /v1/<method>` and `/v1/sync`, CBOR in, CBOR out. */
export class BankServer {
  readonly #server: Server;
  readonly #sessions = new Map<string, OpenSession>();

  constructor(private readonly bank: Bank) {
    this.#server = createServer((request, response) => {
      void this.#serve(request, response);
    });
  }

  /** `port` 0: any that is free. Returns the base URL. */
  listen(port = 0): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', () => {
        resolve(`http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`);
      });
    });
  }

  close(): Promise<void> {
    for (const { session } of this.#sessions.values()) session.close();
    this.#sessions.clear();
    this.#server.closeAllConnections();
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const body = await readBody(request);
      if (request.method !== 'POST') throw new BankError('unknown-method', 'only POST is served');
      const [, version, method, id, ...more] = (request.url ?? '').split('/');
      if (version !== 'v1' || more.length > 0) throw new BankError('unknown-method', 'no such path');
      const result =
        method === 'sync'
          ? await this.#sync(id, body)
          : await this.#call(id === undefined ? method : '', body);
      send(response, 200, result);
    } catch (error) {
      const known = error instanceof BankError ? error : new BankError('internal', 'a fault of the bank');
      if (known.code === 'internal') console.error('bank:', error);
      send(response, STATUS[known.code] ?? 400, { code: known.code, message: known.message });
    }
  }

  async #call(method: string, body: Uint8Array): Promise<unknown> {
    if (!Object.hasOwn(METHODS, method)) throw new BankError('unknown-method', 'no such method');
    const request = decodeCbor(body);
    if (typeof request !== 'object' || request === null) {
      throw new BankError('malformed', 'the body is no CBOR map');
    }
    return (await METHODS[method](this.bank, request as Record<string, unknown>)) ?? {};
  }

  /** Opens with `{message, operator?}`, goes on with `{message}`: always one message in and one out. */
  async #sync(id: string | undefined, body: Uint8Array): Promise<unknown> {
    const request = decodeCbor(body) as Record<string, unknown> | undefined;
    const message = request?.message;
    if (!(message instanceof Uint8Array)) throw new BankError('malformed', 'no message');
    if (id !== undefined) return { message: await this.#step(id, message) };
    const operator = request?.operator;
    if (operator !== undefined && typeof operator !== 'number') throw new BankError('malformed', 'operator');
    this.#sweep();
    const session = this.bank.openSync(operator);
    const answer = await session.step(message);
    const name = hex(randomBytes(16));
    this.#sessions.set(name, { session, busy: false, used_ms: Date.now() });
    return { session: name, message: answer };
  }

  async #step(id: string, message: Uint8Array): Promise<Uint8Array> {
    const open = this.#sessions.get(id);
    if (!open) throw new BankError('unknown-session', 'no such session');
    if (open.busy) throw new BankError('malformed', 'one message at a time');
    open.busy = true;
    open.used_ms = Date.now();
    try {
      return await open.session.step(message);
    } finally {
      open.busy = false;
      if (open.session.closed) this.#sessions.delete(id);
    }
  }

  /**
   * Forgets the silent, and the oldest when there are too many: a sync is taken up again where it was torn.
   */
  #sweep(): void {
    const silent_ms = Date.now() - SESSION_SILENCE_MS;
    for (const [id, { session, used_ms, busy }] of this.#sessions) {
      if (busy || (used_ms >= silent_ms && this.#sessions.size < SESSIONS_MAX)) continue;
      session.close();
      this.#sessions.delete(id);
    }
  }
}

/** Throws BankError `malformed` when the caller hangs up before the end: that is no fault of the bank. */
async function readBody(request: IncomingMessage): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const part of request as AsyncIterable<Uint8Array>) {
      length += part.length;
      if (length <= BODY_BYTES_MAX) parts.push(part);
    }
  } catch {
    throw new BankError('malformed', 'the body broke off');
  }
  if (length > BODY_BYTES_MAX) throw new BankError('too-large', `more than ${BODY_BYTES_MAX} bytes`);
  return Buffer.concat(parts);
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const bytes = encodeCbor(body);
  response.writeHead(status, { 'content-type': CBOR, 'content-length': bytes.length });
  response.end(bytes);
}
