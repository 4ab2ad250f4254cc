import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname } from 'node:path';
import type { PageFiles } from './page-files.js';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.txt': 'text/plain; charset=utf-8',
};
/** The rest of the policy stands in the page itself, for any host. */
const HEADERS = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "frame-ancestors 'none'",
  'cache-control': 'no-cache',
};

export interface Served {
  readonly url: string;
  /** Resolves when nothing is open any more. */
  close(): Promise<void>;
}

/** Serves the files on loopback. `port` 0: any that is free. Rejects with the system's error. */
export async function servePage(files: PageFiles, port: number): Promise<Served> {
  const server = createServer(({ method, url = '/' }, response) => {
    const name = url.split('?')[0].slice(1) || 'index.html';
    const content = files.get(name);
    const isRead = method === 'GET' || method === 'HEAD';
    if (!isRead) return void response.writeHead(405, { ...HEADERS, allow: 'GET, HEAD' }).end();
    if (!content) return void response.writeHead(404, HEADERS).end('not here\n');
    const type = TYPES[extname(name)] ?? 'application/octet-stream';
    response.writeHead(200, { ...HEADERS, 'content-type': type, 'content-length': content.length });
    response.end(method === 'GET' ? content : undefined);
  });
  await listening(server, port);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const listening = (server: Server, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
