import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Bank } from '../../../sim/bank/bank.js';
import type { ScriptedDevice } from './scripted-device.js';
import { enrolDevice, openBank, syncDevice } from './world.js';

const bankOf = (first: number, second: number, permille: number): Promise<Bank> =>
  openBank({
    operators: [
      { number: 1, name: 'a part', reserves: first, reservePermille: permille },
      { number: 2, name: 'all', reserves: second },
    ],
  });

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    ({ code }) => code,
  );

/** What is out has its reserves, to the unit; what may still be issued is by the ratio. */
async function expectByRatio(bank: Bank, operator: number): Promise<void> {
  const { frozen, permille, quota, backing } = await bank.reserves(operator);
  expect(frozen * 1_000).toBeGreaterThanOrEqual(backing * permille);
  expect(quota + backing).toBe(Math.floor((frozen * 1_000) / permille));
  expect(Math.min(frozen, quota, backing)).toBeGreaterThanOrEqual(0);
}

async function loaded(bank: Bank, operator: number, money: number, name = 'x'): Promise<ScriptedDevice> {
  return enrolDevice(bank, name, { operator, money });
}

describe('an operator that freezes a part of what it issues', () => {
  it('issues by its ratio, to the last unit, and one that freezes all no more than that', async () => {
    const bank = await bankOf(500, 500, 200);
    for (const [operator, most] of [
      [1, 2_500],
      [2, 500],
    ]) {
      const device = await enrolDevice(bank, `d${operator}`, { operator });
      const { account } = device.identity;
      await bank.deposit(account, 3_000);
      expect(await codeOf(bank.load(account, device.id, most + 1))).toBe('quota');
      expect(await codeOf(bank.load(account, device.id, most))).toBe('done');
      expect(await codeOf(bank.load(account, device.id, 1))).toBe('quota');
      await syncDevice(bank, device);
      expect(device.held).toBe(most);
      await expectByRatio(bank, operator);
    }
    expect((await bank.audit()).ok).toBe(true);
  });

  it('pays whole for what goes to customers of others: from its own reserves, then from what it is lent', async () => {
    const bank = await bankOf(500, 10_000, 500);
    const payer = await loaded(bank, 1, 1_000, 'payer');
    const payee = await loaded(bank, 2, 0, 'payee');
    expect(await bank.reserves(1)).toMatchObject({ frozen: 500, quota: 0, backing: 1_000, advance: 0 });
    payer.book(payee.take(payer.pay(payee, 600)));
    for (const device of [payer, payee]) await syncDevice(bank, device);
    // 400 are still out: 200 frozen for them. 600 went, of which it had 500.
    expect(await bank.reserves(1)).toMatchObject({ frozen: 200, quota: 0, backing: 400, advance: 300 });
    expect(await bank.reserves(2)).toMatchObject({ frozen: 10_600, quota: 10_000, backing: 600, advance: 0 });
    // What it freezes pays that back first.
    await bank.freezeReserves(1, 350);
    expect(await bank.reserves(1)).toMatchObject({ frozen: 250, quota: 100, backing: 400, advance: 0 });
    expect((await bank.audit()).ok).toBe(true);
  });

  it('is given another ratio, as far as what is out allows it', async () => {
    const bank = await bankOf(500, 0, 250);
    await loaded(bank, 1, 1_000);
    expect(await codeOf(bank.setReserveRatio(1, 501))).toBe('quota');
    expect(await codeOf(bank.setReserveRatio(1, 500))).toBe('done');
    expect(await bank.reserves(1)).toMatchObject({ frozen: 500, permille: 500, quota: 0, backing: 1_000 });
    expect(await codeOf(bank.releaseReserves(1, 1))).toBe('quota');
    expect(await codeOf(bank.setReserveRatio(1, 1))).toBe('done');
    expect(await bank.reserves(1)).toMatchObject({ frozen: 500, quota: 499_000 });
    expect(await codeOf(bank.releaseReserves(1, 500))).toBe('quota');
    expect(await codeOf(bank.releaseReserves(1, 499))).toBe('done');
    expect(await bank.reserves(1)).toMatchObject({ free: 499, frozen: 1, quota: 0, backing: 1_000 });
    expect(await codeOf(bank.setReserveRatio(1, 0))).toBe('malformed');
    expect(await codeOf(bank.setReserveRatio(1, 1_001))).toBe('malformed');
    expect(await codeOf(bank.setReserveRatio(3, 500))).toBe('unknown-operator');
    expect(await codeOf(bank.freezeReserves(3, 5))).toBe('unknown-operator');
    expect((await bank.audit()).ok).toBe(true);
  });

  it('keeps its ratio whatever is issued, paid, unloaded, frozen and released', async () => {
    const step = fc.record({
      what: fc.constantFrom('pay', 'load', 'unload', 'freeze', 'release', 'ratio', 'settle'),
      from: fc.nat(3),
      to: fc.nat(3),
      amount: fc.integer({ min: 1, max: 700 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 1_000 }),
        fc.array(step, { minLength: 5, maxLength: 25 }),
        async (permille, steps) => {
          const bank = await bankOf(1_000, 1_000, permille);
          const devices: ScriptedDevice[] = [];
          for (let i = 0; i < 4; i++) devices.push(await loaded(bank, 1 + (i % 2), 200, `p${i}`));
          for (const { what, from, to, amount } of steps) {
            const [payer, payee] = [devices[from], devices[to]];
            const { account } = payer.identity;
            const operator = 1 + (from % 2);
            if (what === 'pay' && payer !== payee && amount <= payer.held)
              payer.book(payee.take(payer.pay(payee, amount)));
            if (what === 'settle') await syncDevice(bank, payer);
            if (what === 'load') {
              await bank.deposit(account, amount);
              await codeOf(bank.load(account, payer.id, amount));
            }
            if (what === 'unload') await bank.unload(account, payer.id, amount);
            if (what === 'freeze') await bank.freezeReserves(operator, amount);
            if (what === 'release') await codeOf(bank.releaseReserves(operator, amount));
            if (what === 'ratio') await codeOf(bank.setReserveRatio(operator, amount));
            for (const each of [1, 2]) await expectByRatio(bank, each);
          }
          for (const device of [...devices, ...devices]) await syncDevice(bank, device);
          for (const each of [1, 2]) await expectByRatio(bank, each);
          expect(await bank.audit()).toMatchObject({ ok: true, owed: [] });
        },
      ),
      { numRuns: 12 },
    );
  });
});
