import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { StoreError } from '../../firmware/store/errors.js';
import { opensslCrypto as crypto } from '../../hal/crypto/openssl.js';
import type { Terms } from '../../sim/bank/platform/terms.js';
import { PowerCut } from '../../sim/chip/power-cut.js';
import { Town } from '../../sim/world/town.js';
import { fileEngine } from '../support/file-engine.js';

const START_S = 1_800_000_000;
const DAY_S = 86_400;
const LIFE_DAYS = 4;
const MONEY = 100_000;
const QUOTA = 20_000;
const TERMS = { quota: QUOTA, life_s: LIFE_DAYS * DAY_S };

let town: Town;
let residents = 0;
beforeAll(async () => {
  const database = await fileEngine();
  town = await Town.open({ crypto, seed: 28, start_s: START_S, database, schema: `accounts_${process.pid}` });
  await town.bank.platform.make(1);
});
afterEach(async () => {
  const audit = await town.audit();
  expect(audit.faults).toEqual([]);
  expect(audit.bank.deposited).toBe(audit.bank.available + audit.held + audit.bank.inFlight);
});

/** Somebody with a wearable, whose account is billed by these terms; null: by none. */
async function somebody(terms: Partial<Terms> | null = TERMS) {
  const name = `watch ${++residents}`;
  const { account, device } = await town.enrol(name, { deposit: MONEY, face: 'screen' });
  if (terms) await town.bank.platform.setTerms(account, terms);
  const sync = async (tearAfter?: number) => (await town.sync(name, tearAfter)).outcome;
  return { name, account, device, sync };
}

/** How many certificates the platform has issued: it numbers them. */
async function issued(): Promise<number> {
  const { device, sync } = await somebody();
  expect(await sync()).toBe('done');
  return device.wallet.codes.certificate!.serial;
}

async function pass(days: number): Promise<void> {
  town.world.pass(days * DAY_S);
  await town.tick();
}

describe('an account certificate', () => {
  it('comes with the first sync after the terms, and makes codes that a scanner believes', async () => {
    const { account, device, sync } = await somebody(null);
    expect(await sync()).toBe('done');
    expect(device.wallet.codes.refusal).toBe('no-certificate');
    await town.bank.platform.setTerms(account, TERMS);
    expect(await sync()).toBe('done');
    const { code } = device.wallet.codes.make();
    expect(code?.verify(crypto)).toBe(true);
    expect(code?.certificate.verify(crypto, town.bank.platform.publicKey(1))).toBe(true);
    expect(code?.certificate.quota).toBe(QUOTA);
  });

  it('is renewed by a sync in the second half of its life, and by none before', async () => {
    const { device, sync } = await somebody();
    await sync();
    const first = device.wallet.codes.certificate!;
    await pass(LIFE_DAYS / 2 - 0.1);
    await sync();
    expect(device.wallet.codes.certificate!.bytes).toEqual(first.bytes);
    await pass(0.2);
    await sync();
    const second = device.wallet.codes.certificate!;
    expect(second.notAfter_s).toBeGreaterThan(first.notAfter_s);
    expect(second.pseudonym).not.toEqual(first.pseudonym);
    expect(device.wallet.codes.make().code?.counter).toBe(1);
  });

  it('has run out for who was away, and the next sync brings another', async () => {
    const { device, sync } = await somebody();
    await sync();
    await pass(LIFE_DAYS + 1);
    expect(device.wallet.codes.make().why).toBe('expired');
    expect(await sync()).toBe('done');
    expect(device.wallet.codes.make().code?.counter).toBe(1);
  });

  it('is one, however often the sync is torn, and whatever message is lost', async () => {
    const before = await issued();
    const { name, device, sync } = await somebody();
    let torn = 0;
    for (let messages = 0; messages < 12; messages++) if ((await sync(messages)) === 'torn') torn++;
    expect(torn).toBeGreaterThan(3);
    expect(await sync()).toBe('done');
    expect(await town.agrees(name)).toBe(true);
    expect(device.wallet.codes.certificate?.serial).toBe(before + 1);
    expect(await issued()).toBe(before + 2);
  });

  it('is there whole or not at all, in whatever operation of the flash power fails', async () => {
    const before = await issued();
    const { name, device, sync } = await somebody();
    let cuts = 0;
    for (let operation = 1; operation <= 30; operation++) {
      device.nor.cutAtOperation(operation, () => 0x5a5a5a5a);
      try {
        if ((await sync()) !== 'done') cuts++;
      } catch (error) {
        if (!(error instanceof PowerCut) && !(error instanceof StoreError)) throw error;
        cuts++;
      }
      device.powerOff();
      device.powerOn();
      const { code } = device.wallet.codes.make();
      if (code) expect(code.verify(crypto)).toBe(true);
    }
    expect(cuts).toBeGreaterThan(5);
    expect(await sync()).toBe('done');
    expect(await town.agrees(name)).toBe(true);
    expect(device.wallet.codes.certificate?.serial).toBe(before + 1);
    expect(await issued()).toBe(before + 2);
  });

  it('is not for who has promised the platform all that they have: the sync is done all the same', async () => {
    const { name, device, sync } = await somebody({ ...TERMS, quota: MONEY });
    await sync();
    const first = device.wallet.codes.certificate!;
    await pass(LIFE_DAYS - 1);
    expect(await sync()).toBe('done');
    expect(await town.agrees(name)).toBe(true);
    expect(device.wallet.codes.certificate!.bytes).toEqual(first.bytes);
    expect(device.wallet.codes.make().code).toBeDefined();
  });

  it('is not for a device that the bank has stopped', async () => {
    const before = await issued();
    const { device, sync, account } = await somebody(null);
    await sync();
    await town.bank.platform.setTerms(account, TERMS);
    await town.bank.suspend(device.wallet.certificate.id);
    await sync();
    expect(device.wallet.codes.certificate).toBeUndefined();
    expect(await issued()).toBe(before + 1);
  });
});
