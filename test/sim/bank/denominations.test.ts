import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AMOUNT_MAX } from '../../../firmware/limits.js';
import type { Bank } from '../../../sim/bank/bank.js';
import { faultOfDenominations, ONE_TWO_FIVE, valuesOf } from '../../../sim/bank/settlement/denominations.js';
import type { ScriptedDevice } from './scripted-device.js';
import { enrolDevice, openBank, syncDevice } from './world.js';

const NOTES_MAX = 32;
const rising = fc
  .uniqueArray(fc.integer({ min: 2, max: AMOUNT_MAX }), { maxLength: 40 })
  .map((values) => [1, ...values.sort((a, b) => a - b)]);
/** 1, and each the one before it so many times. */
function products(factors: readonly number[]): number[] {
  const values = [1];
  for (const factor of factors) values.push(values[values.length - 1] * factor);
  return values.filter((value) => value <= AMOUNT_MAX);
}

const steps = fc.array(fc.integer({ min: 2, max: 6 }), { minLength: 8, maxLength: 30 }).map(products);

describe('a sum', () => {
  it('comes in notes of the denominations, to the fen, and never in more than a wallet keeps room for', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.constant(ONE_TWO_FIVE), rising, steps),
        fc.oneof(fc.integer({ min: 1, max: AMOUNT_MAX }), fc.integer({ min: 1, max: 100_000 })),
        (denominations, sum) => {
          if (faultOfDenominations(denominations) !== undefined) return;
          const values = valuesOf({ denominations }, sum);
          expect(values.reduce((total, value) => total + value, 0)).toBe(sum);
          expect(values.every((value) => denominations.includes(value))).toBe(true);
          expect(values.length).toBeLessThanOrEqual(NOTES_MAX);
        },
      ),
    );
  });

  it('is refused in denominations of which some sum takes too many', () => {
    const small = fc.array(fc.integer({ min: 2, max: 90 }), { maxLength: 3 });
    fc.assert(
      fc.property(small, (factors) => {
        expect(faultOfDenominations(products(factors))).toContain('more than a wallet takes');
      }),
    );
  });

  it.each([
    [[2, 5], 'not every sum'],
    [[1, 5, 5], 'do not rise'],
    [[1, 5, 2], 'do not rise'],
    [[1, 1.5], 'no amount'],
    [[1, AMOUNT_MAX + 1], 'no amount'],
  ])('is not issued in %j', async (denominations, why) => {
    expect(faultOfDenominations(denominations)).toContain(why);
    await expect(openBank({ parameters: { denominations } })).rejects.toMatchObject({
      code: 'denominations',
    });
  });

  it('is one note, or as many as an amount takes, where none are fixed', () => {
    expect(valuesOf({ denominations: [] }, 98_765)).toEqual([98_765]);
    expect(valuesOf({ denominations: [] }, AMOUNT_MAX + 5)).toEqual([AMOUNT_MAX, 5]);
  });
});

const valuesOn = (device: ScriptedDevice): number[] =>
  device.notes.filter(({ left }) => left > 0).map(({ note }) => note.value);

async function expectWhole(bank: Bank, deposited: number): Promise<void> {
  const { faults, currencies } = await bank.audit();
  expect(faults).toEqual([]);
  expect(currencies.CNY.deposited).toBe(deposited);
  expect(currencies.CNY.available + currencies.CNY.onDevices).toBe(deposited);
}

describe('a bank that issues fixed denominations', () => {
  it('gives them out, takes change back, and renews what was received in them', async () => {
    const bank = await openBank({ parameters: { denominations: ONE_TWO_FIVE } });
    const [payer, payee] = [await enrolDevice(bank, 'a', { money: 987 }), await enrolDevice(bank, 'b')];
    expect(valuesOn(payer).sort((a, b) => b - a)).toEqual([500, 200, 200, 50, 20, 10, 5, 2]);
    // The change stays on the last note that is drawn on.
    payer.book(payee.take(payer.pay(payee, 444)));
    await syncDevice(bank, payee);
    expect(valuesOn(payee).sort((a, b) => b - a)).toEqual([200, 200, 20, 20, 2, 2]);
    await syncDevice(bank, payer);
    await bank.unload(payer.identity.account, payer.id, 1);
    await syncDevice(bank, payer);
    expect(valuesOn(payer).sort((a, b) => b - a)).toEqual([500, 20, 20, 2]);
    await expectWhole(bank, 987);
  });

  it('brings as many notes as a wallet has places for, and the rest later', async () => {
    const bank = await openBank({ parameters: { denominations: ONE_TWO_FIVE, notesHeldMax: 2_000 } });
    const device = await enrolDevice(bank, 'full');
    const { account } = device.identity;
    for (let i = 0; i < 120; i++) {
      await bank.deposit(account, 999_999);
      await bank.load(account, device.id, 999_999);
      if (i % 40 === 39) await syncDevice(bank, device);
    }
    expect(valuesOn(device).length).toBeLessThanOrEqual(1_024);
    await expectWhole(bank, 120 * 999_999);
  });
});
