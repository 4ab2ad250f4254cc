import { describe, expect, it } from 'vitest';
import { hex } from '../../../sim/bank/bytes.js';
import { bank, DAY_S, person, sync, takeAnyhow, useBank } from './hacked-devices.js';
import type { ScriptedDevice } from './scripted-device.js';

const BOUND_S = 3 * DAY_S;
const OFFLINE_S = 32 * DAY_S;
/** What a clock may have counted too much in that time. */
const DRIFT_S = 2 * DAY_S;
const limits = { clocksApart_s: BOUND_S, offlineDuration_s: OFFLINE_S };

const rulesBrokenBy = async ({ id }: ScriptedDevice): Promise<string[]> => {
  const breaches = (await bank.breaches()).filter(({ device }) => hex(device) === hex(id));
  return breaches.map(({ rule }) => rule);
};

/** By a payer, of itself: all else is as it should be. */
const dated = (created_s: number) => ({ created_s, claimBy_s: created_s });

useBank();

describe.each([
  [0, []],
  [1, ['offlineDuration']],
])('%i s beyond the bound ahead of bank time', (beyond_s, rules) => {
  it('a payer is judged by its own journal', async () => {
    const [payer, payee] = [await person(100, { limits }), await person()];
    payer.pay(payee, 10, dated(bank.time_s + BOUND_S + beyond_s));
    await sync(payer);
    expect(await rulesBrokenBy(payer)).toEqual(rules);
  });

  it('a payee is judged by its receipt', async () => {
    const [payer, payee] = [await person(100), await person(0, { limits })];
    payee.time_s = bank.time_s + BOUND_S + beyond_s;
    takeAnyhow(payee, payer.pay(payee, 10));
    await sync(payee);
    expect(await rulesBrokenBy(payee)).toEqual(rules);
  });

  it('a clock that may have counted too fast since the last sync is taken for an honest one', async () => {
    const [payer, payee] = [await person(100, { limits }), await person()];
    await bank.tick(bank.time_s + OFFLINE_S - BOUND_S - DRIFT_S - 1);
    const drift_s = Math.floor((OFFLINE_S - BOUND_S - DRIFT_S - 1) / 16);
    payer.pay(payee, 10, dated(bank.time_s + drift_s + BOUND_S + beyond_s));
    await sync(payer);
    expect(await rulesBrokenBy(payer)).toEqual(rules);
  });

  it('a payer that only its payee has shown is judged with all the drift that there can be, and the payee is paid', async () => {
    const [payer, payee] = [await person(100, { limits }), await person()];
    payee.book(payee.take(payer.pay(payee, 10, dated(bank.time_s + DRIFT_S + BOUND_S + beyond_s))));
    await sync(payee);
    expect(await rulesBrokenBy(payer)).toEqual(rules);
    expect(await rulesBrokenBy(payee)).toEqual([]);
    expect((await bank.balance(payee.identity.account)).offline).toBe(10);
  });
});
