import { InvalidArgumentError } from 'commander';
import { TIERS } from '../../../firmware/objects/profile.js';
import { U32_MAX } from '../../../firmware/objects/shape.js';
import type { Audit } from '../../../sim/bank/accounts/audit.js';
import type { RegistryRecord } from '../../../sim/bank/accounts/registry.js';
import { isTargetNumber, type Target } from '../../../sim/bank/accounts/targets.js';
import { hex } from '../../../sim/bank/bytes.js';
import type { BankClient } from '../../../sim/bank/server/client.js';
import type { Recovered } from '../../../sim/bank/settlement/recovery.js';
import { conditionWords } from '../../../sim/condition-words.js';
import { moneyFormat, moneyText, utc } from '../../../sim/words.js';
import { Exit } from '../output/exit.js';
import { table } from '../output/table.js';
import type { Told } from './counter.js';

/** Whom and until when money of a target is for. */
export function targetWords(target: Omit<Target, 'number' | 'giver' | 'operator'>): string {
  const { until_s } = target;
  const words = [...conditionWords(target), ...(until_s === U32_MAX ? [] : [`before ${utc(until_s)}`])];
  return words.length === 0 ? 'anybody' : words.join(', ');
}

/** Of what a purpose is: a merchant category, or a target. */
export const purposeWords = (purpose: number): string =>
  isTargetNumber(purpose) ? `target ${purpose}` : `category ${purpose}`;

export function recoveryTold(device: Uint8Array, recovered: readonly Recovered[]): Told {
  const lines = recovered.map(({ purpose, amount: sum }) =>
    purpose === 0 ? `${sum}` : `${sum} for ${purposeWords(purpose)} only`,
  );
  const all = lines.length === 0 ? 'nothing' : lines.join(', ');
  return { value: { recovered }, lines: [`for device ${hex(device)} came back to its account: ${all}`] };
}

export function recordTold(record: RegistryRecord): Told {
  const rows = [
    ['transfer', hex(record.transfer)],
    ['amount', moneyText(record.amount, record.currency)],
    ...(record.purpose === 0 ? [] : [['only for', purposeWords(record.purpose)]]),
    ['payer', hex(record.payer)],
    ['payee', hex(record.payee)],
    ['owner', record.owner === null ? 'nobody yet' : hex(record.owner)],
    ['shown first', utc(record.seen_s)],
    ['verification', record.verification],
  ];
  return { value: record, lines: table(rows) };
}

export function auditTold(audit: Audit): Told {
  const lines: string[] = [];
  for (const [currency, terms] of Object.entries(audit.currencies)) {
    const money = moneyFormat(currency);
    lines.push(currency, ...table(Object.entries(terms).map(([name, sum]) => [`  ${name}`, money(sum)])));
  }
  for (const fault of audit.faults) lines.push(`fault: ${fault}`);
  for (const { device, currency, amount: lost, kind } of [...audit.losses, ...audit.owed])
    lines.push(`${kind}: ${moneyText(lost, currency)}, by device ${device}`);
  for (const { account, currency, amount, state } of audit.overdrafts)
    lines.push(`${state}: ${moneyText(amount, currency)}, for bills of account ${account}`);
  lines.push(audit.ok ? 'all money is there' : 'the books have faults or losses');
  return { value: audit, lines, exit: audit.ok ? Exit.fine : Exit.violated };
}

export async function limits(bank: BankClient, device: Uint8Array, set: readonly string[]): Promise<Told> {
  const now = { ...(await bank.limitsOf(device)) } as Record<string, unknown>;
  for (const each of set) {
    const [, name = '', digits = ''] = /^(\w+)=(\d+(?:,\d+){3}|\d+)$/.exec(each) ?? [];
    const numbers = digits.split(',').map(Number);
    const isNumber = typeof now[name] === 'number' && name !== 'version' && numbers.length === 1;
    if (!isNumber && (name !== 'tierMax' || numbers.length !== TIERS))
      throw new InvalidArgumentError(`${each}: expected NAME=NUMBER, one of the names that "limits" shows`);
    now[name] = isNumber ? numbers[0] : numbers;
  }
  if (set.length > 0) await bank.setLimits(device, now as never);
  const rows = Object.entries(now).map(([name, value]) => [name, JSON.stringify(value)]);
  return {
    value: now,
    lines: [...table(rows), ...(set.length > 0 ? ['the device gets them at its next sync'] : [])],
  };
}
