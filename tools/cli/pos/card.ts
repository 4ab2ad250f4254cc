import { randomBytes } from 'node:crypto';
import { Refusal, refusalName } from '../../../firmware/protocol/refusal.js';
import { type AccountOrder, type AccountResult, askForCode } from '../../../firmware/terminal/account.js';
import { hex } from '../../../sim/bank/bytes.js';
import { practicePlatformKey } from '../../../sim/host/own-device.js';
import { t } from '../../../sim/texts/language.js';
import { refusalWords, refusedBy } from '../../../sim/words.js';
import { CliError } from '../cli-error.js';
import { STANDARD_OUTPUT } from '../files/output-file.js';
import { type DeviceAtHand, deviceAtHand } from '../front-ends/device-at-hand.js';
import type { FrontEnd } from '../front-ends/front-end.js';
import { openReader, type ReaderFlags } from '../front-ends/open-reader.js';
import { isNobody, LOOK_MS, tornWords } from '../front-ends/touch-words.js';
import { Exit } from '../output/exit.js';
import type { Output } from '../output/terminal-output.js';
import { type TakeFlags, take } from './take.js';

export interface CardFlags extends Omit<TakeFlags, 'platform'>, ReaderFlags {
  /** Its public key; that of the practice bank where none is given. */
  readonly platform?: string;
  /** The wallet that proves to the card whose terminal this is; a practice one where none is given. */
  readonly flash?: string;
  /** Of the card's holder. */
  readonly pin?: string;
  /** Seconds in which the card has to give its code, torn touches included. */
  readonly wait: number;
}

const ORDER_BYTES = 8;
/** The terminal's wallet has no money, and wants none. */
const NO_MONEY = { amount: 0, category: 0 };

/** `tapnote pos card`: asks an account card for a code by a touch, and takes the payment. Throws CliError. */
export async function takeCard(out: Output, flags: CardFlags): Promise<void> {
  const frontEnd = await openReader(flags);
  let atHand: DeviceAtHand | undefined;
  try {
    const device = deviceAtHand(out, (entropy) => frontEnd.createChip(entropy), { ...flags, ...NO_MONEY });
    atHand = device;
    await frontEnd.ready();
    const platform = flags.platform ?? hex(practicePlatformKey());
    await take(out, { ...flags, platform }, async () => {
      // What a program reads is the decision alone.
      const say = (line: string): void => {
        if (flags.json !== STANDARD_OUTPUT) out.line(line);
      };
      const code = await codeOf(device, frontEnd, flags, say);
      return (pos, purchase, now_s, done) => pos.tap(purchase, now_s, code, done);
    });
  } finally {
    frontEnd.close();
    atHand?.close();
  }
}

/** The code that a card gives for the amount, in as many touches as it takes: one order gets one code. */
async function codeOf(
  { wallet, chip }: DeviceAtHand,
  frontEnd: FrontEnd,
  { amount, pin, wait }: CardFlags,
  say: (line: string) => void,
): Promise<Uint8Array> {
  const until_ms = performance.now() + wait * 1_000;
  const typed = pin === undefined ? {} : { pin: new TextEncoder().encode(pin) };
  const order: AccountOrder = { amount, id: Uint8Array.from(randomBytes(ORDER_BYTES)), ...typed };
  say(t`a code for ${amount}: hold an account card to the reader`);
  for (let shown: string | undefined; ; ) {
    const result = await new Promise<AccountResult>((done) =>
      askForCode(wallet, chip.reader, order, LOOK_MS, done),
    );
    if (result.outcome === 'given') return result.code;
    const words = wordsOf(result);
    if (words !== undefined && words !== shown) say(words);
    shown = words;
    if (!isUpToHolder(result, pin))
      throw new CliError(Exit.violated, 'refused', `${NOTHING_BOOKED}: ${words}`);
    if (frontEnd.gone === undefined && performance.now() < until_ms) continue;
    throw failure(frontEnd, result.outcome, words);
  }
}

const NOTHING_BOOKED = 'nothing was booked';

/** Undefined while nobody is there. */
function wordsOf(result: Exclude<AccountResult, { outcome: 'given' }>): string | undefined {
  if (result.outcome === 'refused') return refusedBy('card', refusalWords(refusalName(result.why)));
  return isNobody(result.fault) ? undefined : tornWords(result.fault);
}

/** Another touch may bring the code. A PIN that was given, and refused, is not given again. */
function isUpToHolder(result: AccountResult, pin: string | undefined): boolean {
  if (result.outcome !== 'refused') return true;
  return result.why === Refusal.button || (result.why === Refusal.pin && pin === undefined);
}

function failure(
  { gone, whereabouts }: FrontEnd,
  outcome: 'refused' | 'torn',
  words: string | undefined,
): CliError {
  if (gone !== undefined) return new CliError(Exit.absent, 'device-gone', gone);
  if (words !== undefined) return new CliError(Exit.violated, outcome, `${NOTHING_BOOKED}: ${words}`);
  return new CliError(Exit.absent, 'no-card', t`no card came: ${whereabouts}`);
}
