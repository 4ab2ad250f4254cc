import { DenyLoader } from '../../../firmware/account/deny-list.js';
import { DENY_PART_SIZE, DenyPart } from '../../../firmware/account/deny-part.js';
import { ACCOUNT_SERIALS_MAX, DENY_BODY_BYTES_MAX, DENY_PART_BYTES } from '../../../firmware/limits.js';
import { U32_MAX } from '../../../firmware/objects/shape.js';
import { opensslCrypto as crypto } from '../../../hal/crypto/openssl.js';
import { CliError } from '../cli-error.js';
import { readUserFile, readUserText } from '../files/user-file.js';
import { Exit } from '../output/exit.js';

/** A whole list, and as many deltas as it bears. */
const FILE_BYTES_MAX = 2 * (DENY_BODY_BYTES_MAX / DENY_PART_BYTES) * DENY_PART_SIZE;
/** Of text with serial numbers: also for a filter, which holds more than a list. */
const TEXT_SERIALS_MAX = 400_000;
const LINE_BYTES_MAX = 11;

/** The signed parts in a file, which is read once: it may be a pipe. Throws CliError `deny-malformed`. */
export function readDenyParts(path: string): DenyPart[] {
  const bytes = readUserFile(path, FILE_BYTES_MAX);
  const parts: DenyPart[] = [];
  for (let at = 0; at < bytes.length; at += DENY_PART_SIZE) {
    const part = DenyPart.parse(bytes.subarray(at, at + DENY_PART_SIZE));
    if (!part) throw denyError(path, 'malformed', 'it is no signed deny list');
    parts.push(part);
  }
  if (parts.length === 0) throw denyError(path, 'malformed', 'it is empty');
  return parts;
}

/**
 * The deny list that the files make, in their order, and the parts that have made it. Throws CliError
 * `deny-…` for one that is not taken.
 */
export function loadDenyFiles(
  paths: readonly string[],
  platform: Uint8Array,
): { readonly loader: DenyLoader; readonly parts: readonly DenyPart[] } {
  const loader = new DenyLoader(crypto, platform);
  const parts: DenyPart[] = [];
  for (const path of paths) {
    for (const part of readDenyParts(path)) {
      const refusal = loader.take(part.bytes);
      if (refusal) throw denyError(path, refusal, REFUSAL_WORDS[refusal]);
      parts.push(part);
    }
    if (loader.isWaiting) throw denyError(path, 'order', 'its last parts are missing');
  }
  return { loader, parts };
}

const REFUSAL_WORDS = {
  malformed: 'it is no signed deny list',
  platform: 'it is of another platform',
  signature: 'the platform has not signed it',
  old: 'a list before it is as new',
  base: 'it is a delta on another version than the one before it',
  order: 'a part is missing, or not in its place',
  body: 'it is signed, and no list, or more than a terminal holds',
} as const;

const denyError = (path: string, code: string, why: string): CliError =>
  new CliError(Exit.usage, `deny-${code}`, `${path}: ${why}`);

/** Serial numbers in a text, one a line, each once. Throws CliError `serials`. */
export function readSerials(path: string, max = TEXT_SERIALS_MAX): number[] {
  const lines = readUserText(path, max * LINE_BYTES_MAX).split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  const wrong = lines.findIndex((line) => !/^\d{1,10}$/.test(line) || Number(line) > U32_MAX);
  if (wrong >= 0) throw serialsError(path, `line ${wrong + 1} is no serial number`);
  if (lines.length > max) throw serialsError(path, `more than ${max} lines`);
  return [...new Set(lines.map(Number))];
}

/** Of a whitelist, which a terminal holds as it is. */
export const readWhitelist = (path: string): number[] => readSerials(path, ACCOUNT_SERIALS_MAX);

const serialsError = (path: string, why: string): CliError =>
  new CliError(Exit.usage, 'serials', `${path}: ${why}`);
