import type { Bank } from '../bank.js';

/** What the server answers with. */
export interface ServedFile {
  readonly type: string;
  readonly body: string | Uint8Array;
  /** It never changes: whoever has it may keep it. */
  readonly isForGood: boolean;
}

const TEXT = 'text/plain; charset=utf-8';
const BYTES = 'application/octet-stream';
const PREFIX = /^\/ledger\/([1-9][0-9]{0,4})\/([a-z0-9./]+)$/;

/**
 * The operators' logs (C2SP tlog-tiles), each below `/ledger/NUMBER`; `/ledger` lists the numbers. Undefined
 * where there is nothing.
 */
export async function ledgerFile({ logs }: Bank, path: string): Promise<ServedFile | undefined> {
  if (path === '/ledger') {
    const numbers = logs.all.map(({ operator }) => `${operator}\n`);
    return { type: TEXT, body: numbers.join(''), isForGood: false };
  }
  const [, operator, name] = PREFIX.exec(path) ?? [];
  if (name === undefined) return undefined;
  const body = await logs.file(Number(operator), name);
  if (body === undefined) return undefined;
  return typeof body === 'string'
    ? { type: TEXT, body, isForGood: false }
    : { type: BYTES, body, isForGood: true };
}
