import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Outcome } from '../../../../firmware/objects/receipt.js';
import type { Bank } from '../../../../sim/bank/bank.js';
import { hex } from '../../../../sim/bank/bytes.js';
import { parseCheckpoint } from '../../../../sim/bank/ledger/checkpoint.js';
import {
  BLIND_BYTES,
  commitmentTo,
  ENTRY_BYTES,
  entriesOf,
  LeafType,
  OPENING_BYTES,
  parseEntry,
  parseRecord,
  periodOf,
} from '../../../../sim/bank/ledger/leaf.js';
import { mirrorLog } from '../../../../sim/bank/ledger/mirror.js';
import { parsePolicy } from '../../../../sim/bank/ledger/policy.js';
import { parseProof, verifyProof } from '../../../../sim/bank/ledger/proof.js';
import type { Publisher } from '../../../../sim/bank/ledger/publisher.js';
import { superviseMirrors } from '../../../../sim/bank/ledger/supervision.js';
import { ENTRIES, tilePath, tilesOf } from '../../../../sim/bank/ledger/tiles.js';
import { BankClient } from '../../../../sim/bank/server/client.js';
import { BankServer } from '../../../../sim/bank/server/http.js';
import { TOKEN } from '../../../support/counter-token.js';
import type { ScriptedDevice } from '../scripted-device.js';
import { crypto, enrolDevice, openBank, START_S, seededEntropy, syncDevice } from '../world.js';
import { MemoryShelf, marketDay, type OwnWitness, sourceOf, text, witnessed } from './market.js';

let bank: Bank;
let server: BankServer;
let client: BankClient;
let url: string;
let publisher: Publisher;
let witnesses: OwnWitness[];
let silent: string[];
let people: ScriptedDevice[];
/** Between operators, within one, both ways, the same sum twice. */
const PAYMENTS = [
  { from: 0, to: 1, amount: 30 },
  { from: 1, to: 0, amount: 12 },
  { from: 0, to: 2, amount: 7 },
  { from: 1, to: 3, amount: 7 },
  { from: 3, to: 2, amount: 5 },
];

beforeAll(async () => {
  bank = await openBank();
  ({ publisher, witnesses, silent } = witnessed(bank));
  server = new BankServer(bank, { token: TOKEN });
  url = await server.listen();
  client = new BankClient(url, TOKEN);
  people = await marketDay(bank, PAYMENTS);
  await publisher.publish();
});
afterAll(() => server.close());

const get = async (path: string) => {
  const response = await fetch(`${url}/ledger/${path}`);
  return {
    status: response.status,
    headers: response.headers,
    bytes: new Uint8Array(await response.arrayBuffer()),
  };
};
const policyFrom = async (operator: number) =>
  parsePolicy(crypto, text((await get(`${operator}/policy`)).bytes));
const shown = async (operator: number) => parseCheckpoint(text((await get(`${operator}/checkpoint`)).bytes))!;

/** Copies of both logs, over HTTP. */
async function copies(): Promise<MemoryShelf[]> {
  const shelves = [new MemoryShelf(), new MemoryShelf()];
  for (const [i, shelf] of shelves.entries()) {
    const source = async (path: string) => {
      const { status, bytes } = await get(`${i + 1}/${path}`);
      return status === 200 ? bytes : undefined;
    };
    await mirrorLog(crypto, await policyFrom(i + 1), source, shelf);
  }
  return shelves;
}

describe('the logs of the operators', () => {
  it('have a leaf for each payment that was settled, in the log of each operator that it concerns', async () => {
    expect(silent).toEqual([]);
    expect([(await shown(1)).size, (await shown(2)).size]).toEqual([4, 4]);
    const { opened, faults, net } = await superviseMirrors(crypto, bank.logs.supervisor, await copies());
    expect(faults).toEqual([]);
    for (const operator of [1, 2]) {
      const own = opened.filter((each) => each.operator === operator);
      expect(own.map(({ record }) => record.amount).sort((x, y) => x - y)).toEqual([5, 7, 12, 30]);
    }
    expect(net).toEqual({ CNY: { 1: 12 - 30 + 5, 2: 30 - 12 - 5 } });
  });

  it('are served as the tiles of C2SP, each for good, and the checkpoint for now', async () => {
    for (const operator of [1, 2]) {
      const { size } = await shown(operator);
      for (const name of tilesOf(size)) {
        const { status, headers, bytes } = await get(`${operator}/${tilePath(name)}`);
        expect(status).toBe(200);
        expect(headers.get('content-type')).toBe('application/octet-stream');
        expect(headers.get('cache-control')).toContain('immutable');
        expect(bytes.length).toBe(name.width * (name.level === ENTRIES ? ENTRY_BYTES + 2 : 32));
      }
    }
    const { headers } = await get('1/checkpoint');
    expect(headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(text((await get('')).bytes)).not.toBe('');
    expect(await (await fetch(`${url}/ledger`)).text()).toBe('1\n2\n');
  });

  it.each([
    '3/checkpoint',
    '01/checkpoint',
    '1/nothing',
    '1/tile/0/001',
    '1/tile/0/000',
    '1/tile/0/000.p/200',

    `1/ciphertext/${'0'.repeat(64)}`,
    '99999/policy',
  ])('have nothing at %s', async (path) => {
    expect((await get(path)).status).toBe(404);
  });

  it('stay as they are while nothing is settled', async () => {
    const before = [await get('1/checkpoint'), await get('2/checkpoint')];
    await publisher.publish();
    expect([(await get('1/checkpoint')).bytes, (await get('2/checkpoint')).bytes]).toEqual(
      before.map(({ bytes }) => bytes),
    );
  });

  it('go on where they were when the bank is opened again', async () => {
    const schema = `ledger_again_${process.pid}`;
    const first = await openBank({ schema });
    await marketDay(first, [{ from: 0, to: 1, amount: 2 }], 2);
    await first.logs.integrate();
    const second = await openBank({ schema, entropy: seededEntropy('the same bank, later') });
    await marketDay(second, [{ from: 0, to: 1, amount: 1 }], 2);
    const other = witnessed(second);
    await other.publisher.publish();
    const policy = parsePolicy(crypto, text(await second.logs.file(1, 'policy')));
    const mirrored = await mirrorLog(crypto, policy, sourceOf(second, 1), new MemoryShelf());
    expect(mirrored.size).toBe(2);
    expect(second.logs.all).toEqual(first.logs.all);
  });

  it('say that a payment was taken back, when its payee had refused it', async () => {
    const payer = await enrolDevice(bank, 'taken-back-payer', { money: 50, operator: 1 });
    const payee = await enrolDevice(bank, 'taken-back-payee', { operator: 1 });
    const transfer = payer.pay(payee, 20);
    payer.book(payee.receiptFor(transfer, Outcome.accepted));
    await syncDevice(bank, payer);
    payee.refuse(transfer);
    await syncDevice(bank, payee);
    await publisher.publish();
    const { opened } = await superviseMirrors(crypto, bank.logs.supervisor, await copies());
    const own = opened.filter(({ record }) => hex(record.transfer) === hex(transfer.hash(crypto)));
    expect(own.map(({ type }) => type)).toEqual([LeafType.payment, LeafType.reversal]);
  });
});

describe('the proof of a payment', () => {
  const sequenceOf = async (device: ScriptedDevice) => {
    for (let sequence = 1; sequence < 40; sequence++) {
      const proof = await client
        .ledgerProof(device.identity.account, device.id, sequence)
        .catch(() => undefined);
      if (proof !== undefined) return { sequence, proof };
    }
    throw new Error('no entry of the journal is proved');
  };

  it('is got by the owner of either device, and verified by keys alone', async () => {
    for (const [i, operator] of [
      [0, 1],
      [1, 2],
    ]) {
      const { proof } = await sequenceOf(people[i]);
      const parsed = parseProof(proof)!;
      const entry = parsed.extra.subarray(0, ENTRY_BYTES);
      const opening = parsed.extra.subarray(ENTRY_BYTES);
      expect(verifyProof(crypto, await policyFrom(operator), parsed, entry)).toMatchObject({
        cosigned: [{}, {}],
      });
      expect(verifyProof(crypto, await policyFrom(3 - operator), parsed, entry)).toBe('log');
      expect(verifyProof(crypto, await policyFrom(operator), parsed, entry.with(9, entry[9] ^ 1))).toBe(
        'inclusion',
      );
      expect(parseEntry(entry)).toMatchObject({ operator, period: periodOf(START_S) });
      expect(opening.length).toBe(OPENING_BYTES);
      expect(commitmentTo(crypto, opening)).toEqual(parseEntry(entry)!.commitment);
      const record = parseRecord(opening.subarray(BLIND_BYTES));
      expect([record.payer, record.payee].map(hex)).toContain(hex(people[i].id));
      expect(proof.length).toBeLessThan(2_048);
    }
  });

  it('is there when the log shows the payment, and not before', async () => {
    const [payer, payee] = await marketDay(bank, [{ from: 0, to: 1, amount: 9 }], 2);
    // The first entry is the settlement that brought the money.
    const ask = () => client.ledgerProof(payer.identity.account, payer.id, 2);
    await expect(ask()).rejects.toMatchObject({ code: 'unlogged' });
    await publisher.publish();
    expect(parseProof(await ask())).toBeDefined();
    await expect(client.ledgerProof(payee.identity.account, payer.id, 2)).rejects.toMatchObject({
      code: 'unknown-device',
    });
    await expect(client.ledgerProof(payer.identity.account, payer.id, 1)).rejects.toMatchObject({
      code: 'unknown-payment',
    });
    await expect(new BankClient(url).ledgerProof(payer.identity.account, payer.id, 2)).rejects.toMatchObject({
      code: 'unauthorized',
    });
  });
});

describe('a log', () => {
  it('shows nothing new while too few have cosigned, and all when they are back', async () => {
    const before = await shown(1);
    await marketDay(bank, [{ from: 0, to: 2, amount: 4 }]);
    const central = witnesses[0];
    const { ask } = central;
    Object.assign(central, { ask: async () => Promise.reject(new Error('it cannot be reached')) });
    await publisher.publish();
    expect((await shown(1)).size).toBe(before.size);
    expect(silent.at(-1)).toMatch(/central-bank.*it cannot be reached/);
    Object.assign(central, { ask });
    await publisher.publish();
    expect((await shown(1)).size).toBeGreaterThan(before.size);
  });

  it('forgets a period: what was sealed is gone, and every proof still holds', async () => {
    const [operator] = [1];
    const before = await copies();
    expect(await client.forgetLedger(periodOf(START_S))).toBe(0);
    // What is settled this month would go too.
    await expect(client.forgetLedger(periodOf(START_S) + 1)).rejects.toMatchObject({ code: 'not-yet' });
    await bank.tick(START_S + 31 * 86_400);
    expect(await client.forgetLedger(periodOf(bank.time_s))).toBeGreaterThan(0);
    const bundle = await get(`${operator}/tile/entries/000.p/1`);
    const { ciphertext } = parseEntry(entriesOf(bundle.bytes)![0])!;
    expect((await get(`${operator}/ciphertext/${hex(ciphertext)}`)).status).toBe(404);
    const after = await copies();
    const { forgotten, leaves } = await superviseMirrors(crypto, bank.logs.supervisor, after);
    expect(forgotten).toBe(leaves);
    expect((await superviseMirrors(crypto, bank.logs.supervisor, before)).forgotten).toBe(0);
    expect((await bank.audit()).faults).toEqual([]);
  });
});
