import type { NfcCard, NfcCardHandler } from '../../../hal/nfc.js';
import { NO_READER } from '../../../sim/host/own-device.js';
import { VpcdCard, type VpcdPlace } from '../../../sim/host/vpcd-card.js';
import { CliError, systemReason } from '../cli-error.js';
import { Exit } from '../output/exit.js';
import type { Output } from '../output/terminal-output.js';
import { type DeviceFlags, deviceAtHand, hearOwner, tellChanges } from './device-at-hand.js';
import { untilSignal } from './until-signal.js';

export interface CardFlags extends DeviceFlags {
  /** The command, counted from 1, with which the card is pulled out once: carried out, and not answered. */
  readonly tear?: number;
}

/** A reader looks for a card every second. */
const SILENCE_MS = 3_000;

/** A wallet in the system's smart-card stack, until it is ended. Throws CliError when there is no reader. */
export async function serveCard(out: Output, place: VpcdPlace, flags: CardFlags): Promise<Exit> {
  const ended = untilSignal();
  let silence: NodeJS.Timeout | undefined;
  const vpcd = new VpcdCard(place, {
    onReader: () => {
      clearTimeout(silence);
      out.line('the reader has found the card. Ctrl-C takes it out.');
    },
    onGone: () => ended.fail(new CliError(Exit.absent, 'pcscd-gone', 'the reader is gone: pcscd has ended')),
    onError: (error) => ended.fail(unreachable(place, error)),
  });
  let told = (): void => {};
  const atHand = deviceAtHand(
    out,
    {
      card: tearing(
        telling(vpcd, () => told()),
        flags.tear,
        () => vpcd.pullOut(),
      ),
      reader: NO_READER,
    },
    flags,
  );
  told = tellChanges(out, atHand.wallet, atHand.money);
  out.line(`${atHand.title} is a card for the virtual reader ${nameOf(place)}`);
  const stopHearing = hearOwner(out, atHand.device);
  silence = setTimeout(() => out.line(SILENT), SILENCE_MS);
  atHand.device.firmware.start();
  try {
    return await ended.promise;
  } finally {
    clearTimeout(silence);
    stopHearing();
    await new Promise<void>((done) => vpcd.stop(done));
    atHand.close();
  }
}

const SILENT =
  'no reader has asked for the card yet. Is pcscd running, and another card in this slot? The next one has ' +
  'the next port.';

const nameOf = ({ host, port }: VpcdPlace): string => `at ${host}:${port}`;

function unreachable(place: VpcdPlace, error: NodeJS.ErrnoException): CliError {
  const what = 'install vsmartcard-vpcd, and start pcscd';
  const why = error.code === 'ECONNREFUSED' ? 'nobody answers' : systemReason(error);
  return new CliError(Exit.absent, 'no-vpcd', `no virtual reader ${nameOf(place)} (${why}): ${what}`);
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
