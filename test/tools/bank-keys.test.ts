import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccountCertificate } from '../../firmware/account/account-certificate.js';
import { opensslCrypto } from '../../hal/crypto/openssl.js';
import {
  hasSoftTokens,
  SOFT_MODULE,
  SOFT_PIN,
  type SoftTokens,
  softTokens,
} from '../../sim/host/soft-token.js';
import { serve } from '../support/console.js';
import { skipWithout } from '../support/external.js';
import { type Started, startTapnote, tapnote, temporary } from './run-cli.js';

const URL_SAID = /^bank: (\S+)\n.*Ctrl-C/ms;
const skipped = skipWithout(hasSoftTokens(), 'SoftHSM, or python3');

/** Processes that have a token open for this one. */
function helpersOf(parent: number): number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const isHelper = readFileSync(`/proc/${name}/cmdline`, 'utf8').includes('pkcs11.py');
      const [, ppid] = /^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${name}/status`, 'utf8'))!;
      return isHelper && Number(ppid) === parent ? [Number(name)] : [];
    } catch {
      return []; // It has ended meanwhile.
    }
  });
}

describe.skipIf(skipped)('a bank whose keys are in a token', () => {
  const data = temporary('keyed-bank');
  let tokens: SoftTokens;
  let bank: Started;
  const serveWith = (...keys: string[]) => ['bank', 'serve', '--data', data, '--port', '0', ...keys];
  const keys = () => ['--keys', tokens.uri('operators'), '--root-keys', tokens.uri('root')];
  const start = () => startTapnote(serveWith(...keys()), URL_SAID, { env: tokens.env });
  const counter = (...args: string[]) =>
    tapnote(['bank', ...args, '--bank', bank.found, '--token-file', `${data}/counter-token`]);
  /** An end before the bank has begun. */
  const refused = async (...args: string[]) => {
    const { status, out, err } = await tapnote(serveWith(...args), tokens.env);
    expect(`${out}${err}`).not.toContain(SOFT_PIN);
    return `${status} ${/\[([a-z-]+)\]\n$/.exec(err)?.[1]}`;
  };

  beforeAll(async () => {
    tokens = softTokens();
    for (const label of ['operators', 'root', 'empty']) tokens.init(label);
    bank = await start();
  });
  afterAll(async () => {
    await bank.end('SIGTERM');
    tokens.remove();
  });

  it('signs with them: a device gets certificate, profile and notes, and syncs', async () => {
    const device = await serve(['--simulate']);
    const at = ['--port', device.port, '--bank', bank.found];
    const state = {
      XDG_STATE_HOME: temporary('keyed-state'),
      TAPNOTE_COUNTER_TOKEN_FILE: `${data}/counter-token`,
    };
    const made = await tapnote(['provision', ...at, '--name', 'Mei', '--amount', '700'], state);
    expect(`${made.status} ${made.err}`).toBe('0 ');
    const [, id, account] = /device ([0-9a-f]{16}) is a wallet.*account (\d+)/s.exec(made.out)!;

    await counter('deposit', account, '300');
    await counter('load', account, id, '300');
    for (const pid of helpersOf(bank.pid)) process.kill(pid, 'SIGKILL');
    tokens.unplug();
    const torn = await tapnote(['sync', ...at]);
    expect(`${torn.status} ${torn.err}`).toMatch(/\[bank-token\]\n$/);
    expect((await counter('statement', account, '--json')).out).toContain('"offline": 1000');
    tokens.plugIn();
    await expect.poll(async () => (await tapnote(['sync', ...at])).status, { timeout: 60_000 }).toBe(0);
    const audit = await counter('audit');
    expect(`${audit.status} ${audit.out}`).toContain('all money is there');
    await device.kill();
  });

  it('has the root’s token open for a renewal alone, which fails without it and leaves nothing', async () => {
    expect(helpersOf(bank.pid)).toHaveLength(1);
    const pin = readFileSync(tokens.pinFile);
    writeFileSync(tokens.pinFile, '');
    expect((await counter('renew-key', '1')).err).toContain('[bank-token]');
    writeFileSync(tokens.pinFile, '0000\n');
    expect((await counter('renew-key', '1')).err).toContain('[bank-token-pin]');
    writeFileSync(tokens.pinFile, pin);
    expect((await counter('renew-key', '1', '--in-days', '0')).err).toBe('');
    // The root's is told to end, and ends when the machine comes to it.
    await expect.poll(() => helpersOf(bank.pid), { timeout: 60_000 }).toHaveLength(1);
    const told = JSON.parse((await counter('keys', '--json')).out);
    expect(told.map(({ version, state }: { version: number; state: string }) => [version, state])).toEqual([
      [0, 'replaced'],
      [0, 'signs'],
      [1, 'signs'],
    ]);
  });

  it('certifies users of a platform with a key of its own in it', async () => {
    const [, publicKey] = /^([0-9a-f]{64})\n$/.exec((await counter('platform', '1', '--make')).out)!;
    const account = JSON.parse((await counter('account', 'Lin', '--json')).out).account as number;
    await counter('credit', `${account}`, '--line', '500', '--quota', '500');
    const file = temporary('platform-certificate');
    const key = Buffer.from(opensslCrypto.ed25519KeyFromSeed(new Uint8Array(32).fill(5)).subarray(32));
    const made = await counter('certificate', `${account}`, '--key', key.toString('hex'), '--out', file);
    expect(`${made.status} ${made.err}`).toBe('0 ');
    const certificate = AccountCertificate.parse(Uint8Array.from(readFileSync(file)))!;
    const platform = Uint8Array.from(Buffer.from(publicKey, 'hex'));
    expect(certificate.verify(opensslCrypto, platform)).toBe(true);
  });

  it('tells which keys are in the token to other programs too, and lets none out', () => {
    const args = ['--module', SOFT_MODULE, '--token-label', 'operators', '--login', '--pin', SOFT_PIN, '-O'];
    const listed = execFileSync('pkcs11-tool', args, {
      env: { ...process.env, ...tokens.env },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    for (const name of ['operator 1 key 0', 'operator 2 key 0', 'operator 1 key 1', 'platform 1'])
      expect(listed).toContain(`label:      tapnote ${name}\n`);
    expect(listed).toMatch(
      /Private Key Object.*\n.*label.*\n.*ID.*\n.*\n\s+Access:\s+sensitive, always sensitive, never extractable/,
    );
  });

  it('is not opened without its keys, and says why', async () => {
    expect(await bank.end('SIGTERM')).toBe(0);
    expect(bank.said()).not.toContain(SOFT_PIN);
    expect(await refused()).toBe('3 token');
    expect(await refused('--keys', tokens.uri('nobody'))).toBe('3 token');
    expect(await refused('--keys', tokens.uri('empty'))).toBe('3 token-key');
    expect(await refused('--keys', tokens.uri('operators', ''))).toBe('3 token');
    expect(await refused('--keys', tokens.uri('operators').replace(SOFT_MODULE, '/dev/null'))).toBe(
      '3 token',
    );
    expect(await refused('--keys', tokens.uri('operators', `&pin-value=${SOFT_PIN}`))).toBe('2 keys-uri');
    expect(await refused('--keys', 'operators')).toBe('2 keys-uri');
    expect(await refused('--root-keys', tokens.uri('root'))).toBe('2 missing-option');
    const wrong = temporary('wrong-pin', '0000\n');
    expect(await refused('--keys', tokens.uri('operators', `&pin-source=${wrong}`))).toBe('3 token-pin');
    bank = await start();
    expect((await counter('audit')).status).toBe(0);
  });
});
