import { EventCode, parseEvents } from '../../../firmware/app/event-log.js';
import type { Asked } from '../../../firmware/app/mode.js';
import { Lifecycle } from '../../../firmware/payment/lifecycle.js';
import { refusalName } from '../../../firmware/protocol/refusal.js';
import type { TagFault } from '../../../firmware/tag/tag-fault.js';
import { hex } from '../../../sim/bank/bytes.js';
import { refusalWords, refusedBy } from '../../../sim/words.js';
import { CliError } from '../cli-error.js';
import {
  type DeviceAtHand,
  type DeviceFlags,
  deviceAtHand,
  hearOwner,
} from '../front-ends/device-at-hand.js';
import { openReader } from '../front-ends/open-reader.js';
import { Exit } from '../output/exit.js';
import type { Output } from '../output/terminal-output.js';
import type { TagSourceFlags } from './tag-source.js';
import { tagError, tagLines } from './tag-words.js';

export type PayFlags = DeviceFlags & Omit<TagSourceFlags, 'wait'>;

const LOOK_MS = 20;

/**
 * `tapnote tag pay`: a wallet reads a tag, its owner agrees, and it pays whom the tag has shown. The device's
 * own mode does it, as on a board. Throws CliError.
 */
export async function payByTag(out: Output, amount: number, flags: PayFlags): Promise<void> {
  const frontEnd = await openReader(flags);
  let atHand: DeviceAtHand | undefined;
  let deafen = (): void => {};
  try {
    atHand = deviceAtHand(out, (entropy) => frontEnd.createChip(entropy), flags);
    const { wallet, mode, device, title, money } = atHand;
    await frontEnd.ready();
    if (wallet.lifecycle < Lifecycle.active)
      throw new CliError(Exit.violated, 'not-ready', 'the wallet has never synced');
    deafen = hearOwner(out, device);
    out.line(`${title}: hold a tag to the reader`);
    mode.payByTag(amount);
    const asked = await ended(out, atHand);
    if (asked?.end !== 'paid') throw failure(atHand, asked, frontEnd.whereabouts);
    const { order } = asked;
    out.line(
      `paid device ${hex(order.payee!.id)}: ${money(order.amount)}, holds ${money(wallet.ledger.held)}`,
    );
  } finally {
    deafen();
    frontEnd.close();
    atHand?.close();
  }
}

/** Waits until nothing of it is under way; tells once what the tag says. Undefined: it came to no order. */
async function ended(out: Output, { mode }: DeviceAtHand): Promise<Asked | undefined> {
  let isTold = false;
  for (;;) {
    const { shownPayee } = mode;
    if (shownPayee && !isTold) {
      isTold = true;
      for (const line of tagLines(shownPayee.tag)) out.line(line);
    }
    if (mode.asked?.end !== undefined) return mode.asked;
    if (!mode.asked && !mode.isByTag) return undefined;
    await new Promise((again) => setTimeout(again, LOOK_MS));
  }
}

function failure({ device }: DeviceAtHand, asked: Asked | undefined, where: string): CliError {
  const refusal = asked?.result?.refusal;
  if (refusal) {
    const why = refusedBy(refusal.by, refusalWords(refusalName(refusal.why)));
    return new CliError(Exit.violated, 'refused', `nothing was paid: ${why}`);
  }
  const events = parseEvents(device.firmware.log.read(0));
  const fault = events.find(({ code }) => code === EventCode.tagRefused);
  if (fault) return tagError(where, fault.detail as TagFault);
  if (asked)
    return new CliError(Exit.violated, 'torn', `the payment was ${asked.end}; what is in flight is kept`);
  return new CliError(
    Exit.absent,
    'no-tag',
    `nothing was paid: no tag came, or its owner did not agree: ${where}`,
  );
}
