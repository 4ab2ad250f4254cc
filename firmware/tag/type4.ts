import { behind, concat, getU16 } from '../bytes.js';
import { TAG_MESSAGE_BYTES_MAX } from '../limits.js';
import { buildCommand, CLA_ISO, Ins } from '../protocol/apdu.js';
import { TagFault } from './tag-fault.js';

/*
 * NFC Forum, Type 4 Tag, technical specification 1.0 (mapping versions 2 and 3): an application of ISO 7816-4
 * with a capability container and a file.
 */

const NDEF_APPLICATION = Uint8Array.of(0xd2, 0x76, 0x00, 0x00, 0x85, 0x01, 0x01);
export const CONTAINER_FILE = 0xe103;
/** As much of the container as we look at: up to and with the first control TLV. */
export const CONTAINER_BYTES = 15;
/** NLEN: how long the message is, before it. */
export const LENGTH_BYTES = 2;
const MAJOR_VERSIONS: readonly number[] = [2, 3];
const FILE_CONTROL = 0x04;
const FILE_CONTROL_BYTES = 6;
/** The smallest that the specification allows for MLe. */
const READ_BYTES_MIN = 0x0f;
const READ_BINARY = 0xb0;
/** P1 of a SELECT by name, by file identifier, and P2: no answer is wanted. */
const BY_NAME = 0x04;
const NO_ANSWER = 0x0c;
const SHORT_BYTES_MAX = 0xff;

export const SELECT_NDEF_APPLICATION = buildCommand(Ins.select, NDEF_APPLICATION, {
  cla: CLA_ISO,
  p1: BY_NAME,
});

/** Case 3: no answer is wanted, and the specification has no Le here. */
export const selectFile = (file: number): Uint8Array =>
  buildCommand(Ins.select, Uint8Array.of(file >> 8, file), { cla: CLA_ISO, p2: NO_ANSWER, isPart: true });

/** READ BINARY of 1 to 255 bytes of the selected file. */
export const readBinary = (offset: number, bytes: number): Uint8Array =>
  Uint8Array.of(CLA_ISO, READ_BINARY, offset >> 8, offset, bytes);

/** Where the message is, and in what pieces it is read. */
export interface NdefFile {
  readonly file: number;
  /** Most of the file, NLEN included. */
  readonly bytesMax: number;
  readonly readBytesMax: number;
  readonly isWritable: boolean;
}

/** The capability container: its first CONTAINER_BYTES. */
export function parseContainer(container: Uint8Array): NdefFile | TagFault {
  if (container.length < CONTAINER_BYTES || getU16(container, 0) < CONTAINER_BYTES) return TagFault.cut;
  if (!MAJOR_VERSIONS.includes(container[2] >> 4)) return TagFault.mapping;
  const readBytesMax = getU16(container, 3);
  const isFile = container[7] === FILE_CONTROL && container[8] === FILE_CONTROL_BYTES;
  if (!isFile || readBytesMax < READ_BYTES_MIN) return TagFault.noNdef;
  if (container[13] !== 0) return TagFault.readProtected;
  return {
    file: getU16(container, 9),
    bytesMax: getU16(container, 11),
    readBytesMax: Math.min(readBytesMax, SHORT_BYTES_MAX),
    isWritable: container[14] === 0,
  };
}

/** How long the message is, from its NLEN; or what is wrong with that. */
export function messageLength(
  nlen: Uint8Array,
  { bytesMax }: Pick<NdefFile, 'bytesMax'>,
): { readonly length: number } | TagFault {
  if (nlen.length !== LENGTH_BYTES) return TagFault.cut;
  const length = getU16(nlen, 0);
  if (length === 0) return TagFault.empty;
  if (length > TAG_MESSAGE_BYTES_MAX) return TagFault.tooLong;
  return length > bytesMax - LENGTH_BYTES ? TagFault.cut : { length };
}

/** The message of a whole file. */
export function messageInFile(file: Uint8Array): { readonly message: Uint8Array } | TagFault {
  const said = messageLength(file.subarray(0, LENGTH_BYTES), { bytesMax: file.length });
  if (typeof said === 'number') return said;
  return { message: file.subarray(LENGTH_BYTES, LENGTH_BYTES + said.length) };
}

/** A file with this message: NLEN, then the message. */
export const buildFile = (message: Uint8Array): Uint8Array =>
  concat(Uint8Array.of(message.length >> 8, message.length), message);

/** A container for a file that everybody may read, and write unless it is locked. */
export function buildContainer(file: number, bytesMax: number, isLocked: boolean): Uint8Array {
  const read = SHORT_BYTES_MAX;
  const write = SHORT_BYTES_MAX;
  return behind(
    0,
    Uint8Array.of(
      CONTAINER_BYTES,
      MAJOR_VERSIONS[0] << 4,
      0,
      read,
      0,
      write,
      FILE_CONTROL,
      FILE_CONTROL_BYTES,
      file >> 8,
      file,
      bytesMax >> 8,
      bytesMax,
      0,
      isLocked ? 0xff : 0,
    ),
  );
}
