import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Bank } from '../bank.js';
import { BankError, type BankErrorCode } from '../codes.js';
import { decodeCbor, encodeCbor } from './codec.js';
import { Counter } from './counter.js';
import { ledgerFile } from './ledger-files.js';
import { METHODS } from './methods.js';
import { Metrics } from './metrics.js';
import { admitOrigin } from './origin.js';
import { denyRequestOf, uploadOf } from './platform-methods.js';
import { RateLimit } from './rate.js';
import { statusPage } from './status-page.js';
import { SyncSessions } from './sync-sessions.js';

export const BODY_BYTES_MAX = 16_384;
const CONNECTIONS_MAX = 1_024;
const HEADERS_MS_MAX = 10_000;
const REQUEST_MS_MAX = 30_000;
/** How long what is under way may take when the server ends. */
const GRACE_MS = 10_000;
const CBOR = 'application/cbor';
const TEXT = 'text/plain; version=0.0.4; charset=utf-8';
/** A day: what is asked for again is answered by whoever stands between. */
const FOR_GOOD = 'public, max-age=86400, immutable';
const HTML = 'text/html; charset=utf-8';

const STATUS: Partial<Record<BankErrorCode, number>> = {
  unauthorized: 401,
  'unknown-account': 404,
  'unknown-device': 404,
  'unknown-session': 404,
  'unknown-method': 404,
  'unknown-file': 404,
  'unknown-terminal': 404,
  'unknown-bill': 404,
  'unknown-certificate': 404,
  'key-reused': 409,
  ahead: 409,
  'too-large': 413,
  'content-type': 415,
  'too-many': 429,
  internal: 500,
  token: 503,
  'token-pin': 503,
  'token-key': 503,
};

/** Where the server tells what it does. Nothing that it says is secret. */
export interface Log {
  info(what: object, message: string): void;
  error(what: object, message: string): void;
}

export interface ServerOptions {
  /** Opens the counter. At least 32 characters. */
  readonly token: string;
  readonly log?: Log;
  /** Whose pages may ask from a browser: "https://example.org"; without it none. */
  readonly origin?: string;
  /** How long the headers of a request may take. */
  readonly headers_ms?: number;
  /** And a whole request. */
  readonly request_ms?: number;
  /** Of those who have no token. */
  readonly rate?: RateLimit;
}

/** Headers of which one only can be meant: Node would take the first, or join them. */
const SINGLE = ['authorization', 'content-type', 'idempotency-key'];

const SILENT: Log = { info() {}, error() {} };

/**
 * The bank on the loopback interface, CBOR in, CBOR out: `POST /v1/sync` for everybody, sealed from end to
 * end; `POST /v1/bills` for terminals, which sign what they send; `POST /v1/deny` for deny lists, which their
 * platforms sign; `POST /v1/METHOD` for whoever has the token of the counter. `GET /` and `GET /metrics` say
 * how it is, and below `/ledger` lie the operators' logs.
 */
export class BankServer {
  readonly #server: Server;
  readonly #sessions: SyncSessions;
  readonly #counter: Counter;
  readonly #rate: RateLimit;
  readonly #metrics = new Metrics();
  readonly #log: Log;
  readonly #origin: string | undefined;
  readonly #began_ms = Date.now();

  constructor(
    private readonly bank: Bank,
    {
      token,
      log = SILENT,
      origin,
      headers_ms = HEADERS_MS_MAX,
      request_ms = REQUEST_MS_MAX,
      rate = new RateLimit(),
    }: ServerOptions,
  ) {
    this.#sessions = new SyncSessions(bank);
    this.#counter = new Counter(bank, token);
    this.#log = log;
    this.#origin = origin;
    this.#rate = rate;
    const timeouts = {
      headersTimeout: headers_ms,
      requestTimeout: request_ms,
      // Node looks only so often for requests that are late.
      connectionsCheckingInterval: Math.min(headers_ms, 1_000),
    };
    this.#server = createServer(timeouts, (request, response) => void this.#serve(request, response));
    this.#server.maxConnections = CONNECTIONS_MAX;
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

  /** Takes nothing new; what is under way comes to its end, within ten seconds. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    const late = setTimeout(() => this.#server.closeAllConnections(), GRACE_MS);
    await closed;
    clearTimeout(late);
    this.#sessions.close();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (admitOrigin(request, response, this.#origin)) return;
    const began_ms = performance.now();
    const path = nameOf(request);
    let status = 200;
    try {
      if (request.method === 'GET') await this.#tell(path, request, response);
      else send(response, status, CBOR, encodeCbor(await this.#answer(request)));
    } catch (error) {
      const known = error instanceof BankError ? error : new BankError('internal', 'a fault of the bank');
      if (known.code === 'internal') this.#log.error({ path, err: error }, 'a fault of the bank');
      const { code, message } = known;
      status = STATUS[code] ?? 400;
      send(response, status, CBOR, encodeCbor({ code, message }));
      // What is left of a body that is not read is not waited for.
      if (!request.complete) request.destroy();
    }
    const ms = performance.now() - began_ms;
    this.#metrics.request(path, status, ms / 1_000);
    this.#log.info({ path, status, ms: Math.round(ms) }, 'answered');
  }

  async #tell(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (path === '/ledger') return this.#tellLedger(request, response);
    const seconds = Math.round((Date.now() - this.#began_ms) / 1_000);
    const state = {
      syncs_open: this.#sessions.count,
      uptime_seconds: seconds,
      bank_time_seconds: this.bank.time_s,
    };
    if (path === '/') send(response, 200, HTML, statusPage(this.bank.rootPublicKey, state));
    else if (path === '/metrics') send(response, 200, TEXT, this.#metrics.text(state, this.bank.tries));
    else throw new BankError('unknown-method', 'GET serves /, /metrics and /ledger');
  }

  async #tellLedger({ socket, url = '' }: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#requireRate(socket.remoteAddress);
    const file = await ledgerFile(this.bank, url);
    if (!file) throw new BankError('unknown-file', 'no log has such a file');
    send(response, 200, file.type, file.body, file.isForGood ? FOR_GOOD : undefined);
  }

  #requireRate(address = ''): void {
    if (!this.#rate.admits(address, Date.now()))
      throw new BankError('too-many', 'too many requests: try again in a second');
  }

  async #answer(request: IncomingMessage): Promise<unknown> {
    const twice = SINGLE.find((name) => (request.headersDistinct[name]?.length ?? 0) > 1);
    if (twice !== undefined) throw new BankError('malformed', `more than one header ${twice}`);
    const { authorization } = request.headers;
    const isAdmitted = this.#counter.admits(authorization);
    if (!isAdmitted) this.#requireRate(request.socket.remoteAddress);
    if (request.method !== 'POST') throw new BankError('unknown-method', 'only POST and GET are served');
    const [, version, method, id, ...more] = (request.url ?? '').split('/');
    if (version !== 'v1' || more.length > 0) throw new BankError('unknown-method', 'no such path');
    if (method !== 'sync' && id !== undefined) throw new BankError('unknown-method', 'no such method');
    const type = request.headers['content-type']?.split(';')[0].trim().toLowerCase();
    if (type !== CBOR) throw new BankError('content-type', `the body is to be ${CBOR}`);
    const body = await readBody(request);
    if (method === 'sync') return this.#sync(id, body);
    if (method === 'bills') return this.#bills(body);
    if (method === 'deny') return this.#deny(body);
    const key = request.headers['idempotency-key'];
    return this.#counter.call(method, body, isAdmitted, typeof key === 'string' ? key : undefined);
  }

  /** Opens with `{message, operator?}`, goes on with `{message}`: always one message in and one out. */
  async #sync(id: string | undefined, body: Uint8Array): Promise<unknown> {
    const request = decodeCbor(body) as Record<string, unknown> | undefined;
    const message = request?.message;
    if (!(message instanceof Uint8Array)) throw new BankError('malformed', 'no message');
    if (id !== undefined) return { message: await this.#sessions.step(id, message) };
    const operator = request?.operator;
    if (operator !== undefined && typeof operator !== 'number') throw new BankError('malformed', 'operator');
    return this.#sessions.open(operator, message);
  }

  /** Bills of a terminal, which signs each of them: whoever carries them can change nothing. */
  async #bills(body: Uint8Array): Promise<unknown> {
    const upload = uploadOf(mapOf(body));
    const answer = await this.bank.platform.upload(upload);
    this.#metrics.bills(upload.bills.length, answer.asides.length);
    return answer;
  }

  /** A deny list, which its platform signs: it is for whoever asks. */
  async #deny(body: Uint8Array): Promise<unknown> {
    return { parts: await this.bank.platform.signedDenyList(...denyRequestOf(mapOf(body))) };
  }
}

/** Throws BankError `malformed`. */
function mapOf(body: Uint8Array): Record<string, unknown> {
  const request = decodeCbor(body);
  if (typeof request === 'object' && request !== null) return request as Record<string, unknown>;
  throw new BankError('malformed', 'the body is no CBOR map');
}

/** The path without what a caller chose himself, so that what is counted has bounds. */
function nameOf({ url = '', method }: IncomingMessage): string {
  const [, version, name = '', ...more] = url.split('/');
  if (method === 'GET' && (url === '/' || url === '/metrics')) return url;
  if (method === 'GET' && version === 'ledger') return '/ledger';
  if (version === 'v1' && name === 'sync') return '/v1/sync';
  if (version === 'v1' && ['bills', 'deny'].includes(name) && more.length === 0) return `/v1/${name}`;
  return version === 'v1' && more.length === 0 && Object.hasOwn(METHODS, name) ? `/v1/${name}` : 'other';
}

/** Throws BankError `malformed` when the caller hangs up before the end: that is no fault of the bank. */
async function readBody(request: IncomingMessage): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const part of request as AsyncIterable<Uint8Array>) {
      length += part.length;
      if (length > BODY_BYTES_MAX) break;
      parts.push(part);
    }
  } catch {
    throw new BankError('malformed', 'the body broke off');
  }
  if (length > BODY_BYTES_MAX) throw new BankError('too-large', `more than ${BODY_BYTES_MAX} bytes`);
  return Buffer.concat(parts);
}

function send(
  response: ServerResponse,
  status: number,
  type: string,
  body: Uint8Array | string,
  cache = 'no-store',
): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': cache,
    'x-content-type-options': 'nosniff',
    ...(status === 429 && { 'retry-after': '1' }),
    ...(status === 401 && { 'www-authenticate': 'Bearer' }),
  });
  response.end(body);
}
