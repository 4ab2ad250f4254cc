import type { NfcCard, NfcCardHandler } from '../../../hal/nfc.js';
import type { VpcdPlace } from '../../../sim/host/vpcd-card.js';
import { t } from '../../../sim/texts/language.js';
import type { Exit } from '../output/exit.js';
import type { Output } from '../output/terminal-output.js';
import { type DeviceFlags, deviceAtHand, hearOwner, tellChanges } from './device-at-hand.js';
import type { CardSlot, SlotEvents } from './front-end.js';
import type { ReaderFlags } from './open-reader.js';
import { Pn532Port } from './pn532-port.js';
import { untilSignal } from './until-signal.js';
import { VpcdSlot } from './vpcd-slot.js';

export interface CardFlags extends DeviceFlags, Omit<ReaderFlags, 'reader'> {
  /** The virtual reader, where there is no `port`. */
  readonly vpcd: VpcdPlace;
  /** The command, counted from 1, with which the card is pulled out once: carried out, and not answered. */
  readonly tear?: number;
}

/** A wallet as a card, until it is ended. Throws CliError when there is nothing in which it is one. */
export async function serveCard(out: Output, flags: CardFlags): Promise<Exit> {
  const ended = untilSignal();
  const slot = openSlot(flags, { say: (line) => out.line(line), onFailed: ended.fail });
  let told = (): void => {};
  try {
    const atHand = deviceAtHand(
      out,
      (entropy) => {
        const { card, reader } = slot.createChip(entropy);
        const told_ = telling(card, () => told());
        return { card: tearing(told_, flags.tear, () => slot.pullOut()), reader };
      },
      flags,
    );
    try {
      told = tellChanges(out, atHand.wallet, atHand.money);
      await slot.ready();
      out.line(t`${atHand.title} is a card ${slot.whereabouts}`);
      const stopHearing = hearOwner(out, atHand.device);
      atHand.device.firmware.start();
      try {
        return await ended.promise;
      } finally {
        stopHearing();
        await new Promise<void>((done) => atHand.chip.card.stop(done));
      }
    } finally {
      atHand.close();
    }
  } finally {
    slot.close();
  }
}

function openSlot({ port, baud, vpcd }: CardFlags, events: SlotEvents): CardSlot {
  return port === undefined ? new VpcdSlot(vpcd, events) : new Pn532Port({ port, baud }, events.onFailed);
}

/** The same front end, where `changed` stands between it and who handles its commands. */
const between = (card: NfcCard, changed: (handler: NfcCardHandler) => Partial<NfcCardHandler>): NfcCard => ({
  stop: (done) => card.stop(done),
  listen: (handler) =>
    card.listen({
      onActivated: (answer_us) => handler.onActivated(answer_us),
      onCommand: (command, respond) => handler.onCommand(command, respond),
      onSent: () => handler.onSent?.(),
      onDeactivated: (reason) => handler.onDeactivated(reason),
      ...changed(handler),
    }),
});

/** `onTouched` runs when a touch is over, or a reader has let the card be. */
const telling = (card: NfcCard, onTouched: () => void): NfcCard =>
  between(card, (handler) => ({
    onCommand: (command, respond) => {
      handler.onCommand(command, respond);
      onTouched();
    },
    onDeactivated: (reason) => {
      handler.onDeactivated(reason);
      onTouched();
    },
  }));

/** It loses the answer to the `tearAt`th command, and with it the card. */
function tearing(card: NfcCard, tearAt: number | undefined, pullOut: () => void): NfcCard {
  let commands = 0;
  return between(card, (handler) => ({
    onCommand: (command, respond) => handler.onCommand(command, ++commands === tearAt ? pullOut : respond),
  }));
}
