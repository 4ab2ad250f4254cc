import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { hex } from '../../../sim/bank/bytes.js';
import { verifyProof } from '../../../sim/bank/fraud/proof.js';
import { bank, sync, useBank } from './hacked-devices.js';
import { PAYEE } from './hacked-payees.js';
import { PAYER } from './hacked-payers.js';
import type { ScriptedDevice } from './scripted-device.js';
import { crypto } from './world.js';

async function namesOf(device: ScriptedDevice): Promise<string[]> {
  const isIt = (each: { device: Uint8Array }) => hex(each.device) === hex(device.id);
  const proofs = (await bank.proofs()).filter(isIt);
  for (const { bytes } of proofs) expect(verifyProof(crypto, bank.rootPublicKey, bytes)).toBe(true);
  const breaches = (await bank.breaches()).filter(isIt);
  return [...proofs.map(({ kind }) => String(kind)), ...breaches.map(({ rule }) => rule)];
}

useBank();

const README = readFileSync(new URL('../../../sim/bank/README.md', import.meta.url), 'utf8');

describe.each([
  ['payer', PAYER],
  ['payee', PAYEE],
] as const)('a hacked %s', (side, rows) => {
  it.each(rows)('breaks one rule: %s', async (rule, mutant, named) => {
    const culprit = await mutant();
    const { available } = await bank.balance(culprit.identity.account);
    await sync(culprit);
    if (named !== '') expect(await namesOf(culprit)).toContain(named);
    await sync(culprit);
    await bank.tick(bank.time_s + 1);
    const after = (await bank.balance(culprit.identity.account)).available;
    expect(after, 'is paid nothing').toBe(named === '' ? 0 : available);
    expect((await bank.audit()).faults).toEqual([]);
    expect(README).toContain(`| ${side} | ${rule} |`);
  });
});
