/**
 * Writes a message to a tag that stands in the field. What is torn in between leaves an empty message, and
 * never half of one: the length comes last (Type 2 Tag 7.4.2.3, Type 4 Tag 5.4.5).
 */
import { getU16 } from '../../../firmware/bytes.js';
import { buildCommand, CLA_ISO } from '../../../firmware/protocol/apdu.js';
import { TagFault } from '../../../firmware/tag/tag-fault.js';
import {
  CONTAINER_AT,
  DATA_AT,
  findMessage,
  messageTlv,
  PAGE_BYTES,
  READ_BYTES,
  Type2Command,
} from '../../../firmware/tag/type2.js';
import {
  buildFile,
  CONTAINER_BYTES,
  CONTAINER_FILE,
  LENGTH_BYTES,
  parseContainer,
  readBinary,
  SELECT_NDEF_APPLICATION,
  selectFile,
} from '../../../firmware/tag/type4.js';
import type { NfcReader } from '../../../hal/nfc.js';
import { CliError } from '../cli-error.js';
import { Exit } from '../output/exit.js';
import { readerError } from './tag-source.js';
import { tagError } from './tag-words.js';

const UPDATE_BINARY = 0xd6;
/** Above what any tag takes, below every MLc that tags have. */
const PIECE_BYTES = 48;
const OK = 0x9000;

/** Waits for a tag, writes, and lets it go. Throws CliError. */
export async function writeTag(
  reader: NfcReader,
  where: string,
  message: Uint8Array,
  wait_ms: number,
): Promise<void> {
  try {
    const takesApdus = await connected(reader, where, wait_ms);
    if (takesApdus) await new Type4Writer(reader, where).write(message);
    else await new Type2Writer(reader, where).write(message);
  } finally {
    await new Promise<void>((done) => reader.release(() => done()));
  }
}

function connected(reader: NfcReader, where: string, wait_ms: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    if (!reader.connectTag) return reject(new CliError(Exit.absent, 'no-tag', `${where}: it reads no tags`));
    reader.connectTag(wait_ms, (error, takesApdus) =>
      error ? reject(readerError(where, error.code)) : resolve(takesApdus),
    );
  });
}

const transceive = (reader: NfcReader, where: string, command: Uint8Array): Promise<Uint8Array> =>
  new Promise((resolve, reject) =>
    reader.transceive(command, (error, response) =>
      error ? reject(readerError(where, error.code)) : resolve(response.slice()),
    ),
  );

const noRoom = (where: string, needed: number, room: number): CliError =>
  new CliError(Exit.violated, 'tag-room', `${where}: ${needed} bytes do not fit the ${room} that it has`);
const isLocked = (where: string): CliError =>
  new CliError(Exit.violated, 'tag-locked', `${where}: it is locked, and nobody writes it any more`);

class Type2Writer {
  constructor(
    private readonly reader: NfcReader,
    private readonly where: string,
  ) {}

  async write(message: Uint8Array): Promise<void> {
    const { where } = this;
    const head = await transceive(this.reader, where, Uint8Array.of(Type2Command.read, 0));
    const found = head.length === READ_BYTES ? findMessage(head) : { fault: TagFault.cut };
    const isFormatted = !('fault' in found) || found.fault === TagFault.empty;
    if (!isFormatted) throw tagError(where, found.fault);
    const room = 8 * head[CONTAINER_AT + 2];
    const tlv = messageTlv(message);
    if (tlv.length > room) throw noRoom(where, tlv.length, room);
    if ((head[CONTAINER_AT + 3] & 0x0f) !== 0) throw isLocked(where);
    const first = DATA_AT / PAGE_BYTES;
    await this.#page(first, messageTlv(new Uint8Array(0)));
    for (let at = PAGE_BYTES; at < tlv.length; at += PAGE_BYTES)
      await this.#page(first + at / PAGE_BYTES, tlv.subarray(at, at + PAGE_BYTES));
    await this.#page(first, tlv.subarray(0, PAGE_BYTES));
  }

  async #page(page: number, bytes: Uint8Array): Promise<void> {
    await transceive(this.reader, this.where, Uint8Array.of(Type2Command.write, page, ...bytes));
  }
}

class Type4Writer {
  constructor(
    private readonly reader: NfcReader,
    private readonly where: string,
  ) {}

  async write(message: Uint8Array): Promise<void> {
    const { where } = this;
    await this.#send(SELECT_NDEF_APPLICATION);
    await this.#send(selectFile(CONTAINER_FILE));
    const file = parseContainer(await this.#send(readBinary(0, CONTAINER_BYTES)));
    if (typeof file === 'number') throw tagError(where, file);
    const bytes = buildFile(message);
    if (bytes.length > file.bytesMax) throw noRoom(where, bytes.length, file.bytesMax);
    if (!file.isWritable) throw isLocked(where);
    await this.#send(selectFile(file.file));
    await this.#update(0, new Uint8Array(LENGTH_BYTES));
    for (let at = LENGTH_BYTES; at < bytes.length; at += PIECE_BYTES)
      await this.#update(at, bytes.subarray(at, at + PIECE_BYTES));
    await this.#update(0, bytes.subarray(0, LENGTH_BYTES));
  }

  async #update(offset: number, bytes: Uint8Array): Promise<void> {
    const place = { cla: CLA_ISO, p1: offset >> 8, p2: offset & 0xff, isPart: true };
    await this.#send(buildCommand(UPDATE_BINARY, bytes, place));
  }

  async #send(command: Uint8Array): Promise<Uint8Array> {
    const response = await transceive(this.reader, this.where, command);
    const end = response.length - 2;
    if (end < 0 || getU16(response, end) !== OK) throw tagError(this.where, TagFault.noNdef);
    return response.subarray(0, end);
  }
}
