import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { AccountCertificate } from '../../firmware/account/account-certificate.js';
import { CodeRefusal } from '../../firmware/account/decision.js';
import { Refusal } from '../../firmware/protocol/refusal.js';
import { opensslCrypto as crypto } from '../../hal/crypto/openssl.js';
import { codeRefusalText } from '../../sim/account/refusal-words.js';
import { pictureOf, pngOf } from '../../tools/cli/pos/qr-picture.js';
import { markedLines } from '../../tools/cli/pos/vectors.js';
import { failsWith, ROOT, tapnote, temporary } from './run-cli.js';

const NOW_S = 1_800_000_000;
const keys = temporary('pos-keys');
const publicKey = join(keys, 'platform-key');

const make = (...args: string[]) => tapnote(['pos', 'code', '--keys', keys, '--time', `${NOW_S}`, ...args]);
const scan = (code: string, ...args: string[]) =>
  tapnote([
    'pos',
    'scan',
    code,
    '--platform',
    publicKey,
    '--amount',
    '1250',
    '--time',
    `${NOW_S + 5}`,
    ...args,
  ]);

describe('tapnote pos', () => {
  const png = temporary('code.png');
  let text: string;
  beforeAll(async () => {
    const made = await make('--out', png);
    expect([made.status, made.err]).toEqual([0, '']);
    expect(made.out).toContain('202 bytes, 307 characters, QR version 10-M');
    text = (await make('--counter', '2')).out;
  });

  it('makes keys once, the secret ones for their owner alone', async () => {
    const seed = join(keys, 'platform-seed');
    expect(statSync(seed).mode & 0o777).toBe(0o600);
    const before = readFileSync(seed, 'utf8');
    expect((await make()).out).not.toContain(before.trim());
    expect(readFileSync(seed, 'utf8')).toBe(before);
  });

  it('takes a code from a picture once, and a later one after it', async () => {
    const state = temporary('till');
    const first = await scan(png, '--state', state);
    expect([first.status, first.err]).toEqual([0, '']);
    expect(first.out).toMatch(/^taken: 1250 from user [0-9a-f]{16}, certificate 1 of platform [0-9a-f]{8}$/m);
    expect(first.out).toMatch(/^ {2}bill 1 of terminal [0-9a-f]{16}$/m);
    const again = await scan(png, '--state', state);
    expect([again.status, again.out, again.err]).toEqual([1, '', failsWith('code-seen')]);
    const later = await scan(text.trimEnd(), '--state', state, '--json', '-');
    expect(JSON.parse(later.out)).toMatchObject({ sequence: 2, counter: 2, payments: 2, paid: 2_500 });
    expect(readdirSync(state).sort()).toEqual(['bills.flash', 'terminal-key', 'terminal-seed']);
    for (const name of ['bills.flash', 'terminal-seed'])
      expect(statSync(join(state, name)).mode & 0o777, name).toBe(0o600);
    expect(statSync(state).mode & 0o777).toBe(0o700);
  });

  it('takes the same code as text, as a file with it, from a pipe, and as SVG’s neighbour PNG', async () => {
    const file = temporary('code.txt', text);
    for (const given of [text.slice(0, -1), file]) {
      const { status, out, err } = await scan(given, '--json', '-');
      expect([status, err]).toEqual([0, '']);
      expect(JSON.parse(out)).toMatchObject({ accepted: true, counter: 2, amount: 1_250 });
    }
    const svg = temporary('code.svg');
    expect((await make('--out', svg)).status).toBe(0);
    expect(readFileSync(svg, 'utf8')).toMatch(/^<svg .*<\/svg>\n$/s);
    const shown = (await make('--show')).out.trimEnd().split('\n');
    expect([shown.length, shown[0].length]).toEqual([33, 65]);
  });

  it('refuses by every rule that a command line can set', async () => {
    const listed = (name: string, serials: string) => temporary(name, serials);
    const denied = temporary('denied.list');
    const deny = ['--serials', listed('denied', '7\n1\n'), '--edition', '1', '--out', denied];
    expect((await tapnote(['pos', 'deny-list', 'make', '--keys', keys, ...deny])).err).toBe('');
    const refused: readonly (readonly [string, ...string[]])[] = [
      ['code-stale', '--time', `${NOW_S + 181}`],
      ['code-ahead', '--time', `${NOW_S - 121}`, '--last-sync', '0'],
      ['code-clock', '--last-sync', `${NOW_S + 6}`],
      ['code-offline-duration', '--last-sync', '0'],
      ['code-tier', '--tier-min', '1'],
      ['code-payment-limit', '--limit', 'paymentMax=1249'],
      ['code-counterparty', '--limit', 'paymentMax=1250', '--limit', 'counterpartyAmountMax=1249'],
      ['code-day-limit', '--limit', 'dayMax=1249'],
      ['code-hot-listed', '--deny', denied],
      ['code-not-listed', '--whitelist', listed('whitelist', '2\r\n3')],
      ['code-quota', '--amount', '20001'],
      ['code-operator', '--platform', '00'.repeat(32)],
    ];
    for (const [code, ...args] of refused) {
      const { status, out, err } = await scan(png, ...args);
      expect([status, out, err], code).toEqual([1, '', failsWith(code)]);
    }
    const json = await scan(png, '--tier-min', '1', '--json', '-');
    expect(JSON.parse(json.out)).toEqual({ accepted: false, refusal: 'tier', time_s: NOW_S + 5 });
  });

  it('refuses a code for another amount or scene, and one that was worked on', async () => {
    const priced = (await make('--amount', '1300')).out.trimEnd();
    expect((await scan(priced)).err).toEqual(failsWith('code-mismatch'));
    expect((await scan(priced, '--amount', '1300')).status).toBe(0);
    const elsewhere = (await make('--scene', '9')).out.slice(0, -1);
    expect((await scan(elsewhere, '--scene', '8')).err).toEqual(failsWith('code-scene'));
    expect((await scan(elsewhere, '--scene', '9')).status).toBe(0);
    const at = 60;
    const forged = text.slice(0, at) + (text[at] === '0' ? '1' : '0') + text.slice(at + 1, -1);
    expect((await scan(forged)).err).toEqual(failsWith('code-(certificate|malformed)'));
    expect((await scan(`${text.slice(0, -1)} `)).err).toEqual(failsWith('code-malformed'));
  });

  it('makes a code with a certificate that a bank has given for its key', async () => {
    const secret = (name: string) =>
      Uint8Array.from(Buffer.from(readFileSync(join(keys, name), 'utf8'), 'hex'));
    const given = (seed: Uint8Array) =>
      AccountCertificate.build(crypto, crypto.ed25519KeyFromSeed(secret('platform-seed')), {
        pseudonym: new Uint8Array(8).fill(9),
        publicKey: crypto.ed25519KeyFromSeed(seed).subarray(32),
        notBefore_s: NOW_S,
        notAfter_s: NOW_S + 1_000,
        quota: 3_000,
        tier: 1,
        scene: 0,
        serial: 77,
      }).bytes;
    const with_ = (name: string, bytes: Uint8Array) => make('--certificate', temporary(name, bytes));
    const { out } = await with_('mine', given(secret('user-seed')));
    const { out: taken } = await scan(out.trimEnd(), '--json', '-');
    expect(JSON.parse(taken)).toMatchObject({ accepted: true, serial: 77, quota: 3_000, pooled: false });
    expect((await with_('other', given(new Uint8Array(32)))).err).toEqual(failsWith('certificate-key'));
    expect((await with_('none', new Uint8Array(3))).err).toEqual(failsWith('certificate'));
  });

  it('says in one line what it cannot use', async () => {
    const hello = temporary('hello.png', pngOf(pictureOf('HELLO', 4)));
    expect((await scan(hello)).err).toEqual(failsWith('code-malformed'));
    const blank = { width: 40, height: 40, data: new Uint8Array(1_600).fill(255) };
    const unusable: readonly (readonly [string, string, ...string[]])[] = [
      ['picture-without-code', temporary('blank.png', pngOf(blank))],
      ['picture-unreadable', temporary('garbage.png', 'not a picture')],
      ['picture-unreadable', temporary('empty.png', '')],
      ['picture-crowd', crowd()],
      ['file-missing', 'no-such-file.png'],
      ['file-folder', keys],
      ['platform-key', png, '--platform', temporary('no-key', 'xyz')],
      ['file-missing', png, '--platform', 'ab'],
      ['serials', png, '--whitelist', temporary('not-serials', '1\n\n2\n')],
      ['serials', png, '--whitelist', temporary('long-serials', '4294967296')],
      ['deny-malformed', png, '--deny', temporary('unsigned', '7\n1\n')],
      ['file-unwritable', png, '--state', temporary('not-a-folder', 'TNC1')],
      ['invalid-argument', png, '--limit', 'paymentmax=1'],
      ['invalid-argument', png, '--limit', 'paymentMax=2147483648'],
      ['invalid-argument', png, '--amount', '0'],
    ];
    for (const [code, given, ...args] of unusable) {
      const { status, out, err } = await scan(given, ...args);
      expect([status, out, err], code).toEqual([2, '', failsWith(code)]);
    }
    expect((await make('--out', 'code.bmp')).err).toEqual(failsWith('picture-kind'));
    expect((await make('--time', '4294967295')).err).toEqual(failsWith('code-number'));
    const broken = temporary('pos-broken-keys');
    expect((await tapnote(['pos', 'code', '--keys', broken])).status).toBe(0);
    writeFileSync(join(broken, 'user-seed'), 'xyz');
    expect((await tapnote(['pos', 'code', '--keys', broken])).err).toEqual(failsWith('seed'));
  });

  it('gives nobody a second payment by a flash that has changed, or that another process has', async () => {
    const state = temporary('rotten');
    expect((await scan(png, '--state', state)).status).toBe(0);
    const flash = join(state, 'bills.flash');
    const whole = readFileSync(flash);
    const bill = whole.indexOf(Buffer.from('9017', 'hex'));
    expect(bill).toBeGreaterThan(0);
    const rotten = Buffer.from(whole);
    rotten[bill + 60] ^= 4;
    writeFileSync(flash, rotten);
    expect((await scan(png, '--state', state)).err).toEqual(failsWith('code-seen|code-stopped'));
    expect((await tapnote(['pos', 'bills', state])).err).toEqual(failsWith('bills-stopped'));
    writeFileSync(flash, whole.subarray(1));
    expect((await scan(png, '--state', state)).err).toEqual(failsWith('state-file'));
    writeFileSync(flash, Buffer.alloc(whole.length, 7));
    expect((await scan(png, '--state', state)).err).toEqual(failsWith('state-damaged'));
    rmSync(flash);
    expect((await scan(png, '--state', state)).err).toEqual(failsWith('state-missing'));
    writeFileSync(flash, whole);
    writeFileSync(`${flash}.lock`, `${process.pid}\n`);
    expect((await scan(png, '--state', state)).err).toEqual(failsWith('state-locked'));
  });

  it('prints what stands in docs/accounts.md', async () => {
    const document = readFileSync(join(ROOT, 'docs/accounts.md'), 'utf8');
    for (const [mark, lines] of Object.entries(markedLines())) {
      expect(document).toContain(`<!-- ${mark}:begin -->\n${lines.join('\n')}<!-- ${mark}:end -->`);
      expect((await tapnote(['pos', 'vectors'])).out).toContain(lines.join('\n'));
    }
  });

  it('has words for every refusal of its own', () => {
    for (const refusal of Object.values(CodeRefusal)) expect(codeRefusalText(refusal)).toBeDefined();
    expect(codeRefusalText(Refusal.malformed)).toBeDefined();
  });
});

/** A picture with two codes beside each other. */
function crowd(): string {
  const [left, right] = ['A', 'B'].map((letter) => pictureOf(`TN1:${letter.repeat(303)}`, 3));
  const rows = Array.from({ length: left.height }, (_, y) =>
    [left, right].flatMap(({ width, data }) => [...data.subarray(y * width, (y + 1) * width)]),
  );
  const picture = { width: 2 * left.width, height: left.height, data: Uint8Array.from(rows.flat()) };
  return temporary('crowd.png', pngOf(picture));
}
