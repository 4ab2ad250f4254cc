import { Role } from '../../../firmware/objects/certificate.js';
import type { PayeeTag } from '../../../firmware/tag/payee-tag.js';
import { TagFault, tagFaultName } from '../../../firmware/tag/tag-fault.js';
import { currencyText, hex } from '../../../sim/bank/bytes.js';
import { moneyFormat, nameOf, utc } from '../../../sim/words.js';
import { CliError } from '../cli-error.js';
import { Exit } from '../output/exit.js';
import { table } from '../output/table.js';

const FAULT_WORDS: Readonly<Record<TagFault, string>> = {
  [TagFault.noNdef]: 'it has no NDEF message',
  [TagFault.mapping]: 'its memory is of another version of NDEF’s mapping',
  [TagFault.readProtected]: 'it may not be read without a key',
  [TagFault.cut]: 'a length in it goes beyond its end',
  [TagFault.tooLong]: 'its message, or what stands before it, is longer than a wallet reads',
  [TagFault.empty]: 'its message is empty',
  [TagFault.record]: 'its message is not of records of NDEF',
  [TagFault.chunk]: 'the chunks of a record in it do not follow on one another',
  [TagFault.foreign]: 'it has records, and none of them shows a payee',
  [TagFault.several]: 'it shows more than one payee',
  [TagFault.malformed]: 'what it shows is no payee tag, to the byte',
  [TagFault.certificate]: 'no operator that is known here has certified the payee',
  [TagFault.certificateExpired]: 'the payee’s certificate, or its operator’s endorsement, has run out',
  [TagFault.hotListed]: 'the payee is on the hot list',
  [TagFault.signature]: 'the payee has not signed it',
  [TagFault.expired]: 'it has run out',
  [TagFault.currency]: 'it asks for another currency',
};

/** Why a tag is of no use, with its code. */
export const tagError = (where: string, fault: TagFault): CliError =>
  new CliError(Exit.violated, `tag-${tagFaultName(fault)}`, `${where}: ${FAULT_WORDS[fault]}`);

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
  const sum = amount === null ? `any, ${currency}` : `${moneyFormat(currency)(amount)} ${currency}`;
  const who = `device ${hex(device)} (${role}${category === 0 ? '' : `, category ${category}`})`;
  return table([
    ['  payee', `${who}, certified until ${utc(times.certifiedUntil_s)} by operator ${operator}`],
    ['  amount', sum],
    ['  for', label === '' ? '–' : label],
    ['  written', utc(times.created_s)],
    ['  holds until', utc(times.notAfter_s)],
  ]);
}
