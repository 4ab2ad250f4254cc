import { createInterface } from 'node:readline';
import type { Applications, NfcChip } from '../../../firmware/app/device.js';
import type { Notice } from '../../../firmware/ui/user-interface.js';
import type { Wallet } from '../../../firmware/wallet/wallet.js';
import type { Entropy } from '../../../hal/entropy.js';
import { hex } from '../../../sim/bank/bytes.js';
import { NorFlash } from '../../../sim/chip/nor-flash.js';
import { OwnDevice, type PracticeHolder } from '../../../sim/host/own-device.js';
import { inWords, t, texts } from '../../../sim/texts/language.js';
import { moneyFormat } from '../../../sim/words.js';
import { CliError } from '../cli-error.js';
import { openFlashFile } from '../files/flash-file.js';
import { Exit } from '../output/exit.js';
import type { Output } from '../output/terminal-output.js';
import { actAsOwner } from '../serial/board-owner.js';

export interface DeviceFlags extends PracticeHolder {
  /** Flash in this file; without one in memory, for as long as the program runs. */
  readonly flash?: string;
}

/** What the device tells its owner. */
const NOTICES: Readonly<Record<Notice, string>> = texts({
  ready: 'ready',
  asking: 'asking',
  paid: 'paid',
  refused: 'refused',
  again: 'again',
  foreign: 'a card that is not one of ours',
  crowd: 'crowd',
  relay: 'relay',
  version: 'version',
  tag: 'tag',
  'how-much': 'how-much',
  'bad-tag': 'bad-tag',
  blank: 'blank',
  'no-front-end': 'no-front-end',
  'no-entropy': 'no-entropy',
  busy: 'busy',
  broken: 'broken',
  'other-format': 'other-format',
  asleep: 'asleep',
});

/** As in the simulator's towns. */
const MEMORY_SECTORS = 64;

/** The device of a command: its wallet, what stands on it, and how it is put away. */
export interface DeviceAtHand extends Applications<NfcChip> {
  readonly device: OwnDevice;
  /** "device 0123456789abcdef with 100.00 CNY" */
  readonly title: string;
  readonly money: (minor: number) => string;
  close(): void;
}

/** Throws CliError `flash-file` and `no-wallet`. */
export function deviceAtHand(
  out: Output,
  createChip: (entropy: Entropy) => NfcChip,
  flags: DeviceFlags,
): DeviceAtHand {
  const file = flags.flash === undefined ? undefined : openFlashFile(flags.flash, { anySize: true });
  let money = (minor: number): string => `${minor}`;
  let last: Notice | undefined;
  const device = new OwnDevice({
    flash: file ?? new NorFlash({ sectorCount: MEMORY_SECTORS }),
    createChip,
    onNotice: (notice, amount) => {
      // A tag or a stranger's card that stays is found at every look.
      if (notice === 'foreign' && notice === last) return;
      last = notice;
      out.line(t`owner: ${inWords(NOTICES[notice])}${amount === undefined ? '' : ` ${money(amount)}`}`);
    },
    onPrompt: ({ amount, payee, needsPin }) =>
      out.line(
        needsPin
          ? t`owner: the PIN for ${money(amount)} to device ${hex(payee)}? ("press" or "no")`
          : t`owner: the button for ${money(amount)} to device ${hex(payee)}? ("press" or "no")`,
      ),
  });
  const { applications } = device;
  if (!applications) {
    file?.close();
    const why = 'holds no wallet that may be touched: tapnote inspect tells what is in it';
    throw new CliError(Exit.violated, 'no-wallet', `--flash ${flags.flash}: it ${why}`);
  }
  device.practise(flags);
  const { wallet } = applications;
  const currency = String.fromCharCode(...wallet.currency);
  money = moneyFormat(currency);
  const title = t`device ${hex(wallet.certificate.id)} with ${money(wallet.ledger.held)} ${currency}`;
  return { ...applications, device, title, money, close: () => file?.close() };
}

/** The owner is at standard input. Returns how to stop hearing. */
export function hearOwner(out: Output, device: OwnDevice): () => void {
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    const wrong = actAsOwner(device, line);
    if (wrong !== undefined) out.line(wrong);
  });
  return () => lines.close();
}

/** What it has after a touch, where that has changed. */
export function tellChanges(out: Output, wallet: Wallet, money: (minor: number) => string): () => void {
  let held = wallet.ledger.held;
  return () => {
    const now = wallet.ledger.held;
    if (now === held) return;
    const sum = money(Math.abs(now - held));
    out.line(now < held ? t`paid ${sum}, holds ${money(now)}` : t`received ${sum}, holds ${money(now)}`);
    held = now;
  };
}
