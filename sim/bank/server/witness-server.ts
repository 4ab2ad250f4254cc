import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Witness } from '../ledger/witness.js';

/** A checkpoint with many signatures, and the longest proof. */
const BODY_BYTES_MAX = 65_536;
const REQUEST_MS_MAX = 10_000;
const TEXT = 'text/plain; charset=utf-8';

/** A witness on the loopback interface: `POST /add-checkpoint`, and `GET /HASH/checkpoint` for monitors. */
export class WitnessServer {
  readonly #server: Server;

  /** `onFault`: of the witness itself, as a shelf that cannot be written. */
  constructor(
    private readonly witness: Witness,
    private readonly onFault: (error: Error) => void,
  ) {
    this.#server = createServer({ requestTimeout: REQUEST_MS_MAX }, (request, response) => {
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
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    return closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const { status, type, body } = await this.#answer(request);
      response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
      response.end(body);
    } catch (error) {
      // A caller that hangs up is no fault.
      if (request.complete) this.onFault(error as Error);
      if (!response.headersSent && !response.destroyed)
        response.writeHead(500, { 'content-type': TEXT }).end('a fault of the witness\n');
    }
    if (!request.complete) request.destroy();
  }

  async #answer(request: IncomingMessage): Promise<{ status: number; type: string; body: string }> {
    const { method, url = '' } = request;
    const say = (status: number, body: string) => ({ status, type: TEXT, body });
    if (method === 'POST' && url === '/add-checkpoint') {
      const body = await bodyOf(request);
      return body === undefined ? say(413, 'too long\n') : this.witness.addCheckpoint(body);
    }
    const [, hash] = /^\/([0-9a-f]{64})\/checkpoint$/.exec(url) ?? [];
    if (method !== 'GET' || hash === undefined)
      return say(404, 'POST /add-checkpoint, GET /HASH/checkpoint\n');
    const latest = await this.witness.latest(hash);
    return latest === undefined ? say(404, 'nothing of this log was cosigned\n') : say(200, latest);
  }
}

/** Undefined when it is too long. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Uint8Array>) {
    length += part.length;
    if (length > BODY_BYTES_MAX) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
