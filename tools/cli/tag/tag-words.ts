import { Role } from '../../../firmware/objects/certificate.js';
import type { PayeeTag } from '../../../firmware/tag/payee-tag.js';
import { type TagFault, tagFaultName } from '../../../firmware/tag/tag-fault.js';
import { currencyText, hex } from '../../../sim/bank/bytes.js';
import { tagFaultWords } from '../../../sim/tag/fault-words.js';
import { moneyText, nameOf, utc } from '../../../sim/words.js';
import { CliError } from '../cli-error.js';
import { Exit } from '../output/exit.js';
import { table } from '../output/table.js';

/** Why a tag is of no use, with its code. */
export const tagError = (where: string, fault: TagFault): CliError =>
  new CliError(Exit.violated, `tag-${tagFaultName(fault)}`, `${where}: ${tagFaultWords(fault)}`);

/** What a tag says, for programs. Minor units. */
export interface ShownTag {
  readonly device: Uint8Array;
  readonly role: string;
  readonly category: number;
  readonly operator: number;
  readonly certifiedUntil_s: number;
  /** Null where whoever pays says how much. */
  readonly amount: number | null;
  readonly currency: string;
  readonly label: string;
  readonly created_s: number;
  readonly notAfter_s: number;
}

/** Bytes that are no UTF-8 are shown as such. */
const labelOf = (tag: PayeeTag): string => new TextDecoder().decode(tag.label);

export const shownTag = (tag: PayeeTag): ShownTag => ({
  device: tag.certificate.id,
  role: nameOf(Role, tag.certificate.role),
  category: tag.certificate.category,
  operator: tag.certificate.issuer,
  certifiedUntil_s: tag.certificate.notAfter_s,
  amount: tag.amount ?? null,
  currency: currencyText(tag.currency),
  label: labelOf(tag),
  created_s: tag.created_s,
  notAfter_s: tag.notAfter_s,
});

/** The same for people. */
export function tagLines(tag: PayeeTag): string[] {
  const { device, role, category, operator, amount, currency, label, ...times } = shownTag(tag);
  const sum = amount === null ? `any, ${currency}` : moneyText(amount, currency);
  const who = `device ${hex(device)} (${role}${category === 0 ? '' : `, category ${category}`})`;
  return table([
    ['  payee', `${who}, certified until ${utc(times.certifiedUntil_s)} by operator ${operator}`],
    ['  amount', sum],
    ['  for', label === '' ? '–' : label],
    ['  written', utc(times.created_s)],
    ['  holds until', utc(times.notAfter_s)],
  ]);
}
