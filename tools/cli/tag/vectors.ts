import { Certificate, Role } from '../../../firmware/objects/certificate.js';
import { PayeeTag } from '../../../firmware/tag/payee-tag.js';
import { messageTlv } from '../../../firmware/tag/type2.js';
import { nobleCrypto as crypto } from '../../../hal/crypto/noble.js';
import { hex } from '../../../sim/bank/bytes.js';
import { NTAGS, ndefBytes, userBytes } from '../../../sim/tag/ntag.js';
import { fillMarked } from '../../bench/marked.js';
import { objectLines } from '../output/object-lines.js';
import type { Output } from '../output/terminal-output.js';

const DOCUMENT = 'docs/tag.md';
const NOW_S = 1_800_000_000;
const DAY_S = 86_400;
const LINE_DIGITS = 96;

const keyOf = (byte: number): Uint8Array => crypto.ed25519KeyFromSeed(new Uint8Array(32).fill(byte)).slice();
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The tag of the vectors: seeds are 32 bytes of 01 (operator 7) and of 02 (payee). */
function vectorTag(): PayeeTag {
  const [operator, payee] = [keyOf(1), keyOf(2)];
  const certificate = Certificate.build(crypto, operator, {
    id: Uint8Array.of(0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7),
    issuer: 7,
    publicKey: payee.subarray(32),
    notAfter_s: NOW_S + 365 * DAY_S,
    role: Role.merchant,
    category: 5_812,
    tier: 1,
  });
  return PayeeTag.build(crypto, payee, certificate, {
    amount: 1_250,
    currency: utf8('CNY'),
    label: utf8('Noodles 面'),
    created_s: NOW_S,
    notAfter_s: NOW_S + 30 * DAY_S,
  });
}

/** `bytes` in lines of hex. */
const block = (bytes: Uint8Array): string[] => [
  '```text',
  ...(hex(bytes).match(new RegExp(`.{1,${LINE_DIGITS}}`, 'g')) ?? []),
  '```',
];

/** One tag byte by byte, for docs/tag.md. */
export function vectorLines(): string[] {
  const tag = vectorTag();
  const { message } = tag;
  const first = message.length - tag.bytes.length;
  return [
    '',
    'Seeds: 32 bytes of `01` (operator 7) and of `02` (payee). The payee tag, field by field:',
    '',
    ...objectLines(PayeeTag.shape, tag.bytes),
    '',
    `The payee tag, ${tag.bytes.length} bytes:`,
    '',
    ...block(tag.bytes),
    '',
    `The NDEF message, ${message.length} bytes; before the payee tag:`,
    '',
    ...block(message.subarray(0, first)),
    '',
    `In the memory of a Type 2 tag from page 4 on, ${messageTlv(message).length} bytes; before the message and behind it:`,
    '',
    ...block(messageTlv(message).subarray(0, 4)),
    ...block(messageTlv(message).subarray(4 + message.length)),
    '',
  ];
}

/** What tags have room for, for docs/tag.md. */
export function roomLines(): string[] {
  const needed = messageTlv(vectorTag().message).length;
  return [
    '',
    '| tag | user memory, bytes | of it for NDEF | a payee tag fits |',
    '|---|---:|---:|---|',
    ...Object.values(NTAGS).map((kind) => {
      const fits = ndefBytes(kind) >= needed ? `yes, ${ndefBytes(kind) - needed} bytes are left` : 'no';
      return `| ${kind.name} | ${userBytes(kind)} | ${ndefBytes(kind)} | ${fits} |`;
    }),
    '',
  ];
}

/** `tapnote tag vectors`: what in docs/tag.md comes from running code. */
export function vectors(out: Output, isWritten: boolean): void {
  const parts = { 'tag-room': roomLines(), vectors: vectorLines() };
  for (const [mark, lines] of Object.entries(parts)) {
    if (isWritten) fillMarked(DOCUMENT, mark, lines);
    else for (const line of lines) out.line(line);
  }
  if (isWritten) out.line(`${DOCUMENT}: written`);
}
