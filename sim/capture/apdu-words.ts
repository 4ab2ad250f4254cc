/** APDUs in words, down to the fields of those that go in clear: by the firmware's own tables and parsers. */

import { getU16, sameBytes } from '../../firmware/bytes.js';
import { Certificate } from '../../firmware/objects/certificate.js';
import type { Shape } from '../../firmware/objects/shape.js';
import { AID, CLA_CHAINING, Ins, parseCommand } from '../../firmware/protocol/apdu.js';
import { StatusWord } from '../../firmware/protocol/status-word.js';
import { hex } from '../bank/bytes.js';
import { codeName } from '../code-name.js';
import { utc } from '../inspect/describe.js';

const TAG_BYTES = 16;
const KEY_BYTES = 32;
/** A field of more bytes is a byte string. */
const NUMBER_BYTES_MAX = 4;
const STATUS_BYTES = 2;

/** "makeKeys" of `{ makeKeys: 0x20 }` for 0x20, as "make keys". */
const wordsFor = (codes: Readonly<Record<string, number>>, code: number): string | undefined =>
  codeName(codes, code)?.replaceAll('-', ' ');

const count = (bytes: number): string => `${bytes} ${bytes === 1 ? 'byte' : 'bytes'}`;

const sealedWords = (data: Uint8Array): string =>
  `sealed: ${count(Math.max(0, data.length - TAG_BYTES))} and a tag of ${TAG_BYTES}`;

/** One line for a command APDU. */
export function apduWords(apdu: Uint8Array): string {
  const command = parseCommand(apdu);
  if (!command) return `no APDU: its lengths do not fit, ${apdu.length} bytes`;
  const { cla, ins, data } = command;
  const name = wordsFor(Ins, ins)?.toUpperCase() ?? `instruction ${hex(Uint8Array.of(ins))}`;
  const length = data.length === 0 ? '' : `, ${count(data.length)}`;
  return `${name}${(cla & CLA_CHAINING) !== 0 ? ', a part' : ''}${length}`;
}

/** What else there is to say of a command, a line each. */
export function commandFields(apdu: Uint8Array): string[] {
  const command = parseCommand(apdu);
  if (!command || command.data.length === 0) return [];
  const { ins, data } = command;
  if ((command.cla & CLA_CHAINING) !== 0) {
    return ins === Ins.hello && data.length === KEY_BYTES ? [`ephemeral key: ${hex(data)}`] : [];
  }
  switch (ins) {
    case Ins.select:
      return [`application: ${sameBytes(data, AID) ? 'tapnote' : 'another'}, ${hex(data)}`];
    case Ins.hello:
      return [`version: ${command.p1}`, ...helloFields(data)];
    case Ins.proximity:
      return [`nonce: ${hex(data)}`];
    case Ins.secure:
      return [sealedWords(data)];
    case Ins.envelope:
      return ['a message of the bank’s for the wallet, sealed from end to end'];
    default:
      return [];
  }
}

/** The certificate, behind the ephemeral key where both came in one APDU. */
function helloFields(data: Uint8Array): string[] {
  for (const from of [0, KEY_BYTES]) {
    const shown = Certificate.expand(data, from);
    if (shown?.end !== data.length) continue;
    const key = from === 0 ? [] : [`ephemeral key: ${hex(data.subarray(0, from))}`];
    return [...key, 'certificate', ...fieldsOf(Certificate.shape, shown.certificate.bytes)];
  }
  return ['no certificate that parses'];
}

/** A line a field, by the object's own table; a rare one that is zero does not travel, and is left out. */
function fieldsOf(shape: Shape, bytes: Uint8Array): string[] {
  return shape.fields.flatMap(({ name, at, bytes: width, travel }) => {
    const value = bytes.subarray(at, at + width);
    if (travel === 'rare' && value.every((byte) => byte === 0)) return [];
    return [`  ${name}: ${width > NUMBER_BYTES_MAX ? hex(value) : numberWords(name, value)}`];
  });
}

function numberWords(name: string, value: Uint8Array): string {
  const number = value.reduce((sum, byte) => sum * 256 + byte, 0);
  return name.endsWith('_s') ? `${number}, ${utc(number)}` : `${number}`;
}

/** One line for the status word of an answer. */
export function answerWords(response: Uint8Array): string {
  if (response.length < STATUS_BYTES) return `no answer APDU: ${response.length} bytes`;
  const end = response.length - STATUS_BYTES;
  const status = (response[end] << 8) | response[end + 1];
  const isMore = status >> 8 === StatusWord.more >> 8;
  const name = wordsFor(StatusWord, isMore ? StatusWord.more : status) ?? 'unknown';
  const length = end === 0 ? '' : `, ${count(end)}`;
  return `${status.toString(16).padStart(4, '0')} (${name})${length}`;
}

/** What else there is to say of an answer, a line each. */
export function answerFields(command: Uint8Array, response: Uint8Array): string[] {
  const asked = parseCommand(command);
  const data = response.subarray(0, -STATUS_BYTES);
  if (!asked || data.length === 0) return [];
  switch (asked.ins) {
    case Ins.select:
      return [`versions: newest ${data[0]}, oldest ${data[1]}`, `ephemeral key: ${hex(data.subarray(2))}`];
    case Ins.proximity:
      return [`nonce: ${hex(data.subarray(0, 4))}`, `the card needs ${getU16(data, 4)} us`];
    case Ins.secure:
      return [sealedWords(data)];
    case Ins.envelope:
      return ['a message of the wallet’s for its bank, sealed from end to end'];
    default:
      return [];
  }
}
