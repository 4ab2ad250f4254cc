import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enrolStatement } from '../../../sim/bank/accounts/enrol.js';
import type { Bank } from '../../../sim/bank/bank.js';
import { hex } from '../../../sim/bank/bytes.js';
import { BankClient } from '../../../sim/bank/server/client.js';
import { decodeCbor } from '../../../sim/bank/server/codec.js';
import { BankServer } from '../../../sim/bank/server/http.js';
import { openLocalBank } from '../../../sim/host/local-bank.js';
import { TOKEN } from '../../support/counter-token.js';
import { crypto, enrolDevice, limits, openBank, START_S, seededEntropy, syncDevice } from './world.js';

let bank: Bank;
const folder = mkdtempSync(join(tmpdir(), 'tapnote-'));
beforeAll(async () => {
  bank = await openBank();
});
afterAll(() => rmSync(folder, { recursive: true }));

let people = 0;
const person = (money: number) => enrolDevice(bank, `x${people++}`, { money });

describe('an honest device', () => {
  it('syncs with whatever a hostile peer made it refuse, and the peer is named', async () => {
    const victim = await person(100);
    for (const lie of [
      { currency: new Uint8Array(3) },
      { currency: new TextEncoder().encode('EUR') },
      { purpose: 7 },
      { created_s: 0xffffffff, claimBy_s: 0xffffffff },
      { sequence: 0xffffffff },
    ]) {
      const rogue = await person(50);
      const before = victim.sequence;
      const inputs = [{ id: rogue.notes[0].note.id, amount: 50 }];
      victim.refuse(rogue.sign(victim, inputs, 0, lie));
      victim.refuse(rogue.sign(victim, [{ id: new Uint8Array(8), amount: 1 }], 0, lie));
      await syncDevice(bank, victim);
      expect(victim.held).toBe(100);
      const asides = (await bank.asides(victim.id)).filter(({ sequence }) => sequence > before);
      expect(asides.length).toBeGreaterThan(0);
      expect(asides.every(({ author }) => author && hex(author) === hex(rogue.id))).toBe(true);
    }
    const { devices } = await bank.hotList();
    expect(devices.map((entry) => hex(entry.device))).not.toContain(hex(victim.id));
    expect((await bank.audit()).faults).toEqual([]);
  });
});

describe('CBOR from outside', () => {
  /**
   * RFC 8949 has no such thing; some decoders know tags 28 and 29, with which a value is named and repeated.
   */
  function bomb(depth: number): Uint8Array {
    const bytes: number[] = [];
    for (let level = 0; level < depth; level++) bytes.push(0xd8, 28, 0x88);
    bytes.push(0xd8, 28, 0x80);
    for (let level = depth; level > 0; level--) for (let i = 0; i < 7; i++) bytes.push(0xd8, 29, level);
    return Uint8Array.from(bytes);
  }

  it.each([
    ['shared references', bomb(4)],
    ['a tag', Uint8Array.of(0xc1, 0x01)],
    ['an array without end', Uint8Array.of(0x9f, 0x01, 0xff)],
    ['a text in parts', Uint8Array.of(0x7f, 0x61, 0x61, 0xff)],
    ['more than one item', Uint8Array.of(0x01, 0x01)],
    ['a number that is not in its shortest form', Uint8Array.of(0x18, 0x01)],
    ['the same key twice', Uint8Array.of(0xa2, 0x61, 0x61, 0x01, 0x61, 0x61, 0x02)],
    ['deep nesting', new Uint8Array(64).fill(0x81)],
    ['a length beyond the end', Uint8Array.of(0x9a, 0xff, 0xff, 0xff, 0xff)],
    ['a text that is not UTF-8', Uint8Array.of(0x61, 0xff)],
    ['nothing', new Uint8Array(0)],
  ])('is refused: %s', (_, bytes) => {
    expect(decodeCbor(bytes)).toBeUndefined();
  });
});

describe('bank time', () => {
  it('moves in bounded steps that an operator has signed, and never near the end of 32 bits', async () => {
    const other = await openBank();
    const server = new BankServer(other, { token: TOKEN });
    const client = new BankClient(await server.listen(), TOKEN);
    for (const now_s of [0xffffffff, 0xfffffff0, START_S + 400 * 86_400, START_S - 1, Number.NaN]) {
      await expect(other.tick(now_s)).rejects.toMatchObject({ code: 'time' });
    }
    const step = other.signClockStep(1, START_S + 60);
    await expect(client.tick({ ...step, now_s: START_S + 61 })).rejects.toMatchObject({ code: 'signature' });
    await client.tick(step);
    expect(other.time_s).toBe(START_S + 60);
    await expect(client.tick(step)).rejects.toMatchObject({ code: 'signature' });
    await server.close();
  });
});

describe('the hot list', () => {
  it('keeps a proven cheat, however many devices are reported lost', async () => {
    const [thief, shop, early] = [await person(100), await person(0), await person(10)];
    const copy = thief.clone();
    const earlyCopy = early.clone();
    shop.take(thief.pay(shop, 60));
    shop.take(copy.pay(shop, 70));
    await bank.reportLost(early.id);
    await syncDevice(bank, shop);
    for (let i = 0; i < 513; i++) await bank.reportLost((await enrolUnsynced(`f${i}`)).id);
    const listed = async () => new Set((await bank.hotList()).devices.map(({ device }) => hex(device)));
    expect(await listed()).toContain(hex(thief.id));
    // One that was pushed off as lost comes back when it is proven.
    expect(await listed()).not.toContain(hex(early.id));
    shop.take(early.pay(shop, 5));
    shop.take(earlyCopy.pay(shop, 6));
    await syncDevice(bank, shop);
    expect(await listed()).toContain(hex(early.id));
  });

  const enrolUnsynced = (name: string) => enrolDevice(bank, name, {}, async () => {});
});

describe('the folder of a bank', () => {
  it('is one process’s at a time', async () => {
    const path = join(folder, 'locked');
    const first = await openLocalBank(path, { currency: 'CNY' });
    await expect(openLocalBank(path, { currency: 'CNY' })).rejects.toThrow(`process ${process.pid}`);
    await first.close();
    writeFileSync(join(path, 'lock'), '999999\n'); // left behind by a process that is gone
    await (await openLocalBank(path, { currency: 'CNY' })).close();
  });

  it('is opened for the first time whole or not at all', async () => {
    const good = seededEntropy('first');
    for (let fills = 1; fills < 12; fills++) {
      let left = fills;
      const failing = {
        fill(target: Uint8Array) {
          if (left-- === 0) throw new Error('cut');
          good.fill(target);
        },
      };
      const schema = `cut_${fills}`;
      const failed = await openBank({ schema, entropy: failing }).then(
        () => false,
        () => true,
      );
      const opened = await openBank({ schema, entropy: good });
      expect(await opened.reserves(1)).toMatchObject({ quota: 1e12 });
      if (!failed) break;
    }
  });
});

describe('the bank over HTTP', () => {
  it('does not call it a fault of its own when a caller hangs up', async () => {
    const faults: string[] = [];
    const log = { info() {}, error: (_: object, message: string) => void faults.push(message) };
    const server = new BankServer(bank, { token: TOKEN, log });
    const { port } = new URL(await server.listen());
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), '127.0.0.1', () => {
        const type = 'content-type: application/cbor';
        socket.write(`POST /v1/sync HTTP/1.1\r\nhost: x\r\n${type}\r\ncontent-length: 100\r\n\r\nabc`, () =>
          socket.destroy(),
        );
      });
      socket.on('close', () => setTimeout(resolve, 100));
    });
    await server.close();
    expect(faults).toEqual([]);
  });
});

describe('enrolment', () => {
  it('can be asked again by whoever holds the key, and gives the same answer', async () => {
    const key = crypto.ed25519KeyFromSeed(new Uint8Array(32).fill(77));
    const signingKey = key.slice(32);
    const ask = async (account: number) => {
      const challenge = await bank.challenge();
      const proof = crypto.ed25519Sign(key, enrolStatement(challenge, signingKey));
      const keys = { signingKey, challenge, proof };
      return bank.enrol({ account, ...keys, role: 0, category: 0, tier: 1, limits });
    };
    const account = await bank.createAccount(1, 'first');
    const given = await ask(account);
    expect(given.account).toBe(account);
    const again = await ask(await bank.createAccount(1, 'second'));
    expect(again).toEqual({ ...given, time_s: bank.time_s });
  });
});
