import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StatusWord } from '../../../firmware/protocol/status-word.js';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import { Town } from '../../../sim/world/town.js';
import { provision } from '../../../tools/cli/serial/provision.js';
import { carrySync, SyncError, type SyncLine } from '../../../tools/cli/serial/sync.js';
import { impatient, Workbench } from '../../support/console.js';
import { stationOf } from '../../support/station.js';

const AMOUNT = 1_000;
const MORE = 500;

let town: Town;
beforeAll(async () => {
  town = await Town.open({ crypto: opensslCrypto, seed: 6, start_s: 1_800_000_000 });
});
afterAll(() => town.close());

/** A wallet that holds AMOUNT, for which more has been loaded at the bank. */
async function loaded() {
  const bench = new Workbench();
  const options = { name: 'Mei', amount: AMOUNT, currency: 'CNY', category: 0 };
  const { id, account } = await provision(bench.client, stationOf(town.bank), options, () => {});
  await town.bank.deposit(account!, MORE);
  await town.bank.load(account!, id, MORE);
  return { bench, id, account: account! };
}

type Loaded = Awaited<ReturnType<typeof loaded>>;

/** In the account and on the device, as the bank has it; and the device agrees. */
async function expectSettled({ bench, account }: Loaded): Promise<void> {
  expect(bench.board.wallet!.ledger.held).toBe(AMOUNT + MORE);
  const { available, offline } = await town.bank.balance(account);
  expect([available, offline]).toEqual([0, AMOUNT + MORE]);
  expect((await town.bank.audit()).faults).toEqual([]);
}

/** A carrier that is cut off before or after the bank gets message `last`. */
function torn(last: number, isAfter: boolean): SyncLine {
  const line = town.bank.openSync();
  let messages = 0;
  return {
    step: async (message) => {
      if (++messages < last) return line.step(message);
      if (isAfter) await line.step(message);
      throw new Error('cut off');
    },
  };
}

describe('a sync over the cable', () => {
  it('settles a wallet that is locked down, again and again', async () => {
    const device = await loaded();
    expect(await carrySync(device.bench.client, town.bank.openSync())).toBeGreaterThan(2);
    await expectSettled(device);
    await carrySync(device.bench.client, town.bank.openSync());
    await expectSettled(device);
  });

  it('goes on where it was cut off, at any message', async () => {
    const device = await loaded();
    const { client } = device.bench;
    for (let last = 1; last <= 6; last++)
      for (const isAfter of [false, true])
        await carrySync(client, torn(last, isAfter)).catch((error: Error) =>
          expect(error.message).toBe('cut off'),
        );
    await carrySync(client, town.bank.openSync());
    await expectSettled(device);
  });

  it('survives a pulled plug at any flash operation', async () => {
    const device = await loaded();
    const { bench } = device;
    for (let operation = 1; operation <= 8; operation++) {
      bench.pullPlugAt(operation);
      await carrySync(impatient(bench), town.bank.openSync()).catch(() => undefined);
      bench.plugIn();
      expect([AMOUNT, AMOUNT + MORE]).toContain(bench.board.wallet!.ledger.held);
    }
    await carrySync(bench.client, town.bank.openSync());
    await expectSettled(device);
  });

  it('is ended by a message that was changed on the way, and nothing is lost', async () => {
    const device = await loaded();
    const line = town.bank.openSync();
    const spoilt: SyncLine = {
      step: async (message) =>
        (await line.step(message)).map((byte, i, all) => (i === all.length - 1 ? byte ^ 1 : byte)),
    };
    await expect(carrySync(device.bench.client, spoilt)).rejects.toBeInstanceOf(SyncError);
    await carrySync(device.bench.client, town.bank.openSync());
    await expectSettled(device);
  });

  it('is refused by a device without a certificate, in words', async () => {
    const ended = carrySync(new Workbench().client, town.bank.openSync());
    await expect(ended).rejects.toMatchObject({ statusWord: StatusWord.wrongLifecycle });
  });
});
