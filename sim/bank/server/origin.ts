import type { IncomingMessage, ServerResponse } from 'node:http';

/** What a client of ours sends (`client.ts`). */
const HEADERS = 'authorization, content-type, idempotency-key';
const PREFLIGHT_S = '600';

/**
 * Lets the pages of one origin ask the bank from a browser (Fetch, "CORS protocol"). Any other page's browser
 * gives it no answer to read. True for a question whether it may, which is answered then.
 */
export function admitOrigin(
  { method, headers }: IncomingMessage,
  response: ServerResponse,
  allowed: string | undefined,
): boolean {
  if (allowed === undefined) return false;
  response.setHeader('vary', 'origin');
  if (headers.origin !== allowed) return false;
  response.setHeader('access-control-allow-origin', allowed);
  if (method !== 'OPTIONS') return false;
  response.writeHead(204, {
    'access-control-allow-methods': 'POST',
    'access-control-allow-headers': HEADERS,
    'access-control-allow-private-network': 'true',
    'access-control-max-age': PREFLIGHT_S,
  });
  response.end();
  return true;
}
