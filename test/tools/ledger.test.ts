import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Bank } from '../../sim/bank/bank.js';
import { parseCheckpoint } from '../../sim/bank/ledger/checkpoint.js';
import { BankClient } from '../../sim/bank/server/client.js';
import type { ScriptedDevice } from '../sim/bank/scripted-device.js';
import { enrolDevice } from '../sim/bank/world.js';
import { skipWithout } from '../support/external.js';
import { failsWith, ROOT, type Started, startTapnote, tapnote, temporary } from './run-cli.js';

const BANK_SAID = /^bank: (\S+)\n.*Ctrl-C/ms;
const GO_PACKAGES = '/usr/share/gocode';
const go = ['go', '/usr/bin/go'].find((name) => spawnSync(name, ['version']).status === 0);
const hasGo = go !== undefined && existsSync(`${GO_PACKAGES}/src/golang.org/x/mod/sumdb/note`);
const withoutGo = skipWithout(hasGo, 'Go, or golang-golang-x-mod-dev');

/** The same text, with another letter behind what is found. */
const otherAfter = (text: string, found: RegExp): string => {
  const { index, 0: before } = found.exec(text)!;
  const end = index + before.length;
  return `${text.slice(0, end)}${text[end] === 'A' ? 'B' : 'A'}${text.slice(end + 1)}`;
};

const PAYMENTS = [
  [0, 1, 120],
  [1, 2, 45],
  [2, 0, 3],
  [0, 1, 120],
  [1, 0, 7],
] as const;

/** A bank and three witnesses in processes of their own, a market day, and what its people kept of it. */
describe('the ledger of a market day', () => {
  const data = temporary('ledger-bank');
  const copy = temporary('ledger-copy');
  const kept = temporary('ledger-kept');
  const token = `${data}/counter-token`;
  const supervisor = `${kept}/supervisor.key`;
  const proofs: { file: string; operator: number }[] = [];
  const witnesses: Started[] = [];
  let bank: Started;
  let mirrored: Awaited<ReturnType<typeof tapnote>>;

  const serve = (...more: string[]) =>
    startTapnote(['bank', 'serve', '--data', data, '--port', '0', ...more], BANK_SAID);
  const shown = async (path: string): Promise<string> => (await fetch(`${bank.found}/ledger/${path}`)).text();
  const sizes = async () =>
    Promise.all([1, 2].map(async (operator) => parseCheckpoint(await shown(`${operator}/checkpoint`))?.size));
  const policy = (operator: number) => `${copy}/operator-${operator}/policy`;
  const verify = (file: string, operator: number, ...more: string[]) =>
    tapnote(['ledger', 'verify', file, '--policy', policy(operator), ...more]);

  async function settle(): Promise<ScriptedDevice[]> {
    const client = new BankClient(bank.found, readFileSync(token, 'utf8').trim());
    const sync = async (device: ScriptedDevice) => {
      const line = client.openSync();
      await device.sync((message) => line.step(message));
    };
    const people: ScriptedDevice[] = [];
    for (const [i, name] of ['lin', 'mei', 'rui'].entries())
      people.push(
        await enrolDevice(client as unknown as Bank, name, { money: 500, operator: 1 + (i % 2) }, sync),
      );
    for (const [from, to, amount] of PAYMENTS)
      people[from].book(people[to].take(people[from].pay(people[to], amount)));
    for (const person of people) await sync(person);
    return people;
  }

  beforeAll(async () => {
    mkdirSync(kept);
    bank = await serve();
    const keys = (await Promise.all([1, 2].map((operator) => shown(`${operator}/policy`)))).map(
      (text) => /^log (\S+)$/m.exec(text)![1],
    );
    expect(await bank.end('SIGTERM')).toBe(0);
    const lines: string[] = [];
    for (const [name, logs] of [
      ['central-bank', keys],
      ['operator-1', [keys[1]]],
      ['operator-2', [keys[0]]],
    ] as const) {
      const args = ['--data', `${kept}/${name}`, '--name', `example/${name}`, '--port', '0'];
      const witness = await startTapnote(
        ['ledger', 'witness', ...args, ...logs.flatMap((key) => ['--log', key])],
        /^witness: (\S+)\n.*Ctrl-C/ms,
      );
      witnesses.push(witness);
      lines.push(`witness ${name} ${/^key: (\S+)$/m.exec(witness.said())![1]} ${witness.found}`);
    }
    const file = `${kept}/witnesses`;
    writeFileSync(file, [...lines, 'quorum none', ''].join('\n'));
    bank = await serve('--witnesses', file);
    const people = await settle();
    while (`${await sizes()}` !== '5,4') await new Promise((resolve) => setTimeout(resolve, 50));
    const client = new BankClient(bank.found, readFileSync(token, 'utf8').trim());
    for (const [i, { identity, id }] of people.entries())
      for (let sequence = 1; sequence < 20; sequence++) {
        const proof = await client.ledgerProof(identity.account, id, sequence).catch(() => undefined);
        if (proof === undefined) continue;
        const found = { file: `${kept}/${i}-${sequence}.tlog-proof`, operator: 1 + (i % 2) };
        writeFileSync(found.file, proof);
        proofs.push(found);
      }
    const at = ['--bank', bank.found, '--token-file', token];
    const [first] = people;
    const written = await tapnote([
      'ledger',
      'proof',
      `${first.identity.account}`,
      Buffer.from(first.id).toString('hex'),
      ...at,
      '--sequence',
      '2',
      '--out',
      `${kept}/own.tlog-proof`,
    ]);
    expect(`${written.status} ${written.err}`).toBe('0 ');
    expect((await tapnote(['ledger', 'supervisor', ...at, '--out', supervisor])).status).toBe(0);
    mirrored = await tapnote(['ledger', 'mirror', bank.found, '--to', copy]);
    await bank.end('SIGTERM');
    rmSync(data, { recursive: true });
  });
  afterAll(async () => {
    for (const witness of witnesses) expect(await witness.end('SIGTERM')).toBe(0);
  });

  it('is copied leaf by leaf, and says whose word the policy is', () => {
    expect(`${mirrored.status} ${mirrored.err}`).toBe('0 ');
    expect(mirrored.out).toMatch(/operator-1: tapnote\/[0-9a-f]{16}\/operator-1, 5 leaves, 5 new\n/);
    expect(mirrored.out).toContain('the bank’s own word');
    expect(statSync(supervisor).mode & 0o777).toBe(0o600);
  });

  it('proves a payment when the bank’s server is gone, by keys alone', async () => {
    const { status, out, err } = await verify(`${kept}/own.tlog-proof`, 1);
    expect(`${status} ${err}`).toBe('0 ');
    expect(out).toMatch(
      /Proven: the operator has settled this.*amount +1\.20 CNY.*cosigned +by central-bank.*by operator-2/s,
    );
    expect((await verify(`${kept}/own.tlog-proof`, 2)).err).toMatch(/\[ledger-log\]\n$/);
    const proven = JSON.parse((await verify(`${kept}/own.tlog-proof`, 1, '--json', '-')).out);
    expect(proven).toMatchObject({ proves: 'payment', amount: 120, payerOperator: 1, payeeOperator: 2 });
    expect((await tapnote(['ledger', 'show', `${kept}/own.tlog-proof`])).out).toMatch(
      /amount +1\.20 CNY.*Not verified/s,
    );
  });

  it('refuses a proof that was changed anywhere, each in one line with its code', async () => {
    const good = readFileSync(`${kept}/own.tlog-proof`, 'utf8');
    const [, hash] = /^index .*\n(\S+)$/m.exec(good)!;
    for (const [name, text, code] of [
      ['record', otherAfter(good, /^extra .{150}/m), 'ledger-malformed'],
      ['commitment', otherAfter(good, /^extra .{20}/m), 'ledger-malformed'],
      ['ciphertext', otherAfter(good, /^extra .{70}/m), 'ledger-inclusion'],
      ['index', good.replace(/^index \d+/m, 'index 3'), 'ledger-inclusion'],
      ['path', good.replace(hash, Buffer.alloc(32).toString('base64')), 'ledger-inclusion'],
      ['cosigners', good.replace(/^— example\/central-bank .*\n/m, ''), 'ledger-quorum'],
      ['size', good.replace('\n5\n', '\n6\n'), 'ledger-log'],
      ['nothing', 'nothing', 'ledger-malformed'],
    ]) {
      const file = temporary(`changed-${name}`, text);
      const { status, out, err } = await verify(file, 1);
      expect([name, status, out]).toEqual([name, 1, '']);
      expect(err).toMatch(new RegExp(`^error: .*\\[${code}.*\\]\n$`));
    }
  });

  it('is opened by the central bank from the copies, and adds up', async () => {
    const { status, out } = await tapnote(['ledger', 'audit', copy, '--supervisor', supervisor]);
    expect(`${status} ${out}`).toContain('9 leaves, 9 opened, 0 whose ciphertexts are deleted');
    expect(out).toMatch(/operator 1 +-188\n.*operator 2 +188\n.*agree/s);
    const wrong = temporary('no-supervisor', `${'0'.repeat(64)}\n`);
    expect((await tapnote(['ledger', 'audit', copy, '--supervisor', wrong])).status).toBe(1);
    expect((await tapnote(['ledger', 'show', copy])).out).toMatch(
      /leaves +5\n.*(\d) of \1 are kept\n.*signed by example\/central-bank/s,
    );
  });

  it('needs no bank for its errors: no copy, no policy, no key', async () => {
    for (const [args, code] of [
      [['show', kept], 'no-copy'],
      [['verify', `${kept}/own.tlog-proof`, '--policy', supervisor], 'policy'],
      [['mirror', 'http://127.0.0.1:9', '--to', `${kept}/none`], 'bank-unreachable'],
      [['witness', '--data', `${kept}/none`, '--name', 'w', '--log', 'x'], 'log-key'],
    ] as const) {
      const { err } = await tapnote(['ledger', ...args]);
      expect(err).toEqual(failsWith(code));
    }
  });

  it.skipIf(withoutGo)('has proofs that Go’s own packages accept, every one, and refuse when changed', () => {
    const program = temporary('verify-proofs');
    const source = `${ROOT}test/tools/verify-proofs.go`;
    expect(readFileSync(source, 'utf8').trimEnd().split('\n').length).toBeLessThanOrEqual(60);
    const env = { ...process.env, GO111MODULE: 'off', GOPATH: GO_PACKAGES, GOCACHE: temporary('go-cache') };
    execFileSync(go!, ['build', '-o', program, source], { env });
    const run = (operator: number, files: readonly string[]) =>
      spawnSync(program, [policy(operator), ...files], { encoding: 'utf8' });
    for (const operator of [1, 2]) {
      const files = proofs.filter((each) => each.operator === operator).map(({ file }) => file);
      expect(files.length).toBeGreaterThan(4);
      const { status, stdout } = run(operator, files);
      expect([status, stdout]).toEqual([0, files.map((file) => `accepted 3 ${file}\n`).join('')]);
      const [file] = files;
      const text = readFileSync(file, 'utf8');
      const [, extra] = /^extra (\S+)$/m.exec(text)!;
      const entry = Buffer.from(extra, 'base64');
      entry[8] ^= 1;
      for (const [i, changed] of [
        text.replace(extra, entry.toString('base64')),
        text.replace(/^index \d+/m, (line) => (line === 'index 3' ? 'index 2' : 'index 3')),
        otherAfter(text, /^— example\S+ .{20}/m),
      ].entries())
        expect(run(operator, [temporary(`go-${operator}-${i}`, changed)]).status).not.toBe(0);
    }
  });
});
