import { Lifecycle } from '../../../firmware/payment/lifecycle.js';
import { refusalName } from '../../../firmware/protocol/refusal.js';
import { isUpToCardholder, type Order, type TouchResult } from '../../../firmware/terminal/order.js';
import { newestRefundTo } from '../../../firmware/terminal/refund.js';
import type { Terminal } from '../../../firmware/terminal/terminal.js';
import type { Wallet } from '../../../firmware/wallet/wallet.js';
import { hex } from '../../../sim/bank/bytes.js';
import { t } from '../../../sim/texts/language.js';
import { refusalWords, refusedBy } from '../../../sim/words.js';
import { CliError } from '../cli-error.js';
import { Exit } from '../output/exit.js';
import type { Output } from '../output/terminal-output.js';
import { type DeviceAtHand, type DeviceFlags, deviceAtHand } from './device-at-hand.js';
import type { FrontEnd } from './front-end.js';
import { openReader, type ReaderFlags } from './open-reader.js';
import { isNobody, LOOK_MS, tornWords } from './touch-words.js';

export interface SaleFlags extends DeviceFlags, ReaderFlags {
  /** The terminal pays the card back what it has paid here. */
  readonly refund?: boolean;
  /** Number of the sale that it has to be a refund of. */
  readonly sale?: number;
  /** The terminal pays the card, whatever that has paid here. */
  readonly pay?: boolean;
  /** Of the card's holder; of the terminal's, where it pays. */
  readonly pin?: string;
  /** Seconds in which the sale has to come to its end, torn touches included. */
  readonly wait: number;
}

/**
 * One sale over a reader, in as many touches as it takes. A lost answer is a torn touch: the card may have
 * paid, and the next touch finds out. Throws CliError when nothing was paid.
 */
export async function sell(out: Output, amount: number, flags: SaleFlags): Promise<Exit> {
  const frontEnd = await openReader(flags);
  let atHand: DeviceAtHand | undefined;
  try {
    atHand = deviceAtHand(out, (entropy) => frontEnd.createChip(entropy), flags);
    await frontEnd.ready();
    await sellWith(out, atHand, frontEnd, amount, flags);
    return Exit.fine;
  } finally {
    frontEnd.close();
    atHand?.close();
  }
}

async function sellWith(
  out: Output,
  { terminal, wallet, title, money }: DeviceAtHand,
  frontEnd: FrontEnd,
  amount: number,
  { refund, sale, pay, pin, wait }: SaleFlags,
): Promise<void> {
  if (wallet.lifecycle < Lifecycle.active)
    throw new CliError(Exit.violated, 'not-ready', 'the wallet of the terminal has never synced');
  const until_ms = performance.now() + wait * 1_000;
  const pays = refund || pay;
  const order = terminal.order(
    pays ? 'push' : 'pull',
    amount,
    pin ? new TextEncoder().encode(pin) : undefined,
  );
  if (refund) order.refund = sale === undefined ? {} : { sale };
  out.line(
    pays
      ? t`${title} pays ${money(amount)}: hold a card to the reader`
      : t`${title} asks for ${money(amount)}: hold a card to the reader`,
  );
  let shown: string | undefined;
  for (let wasTorn = false; ; ) {
    const result = await touch(terminal, order);
    const words = wordsOf(result);
    // Nobody there, as before, is no news.
    if (words !== shown && words !== NOBODY) out.line(words);
    shown = words;
    tellResumed(out, result, money);
    if (result.outcome === 'paid') {
      for (const line of doneWords(wallet, order, result, money)) out.line(line);
      return;
    }
    wasTorn ||= result.outcome === 'torn' && words !== NOBODY;
    const isOver = result.outcome === 'refused' && !isUpToCardholder(order, result);
    if (!isOver && frontEnd.gone === undefined && performance.now() < until_ms) continue;
    if (wasTorn) terminal.cancel(order);
    throw failure(frontEnd, words, wasTorn, isOver);
  }
}

function doneWords(
  wallet: Wallet,
  order: Order,
  { card }: TouchResult,
  money: (minor: number) => string,
): string[] {
  const [sum, held] = [money(order.amount), money(wallet.ledger.held)];
  const device = card ? t`device ${hex(card.id)}` : t`the card`;
  if (order.refund) {
    const parts = card ? newestRefundTo(wallet, card.id) : [];
    return [
      t`refunded: ${sum}, holds ${held}`,
      ...parts.map((part) => t`${money(part.amount)} of sale ${part.sale} to ${device}`),
    ];
  }
  if (order.kind === 'push') return [t`paid ${device}: ${sum}, holds ${held}`];
  const sale = order.invoice && wallet.closing(order.invoice.id)?.sequence;
  return [
    t`paid by ${device}: ${sum}, holds ${held}`,
    ...(sale === undefined ? [] : [t`this is sale ${sale}`]),
  ];
}

const touch = (terminal: Terminal, order: Order): Promise<TouchResult> =>
  new Promise((resolve) => terminal.touch(order, LOOK_MS, resolve));

const NOBODY = 'no card';

function wordsOf({ outcome, refusal, fault }: TouchResult): string {
  if (outcome === 'paid') return t`paid`;
  if (isNobody(fault)) return NOBODY;
  if (refusal) {
    const why = refusalWords(refusalName(refusal.why));
    if (outcome === 'torn')
      return refusal.by === 'card' ? t`torn by the card: ${why}` : t`torn by the terminal: ${why}`;
    return refusedBy(refusal.by, why);
  }
  return tornWords(fault);
}

function tellResumed(out: Output, { resumed }: TouchResult, money: (minor: number) => string): void {
  for (const { transfer, why } of resumed) {
    const sum = money(transfer.total);
    out.line(
      why === 0
        ? t`from before: ${sum} taken`
        : t`from before: ${sum} not taken, ${refusalWords(refusalName(why))}`,
    );
  }
}

function failure(frontEnd: FrontEnd, words: string, wasTorn: boolean, isOver: boolean): CliError {
  if (isOver) return new CliError(Exit.violated, 'refused', t`nothing was paid: ${words}`);
  const { gone, whereabouts } = frontEnd;
  const untaken = t`what the card may have sent will not be taken`;
  if (wasTorn) return new CliError(Exit.violated, 'torn', `${gone ?? words}; ${untaken}`);
  if (gone !== undefined) return new CliError(Exit.absent, 'device-gone', gone);
  return new CliError(Exit.absent, 'no-card', t`no card came: ${whereabouts}`);
}
