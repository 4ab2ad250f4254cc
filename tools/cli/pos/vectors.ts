import { AccountCertificate } from '../../../firmware/account/account-certificate.js';
import { AccountCode, codeCharacters } from '../../../firmware/account/account-code.js';
import type { Shape } from '../../../firmware/objects/shape.js';
import { nobleCrypto as crypto } from '../../../hal/crypto/noble.js';
import { hex } from '../../../sim/bank/bytes.js';
import { fillMarked } from '../../bench/marked.js';
import { shortHex } from '../output/object-lines.js';
import type { Output } from '../output/terminal-output.js';
import { billLines } from './bill-vectors.js';
import { type Level, qrVersion } from './qr-picture.js';
import { sealedLines } from './sealed-vectors.js';

const DOCUMENT = 'docs/accounts.md';
const NOW_S = 1_800_000_000;
const DAY_S = 86_400;
const LEVELS: readonly Level[] = ['L', 'M', 'Q'];

/** Bytes of what could be a code, and what has so many. */
const SIZES: readonly (readonly [number, string])[] = [
  [160, 'a code with nothing but keys, times and signatures'],
  [202, '**the code**'],
  [206, '**the code with an amount**'],
  [250, 'the code sealed to a site (48 bytes more)'],
  [254, 'the code with an amount, sealed'],
  [333, 'a transit code that was met in public'],
  [500, 'what else could be shown'],
];

const keyOf = (byte: number): Uint8Array => crypto.ed25519KeyFromSeed(new Uint8Array(32).fill(byte));

/** The certificate of the vectors: the seeds are 32 bytes of 01 (platform) and of 02 (user). */
function vectorCodes(): { plain: AccountCode; priced: AccountCode } {
  const [platform, user] = [keyOf(1), keyOf(2)];
  const certificate = AccountCertificate.build(crypto, platform, {
    pseudonym: Uint8Array.of(0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7),
    publicKey: user.subarray(32),
    notBefore_s: NOW_S,
    notAfter_s: NOW_S + DAY_S,
    quota: 20_000,
    tier: 1,
    scene: 0x0203,
    serial: 7,
  });
  const fields = { created_s: NOW_S + 60, validity_s: 60, counter: 5 };
  return {
    plain: AccountCode.build(crypto, user, certificate, fields),
    priced: AccountCode.build(crypto, user, certificate, { ...fields, amount: 1_250 }),
  };
}

/** The fields of a layer that travel, from byte `first` of the code on. */
function fieldRows(shape: Shape, layer: string, bytes: Uint8Array, first: number): string[] {
  let at = first;
  return shape.fields
    .filter(({ travel }) => travel !== 'known')
    .map((field) => {
      const shown = shortHex(bytes.subarray(at, at + field.bytes));
      const row = `| ${at} | ${field.bytes} | ${layer} | \`${field.name}\` | \`${shown}\` |`;
      at += field.bytes;
      return row;
    });
}

/** Two codes byte by byte, for docs/accounts.md. */
function vectorLines(): string[] {
  const { plain, priced } = vectorCodes();
  const bytes = priced.bytes;
  const second = 2 + plain.certificate.compact.length;
  return [
    '',
    'The code with an amount, byte by byte. Seeds: 32 bytes of `01` (platform) and of `02` (user).',
    '',
    '| at | bytes | layer | field | here |',
    '|---:|---:|---|---|---|',
    `| 0 | 1 | – | version | \`${hex(bytes.subarray(0, 1))}\` |`,
    `| 1 | 1 | – | type of the second layer | \`${hex(bytes.subarray(1, 2))}\` |`,
    ...fieldRows(AccountCertificate.shape, '1', bytes, 2),
    ...fieldRows(AccountCode.shapes[1], '2', bytes, second),
    '',
    'The first layer as it is signed; the last 64 bytes are the signature:',
    '',
    ...block(hex(plain.certificate.bytes)),
    '',
    'The second layer as it is signed, without an amount and with:',
    '',
    ...block(hex(plain.secondLayer(crypto)), hex(priced.secondLayer(crypto))),
    '',
    'The texts of both codes:',
    '',
    ...block(plain.text, priced.text),
    '',
  ];
}

const block = (...lines: string[]): string[] => ['```text', ...lines, '```'];

/** Bytes, characters and QR versions, for docs/accounts.md. */
function versionLines(): string[] {
  return [
    '',
    `| bytes | what | characters | ${LEVELS.map((level) => `level ${level}`).join(' | ')} |`,
    `|---:|---|---:|${LEVELS.map(() => '---:').join('|')}|`,
    ...SIZES.map(([bytes, what]) => {
      const text = 'A'.repeat(codeCharacters(bytes));
      const versions = LEVELS.map((level) => qrVersion(text, level)).join(' | ');
      return `| ${bytes} | ${what} | ${text.length} | ${versions} |`;
    }),
    '',
  ];
}

/** By its mark in docs/accounts.md, what comes from running code. */
export const markedLines = (): Record<string, string[]> => ({
  'qr-versions': versionLines(),
  bills: billLines(keyOf(1), keyOf(3), vectorCodes().priced),
  sealed: sealedLines(keyOf(4), vectorCodes().priced),
  vectors: vectorLines(),
});

/** `tapnote pos vectors`: what in docs/accounts.md comes from running code. */
export function vectors(out: Output, isWritten: boolean): void {
  for (const [mark, lines] of Object.entries(markedLines())) {
    if (isWritten) fillMarked(DOCUMENT, mark, lines);
    // As it is: a code that is broken to fit the terminal is another.
    else process.stdout.write(`${lines.join('\n')}\n`);
  }
  if (isWritten) out.line(`${DOCUMENT}: written`);
}
