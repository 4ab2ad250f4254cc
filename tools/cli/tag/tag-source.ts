import { type PayeeTag, payeeIn } from '../../../firmware/tag/payee-tag.js';
import { TagFault } from '../../../firmware/tag/tag-fault.js';
import { type MessageRead, readMessage } from '../../../firmware/tag/tag-reader.js';
import { findMessage } from '../../../firmware/tag/type2.js';
import { messageInFile } from '../../../firmware/tag/type4.js';
import type { NfcErrorCode } from '../../../hal/nfc.js';
import { nodeEntropy } from '../../../sim/host/node-entropy.js';
import { kindOf } from '../../../sim/tag/ntag.js';
import { CliError } from '../cli-error.js';
import { readUserFile } from '../files/user-file.js';
import type { FrontEnd } from '../front-ends/front-end.js';
import { openReader, type ReaderFlags } from '../front-ends/open-reader.js';
import { Exit } from '../output/exit.js';
import { tagError } from './tag-words.js';

/** The longest file of a Type 4 tag: NLEN has two bytes. */
const FILE_BYTES_MAX = 0xffff;

export interface TagSourceFlags extends ReaderFlags {
  readonly pcsc?: boolean;
  /** Seconds in which a tag has to come. */
  readonly wait: number;
}

/**
 * What an image says: the memory of an NTAG, by its length, or the NDEF file of a Type 4 tag. Throws
 * CliError.
 */
export function tagInImage(path: string): PayeeTag {
  return tagIn(path, messageInImage(readUserFile(path, FILE_BYTES_MAX)));
}

function messageInImage(image: Uint8Array): MessageRead {
  if (kindOf(image.length) === undefined) {
    const found = messageInFile(image);
    return typeof found === 'number' ? { fault: found } : found;
  }
  const found = findMessage(image);
  return 'need' in found ? { fault: TagFault.cut } : found;
}

/** What the tag at a reader says. Throws CliError. */
export async function tagAtReader(flags: TagSourceFlags): Promise<PayeeTag> {
  return withReader(flags, async (frontEnd, reader) => {
    const read = await new Promise<MessageRead>((done) => readMessage(reader, flags.wait * 1_000, done));
    return tagIn(frontEnd.whereabouts, read);
  });
}

/** Opens the reader that the flags name, and closes it when `work` is done. Throws CliError. */
export async function withReader<T>(
  flags: ReaderFlags,
  work: (frontEnd: FrontEnd, reader: ReturnType<FrontEnd['createChip']>['reader']) => Promise<T>,
): Promise<T> {
  const frontEnd = await openReader(flags);
  try {
    const { reader } = frontEnd.createChip(nodeEntropy);
    await frontEnd.ready();
    return await work(frontEnd, reader);
  } finally {
    frontEnd.close();
  }
}

function tagIn(where: string, read: MessageRead): PayeeTag {
  if ('torn' in read) throw readerError(where, read.torn);
  if ('fault' in read) throw tagError(where, read.fault);
  const tag = payeeIn(read.message);
  if (typeof tag === 'number') throw tagError(where, tag);
  return tag;
}

/** Nobody came, or the tag was not read or written to its end. */
export const readerError = (where: string, code: NfcErrorCode): CliError =>
  code === 'timeout'
    ? new CliError(Exit.absent, 'no-tag', `no tag came: ${where}`)
    : new CliError(
        Exit.violated,
        'tag-torn',
        `${where}: ${TORN_WORDS[code] ?? code}; hold the tag there again`,
      );

const TORN_WORDS: Partial<Readonly<Record<NfcErrorCode, string>>> = {
  removed: 'the tag was taken away, or has not answered',
  protocol: 'the tag refuses, or answers what no tag does',
  crowd: 'there is more than one',
  link: 'the front end does not answer',
};
