import { DenyBitmap } from '../../../firmware/account/deny-bitmap.js';
import { DenyFilter } from '../../../firmware/account/deny-filter.js';
import { filterBodyOf } from '../../../firmware/account/deny-filter-make.js';
import { DENY_PART_SIZE } from '../../../firmware/account/deny-part.js';
import { ACCOUNT_SERIALS_MAX, DENY_PART_BYTES } from '../../../firmware/limits.js';
import { SimEntropy } from '../../../sim/chip/entropy.js';
import { fillMarked } from '../../bench/marked.js';
import type { Output } from '../output/terminal-output.js';

const DOCUMENT = 'docs/accounts.md';
const SITE_USERS = 30_000;
/** Denied certificates, and how many were issued: every hundredth is denied. */
const SHARE = 100;
const COUNTS = [300, 1_000, 10_000, 100_000, 300_000];
const LOOKS = 10_000_000;

function denied(count: number): number[] {
  const random = new SimEntropy(count, 'denied');
  const serials = new Set<number>();
  while (serials.size < count) serials.add(random.uint32() % (SHARE * count));
  return [...serials].sort((a, b) => a - b);
}

/** Bits of these numbers as Rice codes of their distances, with the parameter that suits their share. */
function riceBits(serials: readonly number[]): number {
  const low = Math.floor(Math.log2(SHARE * Math.LN2));
  let [bits, before] = [0, -1];
  for (const serial of serials) {
    bits += low + 1 + ((serial - before - 1) >>> low);
    before = serial;
  }
  return bits;
}

/** A Bloom filter that is wrong as seldom: the formula alone. */
const bloomBytes = (count: number): number => Math.ceil((count * 20) / Math.LN2 / 8);

const kilobytes = (bytes: number): string => (bytes / 1_000).toFixed(2);

/** Sizes of each kind, and how often a filter is wrong, for docs/accounts.md. */
export function denySizeLines(): string[] {
  const site = denied(SITE_USERS / SHARE);
  const bitmap = DenyBitmap.bodyOf(site, 0, SITE_USERS - 1).length;
  const rows = COUNTS.map((count) => {
    const serials = denied(count);
    const filter = filterBodyOf(serials, () => true);
    const signed = Math.ceil(filter.length / DENY_PART_BYTES) * DENY_PART_SIZE;
    const list = count > ACCOUNT_SERIALS_MAX ? `(${kilobytes(4 * count)})` : kilobytes(4 * count);
    const cells = [list, kilobytes(filter.length), kilobytes(signed), kilobytes(bloomBytes(count))];
    return `| ${count.toLocaleString('en')} | ${cells.join(' | ')} | ${kilobytes(riceBits(serials) / 8)} |`;
  });
  const filter = DenyFilter.load(filterBodyOf(denied(ACCOUNT_SERIALS_MAX), () => true));
  let hits = 0;
  const from = SHARE * ACCOUNT_SERIALS_MAX;
  for (let serial = from; serial < from + LOOKS; serial++) if (filter?.has(serial)) hits++;
  return [
    '',
    '| denied | list | filter | filter, signed | Bloom filter | Rice codes |',
    '|---:|---:|---:|---:|---:|---:|',
    ...rows,
    '',
    `Kilobytes, where every ${SHARE}th certificate is denied. A bitmap of ${SITE_USERS.toLocaleString('en')} users`,
    `takes ${kilobytes(bitmap)}. Of ${LOOKS.toLocaleString('en')} certificates that were issued after the filter,`,
    `${hits} were hit by chance: ${((hits / LOOKS) * 1e6).toFixed(2)} in a million.`,
    '',
  ];
}

/** `tapnote pos deny-list sizes`. */
export function denySizes(out: Output, isWritten: boolean): void {
  const lines = denySizeLines();
  if (isWritten) fillMarked(DOCUMENT, 'deny-sizes', lines);
  for (const line of isWritten ? [`${DOCUMENT}: written`] : lines) out.line(line);
}
