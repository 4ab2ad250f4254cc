import { scanned } from '../../../sim/account/scanned.js';
import { CliError } from '../cli-error.js';
import { readUserFile } from '../files/user-file.js';
import { Exit } from '../output/exit.js';
import type { Output } from '../output/terminal-output.js';
import { readCodes } from './qr-reader.js';
import { type TakeFlags, take } from './take.js';

const PREFIX = 'TN1:';
/** Photographs are smaller. */
const PICTURE_BYTES_MAX = 16_000_000;

/** `tapnote pos scan`: reads a code, and takes the payment. Throws CliError, for each refusal too. */
export const scan = (out: Output, given: string, flags: TakeFlags): Promise<void> =>
  take(out, flags, async () => {
    const text = scanned(await textOf(given));
    return (pos, purchase, now_s, done) => pos.scan(purchase, now_s, text, done);
  });

/** The text of a code: given itself, in a file, or in a picture. Throws CliError. */
async function textOf(given: string): Promise<string> {
  if (given.startsWith(PREFIX)) return given;
  const bytes = readUserFile(given, PICTURE_BYTES_MAX);
  const start = Buffer.from(bytes.subarray(0, PREFIX.length)).toString('latin1');
  // A blank at the end belongs to the code.
  if (start === PREFIX)
    return Buffer.from(bytes)
      .toString('latin1')
      .replace(/\r?\n$/, '');
  const found = await readCodes(bytes);
  if (!found)
    throw new CliError(
      Exit.usage,
      'picture-unreadable',
      `${given}: it is no picture, nor the text of a code`,
    );
  const ours = found.filter((text) => text.startsWith(PREFIX));
  if (ours.length > 1)
    throw new CliError(Exit.usage, 'picture-crowd', `${given}: there are ${ours.length} codes in it`);
  const text = ours.at(0) ?? found.at(0);
  if (text !== undefined) return text;
  throw new CliError(Exit.usage, 'picture-without-code', `${given}: no QR code is found in it`);
}
