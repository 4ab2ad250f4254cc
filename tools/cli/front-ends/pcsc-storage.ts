/**
 * Cards without ISO 14443-4 behind PC/SC: the reader answers APDUs for them (PC/SC part 3, revision 2.01).
 * What it is asked is what `NfcReader` carries for a Type 2 tag.
 */
import { sameBytes } from '../../../firmware/bytes.js';
import { StatusWord } from '../../../firmware/protocol/status-word.js';
import { PAGE_BYTES, READ_BYTES, Type2Command } from '../../../firmware/tag/type2.js';
import { NfcError } from '../../../hal/nfc.js';

/** In the ATR of a storage card: the PC/SC workgroup's own application (3.1.3.2.3.2). */
const WORKGROUP = Uint8Array.of(0x80, 0x4f, 0x0c, 0xa0, 0x00, 0x00, 0x03, 0x06);
const WORKGROUP_AT = 4;
/** READ BINARY and UPDATE BINARY of the reader itself (3.2.2.1.8 and 3.2.2.1.9). */
const CLA_READER = 0xff;
const READ_BINARY = 0xb0;
const UPDATE_BINARY = 0xd6;

/** Whether it is a card for which the reader answers. */
export const isStorageCard = (atr: Uint8Array): boolean =>
  sameBytes(atr.subarray(WORKGROUP_AT, WORKGROUP_AT + WORKGROUP.length), WORKGROUP);

/** A command of a Type 2 tag as the reader takes it. Throws NfcError for any other. */
export function storageCommand(command: Uint8Array): Uint8Array {
  const [code, page] = command;
  if (code === Type2Command.read && command.length === 2)
    return Uint8Array.of(CLA_READER, READ_BINARY, 0, page, READ_BYTES);
  if (code === Type2Command.write && command.length === 2 + PAGE_BYTES)
    return Uint8Array.of(CLA_READER, UPDATE_BINARY, 0, page, PAGE_BYTES, ...command.subarray(2));
  throw new NfcError('protocol', `a reader has no APDU for command ${code.toString(16)}`);
}

/** What the tag has answered. Throws NfcError where the reader says that it has not. */
export function storageAnswer(response: Uint8Array): Uint8Array {
  const end = response.length - 2;
  const status = (response[end] << 8) | response[end + 1];
  if (status !== StatusWord.ok) throw new NfcError('removed', `the reader answers ${status.toString(16)}`);
  return response.slice(0, end);
}
