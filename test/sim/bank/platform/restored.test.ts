import { expect, it } from 'vitest';
import { openPglite } from '../../../../sim/bank/db/fresh-pglite.js';
import { markRestored } from '../../../../sim/bank/restored.js';
import { fileEngine } from '../../../support/file-engine.js';
import { openBank } from '../world.js';
import { Till, User } from './world.js';

const HOUR_S = 3_600;

it('bills after books were put back: what lost receipts began anew is not held against a terminal', async () => {
  const schema = `platform_restored_${process.pid}`;
  const lost = await openBank({ database: await fileEngine(), schema });
  await lost.platform.make(1);
  const user = await User.of(lost, 10_000, { quota: 1_000 });
  await user.certify();
  const till = await Till.of(lost, { limits: { offlineCountMax: 2, offlineDuration_s: HOUR_S } });
  const backup = await lost.backup();
  const { version } = await lost.platform.denyList(1);
  const other = await User.of(lost, 1_000, { quota: 1_000 });
  const { serial } = await other.certify();
  await lost.platform.revoke(1, serial);
  const sent: Till['log'] = [];
  for (let i = 0; i < 3; i++) {
    await lost.tick(lost.time_s + HOUR_S);
    till.sell(user.code(), 400);
    sent.push(...till.log);
    expect((await till.upload()).asides).toEqual([]);
  }

  const pglite = await openPglite(new Blob([Uint8Array.from(backup)]));
  await markRestored(pglite, schema);
  const bank = await openBank({ database: pglite, schema });
  await bank.tick(lost.time_s);
  const again = await bank.platform.upload({ terminal: till.id, bills: sent });
  expect(again.asides).toEqual([]);
  expect((await bank.balance(till.account)).available).toBe(1_200);
  expect((await bank.balance(user.account)).available).toBe(8_800);
  // A receipt that it may have acted on ends that.
  const now_s = bank.time_s + 2 * HOUR_S;
  await bank.tick(now_s);
  const late = till.sell(user.code(undefined, { time_s: now_s }), 1, { time_s: now_s });
  const { asides } = await bank.platform.upload({ terminal: till.id, bills: till.log });
  expect(asides).toEqual([[late.sequence, 'code-offline-duration']]);
  // No certificate has the number of one that was lost, and a terminal takes the next deny list.
  const next = await User.at(bank, await bank.createAccount(1, 'next'), { line: 20_000 });
  expect((await next.certify()).serial).toBeGreaterThan(serial);
  expect((await bank.platform.denyList(1)).version).toBeGreaterThan(version + 1);
  const { faults, currencies } = await bank.audit();
  expect(faults).toEqual([]);
  expect(currencies.CNY).toMatchObject({ available: 10_000, deposited: 10_000, withdrawn: 0 });
  await bank.close();
});
