import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventCode, NOTICES } from '../../../firmware/app/event-log.js';
import { FIRMWARE_VERSION } from '../../../firmware/app/version.js';
import { ConsoleCommand, ConsoleStatus } from '../../../firmware/console/codes.js';
import { buildFrame } from '../../../firmware/console/frame.js';
import { Lifecycle } from '../../../firmware/payment/lifecycle.js';
import { AID, buildCommand, CLA_ISO, Ins } from '../../../firmware/protocol/apdu.js';
import { crc32 } from '../../../hal/crc32.js';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import packageFile from '../../../package.json' with { type: 'json' };
import { hex } from '../../../sim/bank/bytes.js';
import { Town } from '../../../sim/world/town.js';
import { readLog } from '../../../tools/cli/serial/log.js';
import { provision } from '../../../tools/cli/serial/provision.js';
import { statusOf, Workbench } from '../../support/console.js';
import { stationOf } from '../../support/station.js';

const AMOUNT = 1_000;
const OPTIONS = { name: 'Mei', amount: AMOUNT, currency: 'CNY', category: 0 };

let town: Town;
beforeAll(async () => {
  town = await Town.open({ crypto: opensslCrypto, seed: 5, start_s: 1_800_000_000 });
});
afterAll(() => town.close());

async function provisioned(): Promise<Workbench> {
  const bench = new Workbench();
  await provision(bench.client, stationOf(town.bank), OPTIONS, () => {});
  return bench;
}

describe('the console', () => {
  it('has the version of the package', () => {
    expect(FIRMWARE_VERSION).toBe(packageFile.version);
  });

  it('makes a blank device a wallet with money on it', async () => {
    const bench = await provisioned();
    const identity = await bench.client.identify();
    expect(identity.lifecycle).toBe(Lifecycle.active);
    expect(identity.publicKey).toHaveLength(32);
    expect(bench.board.wallet?.ledger.held).toBe(AMOUNT);
  });

  it('shows its owner that it is set up as soon as the first sync is done, without a restart', async () => {
    const bench = new Workbench();
    const notified = async (): Promise<string[]> =>
      (await readLog(bench.client))
        .filter(({ code }) => code === EventCode.notified)
        .map(({ detail }) => NOTICES[detail]);
    expect(await notified()).toEqual(['blank']);
    await provision(bench.client, stationOf(town.bank), OPTIONS, () => {});
    expect(await notified()).toEqual(['blank', 'ready']);
    bench.plugIn();
    expect(await notified()).toEqual(['ready']);
  });

  it('is locked down once it is one: what makes a wallet is refused, what an owner needs is not', async () => {
    const { client, board } = await provisioned();
    const provisionWith = (apdu: Uint8Array) => statusOf(client.ask(ConsoleCommand.provision, apdu));
    const zeros = (length: number) => new Uint8Array(length);
    for (const apdu of [
      buildCommand(Ins.select, AID, { cla: CLA_ISO, p1: 4 }),
      buildCommand(Ins.makeKeys, zeros(3)),
      buildCommand(Ins.prove, zeros(32)),
      buildCommand(Ins.personalise, zeros(600)),
      buildCommand(Ins.setPin, zeros(12)),
      buildCommand(Ins.hello, zeros(64)),
      buildCommand(Ins.secure, zeros(64)),
      buildCommand(Ins.envelope, zeros(0), { cla: CLA_ISO, long: true }),
    ]) {
      expect(await provisionWith(apdu)).toBe(ConsoleStatus.lockedDown);
    }
    const owner: [number, number[]][] = [
      [ConsoleCommand.identify, []],
      [ConsoleCommand.log, [0, 0, 0, 0]],
      [ConsoleCommand.selfTest, [0]],
      [ConsoleCommand.bench, [0]],
      [ConsoleCommand.diagnose, [2, 0]],
    ];
    for (const [command, payload] of owner)
      expect(await statusOf(client.ask(command, Uint8Array.from(payload)))).toBe(ConsoleStatus.ok);
    expect(board.wallet?.ledger.held).toBe(AMOUNT);
  });

  it('carries no payment, locked down or not', async () => {
    const { client } = new Workbench();
    for (const ins of [Ins.hello, Ins.secure, Ins.envelope]) {
      const apdu = buildCommand(ins, new Uint8Array(64));
      expect(await statusOf(client.ask(ConsoleCommand.provision, apdu))).toBe(ConsoleStatus.malformed);
    }
  });

  it('tells no secret: nothing of the seeds is in anything that it answers', async () => {
    const bench = new Workbench();
    let heard = '';
    const { onBytes } = bench.port;
    bench.port.onBytes = (bytes) => {
      heard += hex(bytes);
      onBytes(bytes);
    };
    await provision(bench.client, stationOf(town.bank), { ...OPTIONS, pin: '1234' }, () => {});
    for (let index = 0; index < 9; index++)
      await bench.client.ask(ConsoleCommand.selfTest, Uint8Array.of(index));
    const seed = hex(bench.board.wallet!.signingKey.subarray(0, 32));
    expect(heard).toContain(hex(bench.board.wallet!.publicKey));
    for (const secret of [seed, hex(bench.board.wallet!.agreement.secret)])
      expect(heard).not.toContain(secret);
  });

  it('survives whatever comes over the cable, and moves no money for it', async () => {
    const bench = await provisioned();
    const { wallet } = bench.board;
    const before = [wallet!.ledger.sequence, wallet!.ledger.held];
    const framed = fc
      .tuple(fc.nat(255), fc.nat(255), fc.uint8Array({ maxLength: 80 }))
      .map(([code, tag, payload]) => buildFrame(crc32, { code, tag, payload }));
    const apdus = fc
      .tuple(fc.constantFrom(0x00, 0x80), fc.nat(255), fc.uint8Array({ maxLength: 200 }))
      .map(([cla, ins, data]) => buildCommand(ins, data, { cla }))
      .map((payload) => buildFrame(crc32, { code: ConsoleCommand.provision, tag: 1, payload }));
    const bytes = fc.oneof(framed, apdus, fc.uint8Array({ maxLength: 80 }));
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 6 }), (all) => {
        for (const each of all) bench.send(each);
      }),
      { numRuns: 150 },
    );
    bench.pass(60_000);
    expect([wallet!.ledger.sequence, wallet!.ledger.held]).toEqual(before);
    expect((await bench.client.identify()).lifecycle).toBe(Lifecycle.active);
  });

  it('tells a host of another version its own', async () => {
    const bench = new Workbench();
    let heard: Uint8Array = new Uint8Array(0);
    bench.port.onBytes = (bytes) => {
      heard = bytes;
    };
    bench.send(buildFrame(crc32, { code: 1, tag: 7, payload: new Uint8Array(0), version: 9 }));
    expect([...heard.subarray(8, 10)]).toEqual([ConsoleStatus.version, 1]);
  });
});
