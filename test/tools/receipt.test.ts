import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BankServer } from '../../sim/bank/server/http.js';
import type { Town } from '../../sim/world/town.js';
import { isInstalled } from '../../tools/xs/process.js';
import { type Served, serve } from '../support/console.js';
import { TOKEN } from '../support/counter-token.js';
import { skipWithout } from '../support/external.js';
import { leavesInFlight, offlineTotal, pays, syncs, townOf } from '../support/town.js';
import { failsWith, tapnote, temporary } from './run-cli.js';

/** A pseudo-terminal is made by python3, and set up by stty. */
const missing = ['python3', 'stty'].find((program) => !isInstalled(program));
const skipped = skipWithout(missing === undefined, missing ?? '');

const PIN = '2468';
/** As many as the simulated board has. */
const FLASH_SECTORS = 256;

let town: Town;
let server: BankServer;
let bank: string;
let root: string;
/** Entries of the watch: of an accepted payment, of one that was voided, of one that is in flight. */
const entries = { accepted: 0, voided: 0, inFlight: 0 };
let flash: string;

beforeAll(async () => {
  town = await townOf({
    stall: { category: 5812 },
    watch: { loaded: 10_000, pin: PIN, flashSectors: FLASH_SECTORS },
  });
  const { device } = town.resident('watch');
  const { terminal } = town.resident('stall').device;
  await pays(town, 'watch', 'stall', 1_250);
  entries.accepted = device.wallet.ledger.sequence;
  const order = await leavesInFlight(town, 'watch', 'stall', 700);
  terminal.cancel(order);
  town.touch('stall', 'watch', terminal.order('resume', 0));
  entries.voided = device.wallet.ledger.sequence;
  await leavesInFlight(town, 'watch', 'stall', 300);
  entries.inFlight = device.wallet.ledger.sequence;
  town.world.rest(device);
  flash = temporary('receipt-watch.bin', device.nor.exportImage());
  server = new BankServer(town.bank, { token: TOKEN });
  bank = await server.listen();
  root = Buffer.from(town.bank.rootPublicKey).toString('hex');
});
afterAll(async () => {
  const accounts = await Promise.all(
    ['watch', 'stall'].map((name) => town.bank.balance(town.resident(name).account)),
  );
  const available = accounts.reduce((sum, account) => sum + account.available, 0);
  expect((await offlineTotal(town)) + available).toBe(10_000);
  await server.close();
});

const verify = (file: string, ...args: string[]) => tapnote(['receipt', 'verify', file, ...args]);

describe.skipIf(skipped)(`a receipt on the command line${missing ? ` (skipped: no ${missing})` : ''}`, () => {
  let board: Served;
  beforeAll(async () => {
    board = await serve(['--simulate', '--flash', flash]);
  });
  afterAll(() => board.kill());

  const exportTo = (out: string, sequence: number, pin = PIN) =>
    tapnote([
      'receipt',
      'export',
      '--port',
      board.port,
      '--sequence',
      `${sequence}`,
      '--pin',
      pin,
      '--out',
      out,
    ]);

  it('is exported, checked by the root’s key alone, and says what it proves and what not', async () => {
    const file = temporary('accepted.receipt');
    const list = ['receipt', 'list', '--port', board.port, '--pin', PIN];
    const told = await tapnote(list);
    expect([told.status, told.err]).toEqual([0, '']);
    expect(told.out).toMatch(
      new RegExp(`^${entries.accepted - 1} +paid to +1250 +\\d{4}-.*Z +[0-9a-f]{16}$`, 'm'),
    );
    const [newest] = JSON.parse((await tapnote([...list, '--lines', '1', '--json', '-'])).out);
    expect(newest).toMatchObject({ sequence: entries.inFlight, kind: 'out', amount: 300 });
    const done = await exportTo(file, entries.accepted);
    expect([done.status, done.err]).toEqual([0, '']);
    expect(done.out).toContain('839 bytes');
    const key = temporary('root-key', `${root}\n`);
    for (const given of [root.toUpperCase(), key]) {
      const { status, out, err } = await verify(file, '--root', given);
      expect([status, err]).toEqual([0, '']);
      expect(out).toContain('the payee has signed that it has it');
      expect(out).toContain('12.50 CNY');
      expect(out).toMatch(/payer +device [0-9a-f]{16} \(person\)/);
      expect(out).toMatch(/payee +device [0-9a-f]{16} \(merchant, category 5812\)/);
      expect(out).toContain('hot list');
      expect(out).toContain('paid with it twice');
    }
    const json = JSON.parse((await verify(file, '--root', root, '--json', '-')).out);
    const id = (name: string) => Buffer.from(town.resident(name).id).toString('hex');
    expect(json).toMatchObject({
      outcome: 'accepted',
      amount: 1_250,
      currency: 'CNY',
      payer: { device: id('watch'), role: 'person', operator: 1 },
      payee: { device: id('stall'), role: 'merchant', category: 5812, operator: 1 },
    });
    expect(json.notProven.length).toBeGreaterThan(0);
  });

  it('of a payment that was refused says so', async () => {
    const file = temporary('void.receipt');
    expect((await exportTo(file, entries.voided)).status).toBe(0);
    const { status, out } = await verify(file, '--root', root);
    expect(status).toBe(0);
    expect(out).toContain('has not taken it and never will');
    expect(out).toMatch(/void +\d{4}-/);
    expect(JSON.parse((await verify(file, '--root', root, '--json', '-')).out)).toMatchObject({
      outcome: 'void',
      amount: 700,
    });
  });

  it('says in one line, with a code, why there is none; nothing is written then', async () => {
    const file = temporary('none.receipt');
    for (const [sequence, pin, code, status] of [
      [entries.inFlight, PIN, 'receipt-unanswered', 1],
      [1, PIN, 'receipt-no-payment', 1],
      [999, PIN, 'receipt-no-entry', 1],
      [entries.accepted, '1111', 'receipt-pin', 1],
      [0, PIN, 'invalid-argument', 2],
      [1, '12', 'invalid-argument', 2],
    ] as const) {
      const ended = await exportTo(file, sequence, pin);
      expect([ended.status, ended.out, ended.err]).toEqual([status, '', failsWith(code)]);
    }
    expect(() => readFileSync(file)).toThrow();
    const nowhere = await exportTo(temporary('no-such-folder/x/../../..'), entries.accepted);
    expect([nowhere.status, nowhere.err]).toEqual([2, failsWith('file-unwritable')]);
  });

  it('that was worked on, or is under another root, proves nothing', async () => {
    const file = temporary('good.receipt');
    await exportTo(file, entries.accepted);
    const good = readFileSync(file);
    const changed = (at: number) => good.map((byte, i) => (i === at ? byte ^ 1 : byte));
    for (const [bytes, code, status] of [
      [Buffer.concat([good, Buffer.of(0)]), 'receipt-malformed', 1],
      [good.subarray(1), 'receipt-malformed', 1],
      [Buffer.alloc(0), 'receipt-malformed', 1],
      [Buffer.alloc(5_000), 'file-size', 2],
      [changed(60), 'receipt-other-transfer', 1],
      [changed(good.length - 1), 'receipt-other-transfer', 1],
    ] as const) {
      const bad = temporary('bad.receipt');
      writeFileSync(bad, bytes);
      const ended = await verify(bad, '--root', root);
      expect([ended.status, ended.out, ended.err]).toEqual([status, '', failsWith(code)]);
    }
    const other = await verify(file, '--root', '11'.repeat(32));
    expect([other.status, other.out, other.err]).toEqual([1, '', failsWith('receipt-root')]);
    for (const [given, code] of [
      ['12', 'file-missing'],
      [file, 'root-key'],
    ] as const)
      expect(await verify(file, '--root', given)).toMatchObject({ status: 2, err: failsWith(code) });
    expect(await verify(file)).toMatchObject({ status: 2, err: failsWith('missing-option') });
  });

  it('comes from the bank as well, the same to the byte, also where the device has none', async () => {
    const token = temporary('receipt-token', TOKEN);
    const { account, id } = town.resident('watch');
    const hex = Buffer.from(id).toString('hex');
    const fromBank = (out: string, sequence: number, of = account) =>
      tapnote([
        ...['bank', 'receipt', `${of}`, hex, '--sequence', `${sequence}`, '--out', out],
        ...['--bank', bank, '--token-file', token],
      ]);
    const [mine, theirs] = [temporary('mine.receipt'), temporary('theirs.receipt')];
    const early = await fromBank(theirs, entries.accepted);
    expect([early.status, early.err]).toEqual([1, failsWith('bank-unknown-payment')]);
    await exportTo(mine, entries.accepted);
    await syncs(town, 'stall', 'watch');
    const done = await fromBank(theirs, entries.accepted);
    expect([done.status, done.err]).toEqual([0, '']);
    expect(readFileSync(theirs)).toEqual(readFileSync(mine));
    expect((await verify(theirs, '--root', root)).status).toBe(0);
    const wrong = await fromBank(theirs, entries.accepted, town.resident('stall').account);
    expect([wrong.status, wrong.err]).toEqual([1, failsWith('bank-unknown-device')]);
    const settled = await fromBank(theirs, 1);
    expect([settled.status, settled.err]).toEqual([1, failsWith('bank-unknown-payment')]);
  });
});
