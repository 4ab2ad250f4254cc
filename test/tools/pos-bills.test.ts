import { renameSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Bill, NO_HASH } from '../../firmware/account/bill.js';
import { BillReceipt } from '../../firmware/account/bill-receipt.js';
import { opensslCrypto as crypto } from '../../hal/crypto/openssl.js';
import { decodeCbor, encodeCbor } from '../../sim/bank/server/codec.js';
import { hexKey } from '../../tools/cli/files/public-key.js';
import { failsWith, tapnote, temporary } from './run-cli.js';

const NOW_S = 1_800_000_000;
const keys = temporary('bill-keys');
const publicKey = join(keys, 'platform-key');

/** The platform's end of uploads, as far as a terminal sees it: a list of bills by terminal, and receipts. */
class PlatformDouble {
  readonly bills: Bill[] = [];
  uploads = 0;
  /** What it answers instead, once. */
  instead: ((receipt: Uint8Array) => unknown) | undefined;
  readonly #server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      expect([request.method, request.url]).toEqual(['POST', '/v1/bills']);
      response.setHeader('content-type', 'application/cbor');
      response.end(encodeCbor(this.#answer(Uint8Array.from(Buffer.concat(chunks)))));
    });
  });

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #answer(body: Uint8Array): unknown {
    this.uploads++;
    const { terminal, bills } = decodeCbor(body) as {
      terminal: Uint8Array;
      bills: [Uint8Array, Uint8Array][];
    };
    for (const [bytes, evidence] of bills) {
      const bill = Bill.parse(bytes)!;
      if (evidence.length > 0) expect(crypto.sha256(evidence)).toEqual(bill.evidence);
      if (bill.sequence <= this.bills.length) continue;
      expect(bill.previous).toEqual(this.bills.at(-1)?.hash(crypto) ?? NO_HASH);
      this.bills.push(bill);
    }
    const receipt = BillReceipt.build(
      crypto,
      crypto.ed25519KeyFromSeed(hexKey(join(keys, 'platform-seed'))!),
      {
        terminal,
        sequence: this.bills.length,
        head: this.bills.at(-1)?.hash(crypto) ?? NO_HASH,
        time_s: NOW_S + 60 + this.uploads,
      },
    ).bytes;
    const { instead } = this;
    this.instead = undefined;
    const asides = this.bills.length > 0 ? [[1, 'code-quota']] : [];
    return instead?.(receipt) ?? { receipt, asides };
  }
}

const make = async (counter: number): Promise<string> =>
  (await tapnote(['pos', 'code', '--keys', keys, '--time', `${NOW_S}`, '--counter', `${counter}`])).out.slice(
    0,
    -1,
  );
const scan = async (state: string, counter: number, ...args: string[]) =>
  tapnote([
    ...['pos', 'scan', await make(counter), '--platform', publicKey, '--amount', '100', '--state', state],
    ...['--time', `${NOW_S + 5}`, ...args],
  ]);

describe('the bills of a terminal', () => {
  const platform = new PlatformDouble();
  let url: string;
  beforeAll(async () => {
    url = await platform.listen();
    await make(1);
  });
  afterAll(() => platform.close());
  const upload = (state: string, ...args: string[]) =>
    tapnote(['pos', 'upload', state, '--bank', url, '--platform', publicKey, ...args]);

  it('are listed, given back and uploaded; the counts begin anew, and no code is good again', async () => {
    const state = temporary('till-of-bills');
    const limit = ['--limit', 'counterpartyAmountMax=200'];
    expect((await scan(state, 1, ...limit)).status).toBe(0);
    expect((await scan(state, 2, '--place', '5812', ...limit)).status).toBe(0);
    expect((await scan(state, 3, ...limit)).err).toEqual(failsWith('code-counterparty'));
    const refund = (...args: string[]) =>
      tapnote(['pos', 'refund', state, ...args, '--time', `${NOW_S + 9}`]);
    expect((await refund('2', '--amount', '101')).err).toEqual(failsWith('code-not-sold'));
    expect((await refund('2', '--amount', '30')).out).toBe('bill 3: 30 of bill 2 goes back to its user\n');
    expect((await refund('2')).out).toContain('bill 4: 70 of bill 2');
    expect((await refund('2')).err).toEqual(failsWith('code-not-sold'));
    expect((await scan(state, 3, '--kind', 'entry', '--amount', '0', ...limit)).status).toBe(0);
    expect((await scan(state, 4, '--amount', '0')).err).toEqual(failsWith('invalid-argument'));

    const listed = JSON.parse((await tapnote(['pos', 'bills', state, '--json', '-'])).out);
    expect(listed).toMatchObject({ receipted: 0, lastSync_s: NOW_S + 5 });
    expect(listed.bills.map(({ kind, amount, refers }: Bill) => [kind, amount, refers])).toEqual([
      ['sale', 100, 0],
      ['sale', 100, 0],
      ['refund', 30, 2],
      ['refund', 70, 2],
      ['entry', 0, 0],
    ]);
    expect((await tapnote(['pos', 'bills', state])).out).toMatch(
      /^terminal [0-9a-f]{16}, no bill is uploaded yet$/m,
    );
    const sent = await upload(state);
    expect([sent.status, sent.err]).toEqual([0, '']);
    expect(sent.out).toContain(
      'bill 1 is set aside: code-quota\nuploaded: 5 bills, 1 set aside; last sync 2027-01-15T08:01:01Z',
    );
    expect((await upload(state)).out).toContain('uploaded: 0 bills;');
    expect(platform.bills.length).toBe(5);
    const table = (await tapnote(['pos', 'bills', state])).out;
    expect(table).toMatch(/^ *2 +2027-01-15T08:00:05Z +sale +code +1 +100 +yes$/m);
    expect(table).toMatch(/, last sync 2027-01-15T08:01:02Z\nto upload: 0$/m);

    const later = ['--time', `${NOW_S + 70}`, ...limit];
    expect((await scan(state, 2, ...later)).err).toEqual(failsWith('code-seen'));
    expect((await scan(state, 4, ...later)).status).toBe(0);
    expect((await scan(state, 5)).err).toEqual(failsWith('code-clock'));
    expect((await upload(state)).out).toContain('uploaded: 1 bill;');
  });

  it('stay, and are counted on, after an answer that is no receipt for them', async () => {
    const state = temporary('till-of-lies');
    const own = new PlatformDouble();
    const args = ['--bank', await own.listen(), '--platform', publicKey];
    expect((await scan(state, 1)).status).toBe(0);
    const answers: readonly (readonly [string, (receipt: Uint8Array) => unknown])[] = [
      ['upload-malformed', () => ({})],
      ['upload-malformed', (receipt) => ({ receipt, asides: [[1]] })],
      ['upload-receipt-malformed', () => ({ receipt: new Uint8Array(3), asides: [] })],
      ['upload-receipt-signature', (receipt) => ({ receipt: receipt.with(60, receipt[60] ^ 1), asides: [] })],
      ['upload-receipt-foreign', (receipt) => ({ receipt: receipt.with(5, receipt[5] ^ 1), asides: [] })],
      ['bank-unreachable', () => 5],
    ];
    for (const [code, instead] of answers) {
      own.instead = instead;
      expect((await tapnote(['pos', 'upload', state, ...args])).err, code).toEqual(failsWith(code));
      expect((await tapnote(['pos', 'bills', state])).out).toContain('to upload: 1');
    }
    expect((await tapnote(['pos', 'upload', state, ...args])).out).toContain(
      'uploaded: 1 bill, 1 set aside;',
    );
    own.close();
    expect((await tapnote(['pos', 'upload', state, ...args])).err).toEqual(failsWith('bank-unreachable'));
  });

  it('are kept by no folder that has none', async () => {
    const none = temporary('no-till');
    for (const command of [
      ['bills', none],
      ['refund', none, '1'],
      ['upload', none, '--bank', url, '--platform', publicKey],
    ])
      expect((await tapnote(['pos', ...command])).err).toEqual(failsWith('state-missing'));
    expect((await upload(none, '--bank', 'ftp://x')).err).toEqual(failsWith('bank-url'));
  });

  it('are signed by the key that was made for them: a seed that is gone, or another one, is no new key', async () => {
    const state = temporary('till-without-seed');
    expect((await scan(state, 1)).status).toBe(0);
    const seed = join(state, 'terminal-seed');
    renameSync(seed, `${seed}-kept`);
    expect((await scan(state, 2)).err).toEqual(failsWith('seed'));
    expect((await tapnote(['pos', 'bills', state])).err).toEqual(failsWith('seed'));
    writeFileSync(seed, `${'07'.repeat(32)}\n`);
    expect((await scan(state, 2)).err).toEqual(failsWith('seed'));
    renameSync(`${seed}-kept`, seed);
    expect((await scan(state, 2)).out).toContain('bill 2 of terminal');
  });
});
