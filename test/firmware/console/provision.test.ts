import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConsoleCommand } from '../../../firmware/console/codes.js';
import { NO_WALLET } from '../../../firmware/console/identity.js';
import { Lifecycle } from '../../../firmware/payment/lifecycle.js';
import { AID, buildCommand, CLA_ISO, Ins } from '../../../firmware/protocol/apdu.js';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import { hex } from '../../../sim/bank/bytes.js';
import { ascii } from '../../../sim/world/test-bank.js';
import { Town } from '../../../sim/world/town.js';
import { ProvisionError, type ProvisionOptions, provision } from '../../../tools/cli/serial/provision.js';
import type { Bank, ProvisioningStation } from '../../../tools/cli/serial/station.js';
import { impatient, Workbench } from '../../support/console.js';
import { stationOf } from '../../support/station.js';

const AMOUNT = 1_000;
const PIN = '2468';
const OPTIONS: ProvisionOptions = { name: 'Mei', amount: AMOUNT, currency: 'CNY', category: 0, pin: PIN };
const { pin: _, ...WITHOUT_PIN } = OPTIONS;
const QUIET = () => {};

let town: Town;
beforeAll(async () => {
  town = await Town.open({ crypto: opensslCrypto, seed: 6, start_s: 1_800_000_000 });
});
afterAll(() => town.close());

/**
 * Whatever has happened before: a second run ends with the wallet that was asked for, and with the PUK of its
 * PIN.
 */
async function carryOn(bench: Workbench, records: ProvisioningStation, where: string): Promise<void> {
  const between = await bench.client.identify();
  expect(between.lifecycle, where).not.toBe(NO_WALLET);
  const { puk, id, account } = await provision(bench.client, records, OPTIONS, QUIET);
  const wallet = bench.board.wallet!;
  expect(wallet.lifecycle, where).toBe(Lifecycle.active);
  expect(wallet.ledger.held, where).toBe(AMOUNT);
  expect(await town.bank.accountOf(id), where).toBe(account);
  expect(wallet.verifyPin(ascii(PIN), new Uint8Array(8)), where).toBe('right');
  expect(puk, where).toMatch(/^\d{8}$/);
  expect(wallet.unlockPin(ascii(puk!), ascii('1357')), where).toBe('right');
}

describe('a device whose provisioning is cut off', () => {
  /** Flash operations of a provisioning that nothing disturbs. */
  async function operations(): Promise<number> {
    const bench = new Workbench();
    const { counters } = bench.nor;
    const before = counters.programs + counters.erases;
    await provision(bench.client, stationOf(town.bank), OPTIONS, QUIET);
    return counters.programs + counters.erases - before;
  }

  it('by the plug, at any flash operation, goes on when it is run again', async () => {
    const all = await operations();
    expect(all).toBeGreaterThan(12);
    for (let operation = 1; operation <= all; operation++) {
      const bench = new Workbench();
      const records = stationOf(town.bank);
      bench.pullPlugAt(operation);
      let key = '';
      await provision(impatient(bench), records, OPTIONS, (line) => {
        key ||= /public: (\w+)/.exec(line)?.[1] ?? '';
      }).catch(QUIET);
      bench.plugIn();
      await carryOn(bench, records, `cut at flash operation ${operation} of ${all}`);
      // A key that a host has been told is the key for good.
      if (key !== '') expect(key).toBe(hex(bench.board.wallet!.publicKey));
    }
  });

  it('by the end of the host, after any answer of the device or the bank, goes on when it is run again', async () => {
    class HostDied extends Error {}
    let steps = Number.MAX_SAFE_INTEGER;
    /** The answer has been given, and nobody is there to take it. */
    const mortal = <T extends object>(target: T): T =>
      new Proxy(target, {
        get: (_, name) => {
          const member = Reflect.get(target, name);
          if (typeof member !== 'function' || name === 'openSync') return member;
          return async (...args: unknown[]) => {
            const answer = await member.apply(target, args);
            if (--steps === 0) throw new HostDied();
            return answer;
          };
        },
      });
    for (let last = 1; ; last++) {
      const bench = new Workbench();
      const records = stationOf(mortal(town.bank));
      steps = last;
      const run = provision(mortal(bench.client), records, OPTIONS, QUIET);
      const isOver = await run.then(
        () => true,
        (error) => {
          if (error instanceof HostDied) return false;
          throw error;
        },
      );
      steps = Number.MAX_SAFE_INTEGER;
      await carryOn(bench, records, `host gone after step ${last}`);
      if (isOver) {
        expect(last).toBeGreaterThan(12);
        return;
      }
    }
  });
});

describe('a device that is not blank, or not quite', () => {
  async function setPin({ client }: Workbench, digits: string): Promise<void> {
    await client.ask(ConsoleCommand.provision, buildCommand(Ins.select, AID, { cla: CLA_ISO, p1: 4 }));
    const response = await client.ask(ConsoleCommand.provision, buildCommand(Ins.setPin, ascii(digits)));
    expect(hex(response)).toBe('9000');
  }

  it('says of a PIN that a stranger has left that it is there', async () => {
    const bench = new Workbench();
    expect((await bench.client.identify()).hasPin).toBe(false);
    await setPin(bench, '666666661111');
    expect(await bench.client.identify()).toMatchObject({ hasPin: true, hasKeys: false });
    bench.plugIn();
    expect((await bench.client.identify()).hasPin).toBe(true);
  });

  it('has the PIN of its owner, and not the stranger’s', async () => {
    const bench = new Workbench();
    await setPin(bench, '666666661111');
    await carryOn(bench, stationOf(town.bank), 'after a stranger');
  });

  it('has no PIN when its owner sets none, whatever a stranger has set', async () => {
    const bench = new Workbench();
    await setPin(bench, '666666661111');
    const notified: string[] = [];
    await provision(bench.client, stationOf(town.bank), WITHOUT_PIN, (line) => notified.push(line));
    expect(notified.join('\n')).toContain('is taken away');
    expect(await bench.client.identify()).toMatchObject({ hasPin: false, lifecycle: Lifecycle.active });
    bench.plugIn();
    expect(bench.board.wallet?.pin.set).toBe(false);
  });

  it('is already a wallet of this bank: nothing is done', async () => {
    const bench = new Workbench();
    const records = stationOf(town.bank);
    const first = await provision(bench.client, records, WITHOUT_PIN, QUIET);
    const { counters } = bench.nor;
    const before = counters.programs;
    const again = await provision(bench.client, records, WITHOUT_PIN, QUIET);
    expect(again).toMatchObject({ began: 'active', account: first.account });
    expect(counters.programs).toBe(before);
  });

  it('is a wallet of another bank: it says of which, and how to start over', async () => {
    const bench = new Workbench();
    const records = stationOf(town.bank);
    await provision(bench.client, records, WITHOUT_PIN, QUIET);
    const stranger: Bank = Object.assign(Object.create(town.bank), { accountOf: async () => undefined });
    const again = provision(bench.client, { ...records, bank: stranger, where: 'elsewhere' }, OPTIONS, QUIET);
    const error: unknown = await again.catch((each: unknown) => each);
    expect(error).toBeInstanceOf(ProvisionError);
    expect(error).toMatchObject({ code: 'other-bank' });
    expect((error as Error).message).toMatch(
      /wallet of the bank at memory, not of elsewhere.*erase_partition/,
    );
  });
});
