import type { NfcError, NfcErrorCode, NfcReader } from '../../hal/nfc.js';
import { concat, getU16, NOTHING } from '../bytes.js';
import { StatusWord } from '../protocol/status-word.js';
import { TagFault } from './tag-fault.js';
import { findMessage, PAGE_BYTES, READ_BYTES, Type2Command } from './type2.js';
import {
  CONTAINER_BYTES,
  CONTAINER_FILE,
  LENGTH_BYTES,
  messageLength,
  type NdefFile,
  parseContainer,
  readBinary,
  SELECT_NDEF_APPLICATION,
  selectFile,
} from './type4.js';

/** What came of reading: the message, what is wrong with the tag, or why it was not read to its end. */
export type MessageRead =
  | { readonly message: Uint8Array }
  | { readonly fault: TagFault }
  | { readonly torn: NfcErrorCode };

const tornBy = ({ code }: NfcError): MessageRead => ({ torn: code });

/** The number of a page is one byte. */
const PAGES_MAX = 256;

/**
 * Waits up to `timeout_ms` for one passive tag, Type 2 or Type 4, and reads its NDEF message. `done` runs
 * once, when the tag has been let go.
 */
export function readMessage(reader: NfcReader, timeout_ms: number, done: (read: MessageRead) => void): void {
  const end = (read: MessageRead): void => reader.release(() => done(read));
  if (!reader.connectTag) return end({ torn: 'link' });
  reader.connectTag(timeout_ms, (error, takesApdus) => {
    if (error) end(tornBy(error));
    else if (takesApdus) new Type4Reading(reader, end).begin();
    else readPages(reader, NOTHING, end);
  });
}

/** Four pages after four, until what is here says what the message is. */
function readPages(reader: NfcReader, memory: Uint8Array, end: (read: MessageRead) => void): void {
  const found = findMessage(memory);
  if (!('need' in found)) return end(found);
  const page = memory.length / PAGE_BYTES;
  if (page >= PAGES_MAX) return end({ fault: TagFault.tooLong });
  reader.transceive(Uint8Array.of(Type2Command.read, page), (error, response) => {
    if (error) return end(tornBy(error));
    if (response.length !== READ_BYTES) return end({ torn: 'protocol' });
    readPages(reader, concat(memory, response), end);
  });
}

/** SELECT the application, the container, the file; READ BINARY in pieces. */
class Type4Reading {
  constructor(
    private readonly reader: NfcReader,
    private readonly end: (read: MessageRead) => void,
  ) {}

  begin(): void {
    this.#send(SELECT_NDEF_APPLICATION, TagFault.noNdef, () =>
      this.#send(selectFile(CONTAINER_FILE), TagFault.noNdef, () =>
        this.#send(readBinary(0, CONTAINER_BYTES), TagFault.cut, (bytes) => this.#onContainer(bytes)),
      ),
    );
  }

  #onContainer(bytes: Uint8Array): void {
    const file = parseContainer(bytes);
    if (typeof file === 'number') return this.end({ fault: file });
    this.#send(selectFile(file.file), TagFault.noNdef, () =>
      this.#send(readBinary(0, LENGTH_BYTES), TagFault.cut, (nlen) => this.#onLength(nlen, file)),
    );
  }

  #onLength(nlen: Uint8Array, file: NdefFile): void {
    const said = messageLength(nlen, file);
    if (typeof said === 'number') return this.end({ fault: said });
    this.#readOn(NOTHING, said.length, file);
  }

  #readOn(before: Uint8Array, length: number, file: NdefFile): void {
    const left = length - before.length;
    if (left === 0) return this.end({ message: before });
    const piece = Math.min(left, file.readBytesMax);
    this.#send(readBinary(LENGTH_BYTES + before.length, piece), TagFault.cut, (bytes) => {
      if (bytes.length === 0 || bytes.length > piece) return this.end({ fault: TagFault.cut });
      this.#readOn(concat(before, bytes), length, file);
    });
  }

  /** `otherwise`: what another status than 9000 means here. */
  #send(command: Uint8Array, otherwise: TagFault, next: (data: Uint8Array) => void): void {
    this.reader.transceive(command, (error, response) => {
      const end = response.length - 2;
      if (error) this.end(tornBy(error));
      else if (end < 0) this.end({ torn: 'protocol' });
      else if (getU16(response, end) !== StatusWord.ok) this.end({ fault: otherwise });
      else next(response.slice(0, end));
    });
  }
}
