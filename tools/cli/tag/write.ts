import { PayeeTag } from '../../../firmware/tag/payee-tag.js';
import { buildFile } from '../../../firmware/tag/type4.js';
import { NO_CARD, NO_READER } from '../../../sim/host/own-device.js';
import { memoryWith, NTAGS } from '../../../sim/tag/ntag.js';
import { CliError } from '../cli-error.js';
import { OutputFile } from '../files/output-file.js';
import { type DeviceFlags, deviceAtHand } from '../front-ends/device-at-hand.js';
import { Exit } from '../output/exit.js';
import type { Output } from '../output/terminal-output.js';
import type { ImageKind } from './image-kinds.js';
import { type TagSourceFlags, withReader } from './tag-source.js';
import { tagLines } from './tag-words.js';
import { writeTag } from './tag-writer.js';

export interface WriteFlags extends DeviceFlags, TagSourceFlags {
  readonly label: string;
  /** Seconds that it holds. */
  readonly valid: number;
  readonly out?: string;
  readonly kind: ImageKind;
}

/** The serial number in an image: a tag keeps its own. */
const NO_UID = Uint8Array.of(0x04, 0, 0, 0, 0, 0, 0);

/** `tapnote tag write`: the payee's wallet signs, and the tag or its image is written. Throws CliError. */
export async function writePayee(out: Output, amount: number, flags: WriteFlags): Promise<void> {
  const file = flags.out === undefined ? undefined : OutputFile.check('--out', flags.out);
  const tag = signed(out, amount, flags);
  if (file) file.write(imageOf(tag.message, flags.kind));
  else
    await withReader(flags, (frontEnd, reader) =>
      writeTag(reader, frontEnd.whereabouts, tag.message, flags.wait * 1_000),
    );
  out.line(`written: ${flags.out ?? 'the tag'}, ${tag.message.length} bytes of NDEF`);
  for (const line of tagLines(tag)) out.line(line);
  if (flags.out !== undefined) out.line(`Next: npx tapnote tag check ${flags.out}`);
}

function signed(out: Output, amount: number, flags: WriteFlags): PayeeTag {
  const atHand = deviceAtHand(out, () => ({ card: NO_CARD, reader: NO_READER }), flags);
  try {
    const { wallet } = atHand;
    if (!wallet.isCertified)
      throw new CliError(Exit.violated, 'not-ready', 'no bank has certified the wallet of the payee');
    const label = new TextEncoder().encode(flags.label);
    return PayeeTag.of(wallet, { amount, label, notAfter_s: wallet.own_s + flags.valid });
  } catch (error) {
    if (error instanceof RangeError) throw new CliError(Exit.usage, 'tag-label', `--label: ${error.message}`);
    throw error;
  } finally {
    atHand.close();
  }
}

function imageOf(message: Uint8Array, kind: ImageKind): Uint8Array {
  return kind === 'type4' ? buildFile(message) : memoryWith(NTAGS[kind], NO_UID, message);
}
