import { concat, u32 } from '../../../firmware/bytes.js';
import { ConsoleCommand, ConsoleStatus, OrderStage } from '../../../firmware/console/codes.js';
import { type OrderState, parseOrderState } from '../../../firmware/console/order-state.js';
import { Lifecycle } from '../../../firmware/payment/lifecycle.js';
import { Refusal, refusalName } from '../../../firmware/protocol/refusal.js';
import { hex } from '../../../sim/bank/bytes.js';
import { t } from '../../../sim/texts/language.js';
import { refusalWords } from '../../../sim/words.js';
import { CliError } from '../cli-error.js';
import { StateFile } from '../files/state-file.js';
import { Exit } from '../output/exit.js';
import { PortError } from './byte-port.js';
import { type ConsoleClient, ConsoleError, lifecycleName } from './client.js';

export interface Purchase {
  /** The device that pays, which is the card. */
  readonly payer: ConsoleClient;
  /** The device that asks for the money, which is the terminal. */
  readonly payee: ConsoleClient;
  /** Minor units. */
  readonly amount: number;
  /** Of the payer's owner. */
  readonly pin?: string | undefined;
  /** Tells what is to be done now. */
  say(line: string): void;
}

export interface Payment {
  readonly amount: number;
  /** Device ids, and that of the invoice; 8 bytes each, as hex. */
  readonly payer: string;
  readonly payee: string;
  readonly invoice: string;
  /** It had been paid in an earlier run, which did not hear of it. */
  readonly isFromBefore: boolean;
}

/** Kept until the payment has come to an end: a run that was cut off is gone on with under the same id. */
interface Begun {
  /** Of the invoice, 8 bytes. */
  readonly invoice: Uint8Array;
}

const LOOK_MS = 150;
/** A question about an order moves nothing, and may be asked again. */
const TRIES = 3;
/** A device gives an order up after a minute of its own time; an emulated one's is slower. */
const WAIT_MS_MAX = 600_000;

/**
 * Has `payee` ask `payer` for an amount, and waits until that is paid. The id of the invoice is on disk
 * before it is asked for: whatever is cut off, the same call again goes on, and nothing is paid twice. Throws
 * CliError when nothing was paid, or when that is not known yet.
 */
export async function pay(purchase: Purchase): Promise<Payment> {
  const [payer, payee] = [await walletAt(purchase.payer), await walletAt(purchase.payee)];
  if (payer === payee) throw new CliError(Exit.usage, 'same-device', 'a device cannot pay itself');
  const { amount } = purchase;
  const record = new StateFile<Begun>('pay', `${payer}-${payee}-${amount}`);
  const done = (invoice: Uint8Array, isFromBefore: boolean): Payment => {
    record.forget();
    return { amount, payer, payee, invoice: hex(invoice), isFromBefore };
  };
  try {
    const begun = await begin(purchase, record);
    if (begun.isPaid) return done(begun.invoice, true);
    purchase.say(t`device ${payee} asks device ${payer} for ${amount}: hold their antennas together`);
    await untilOver(purchase, begun.invoice, payer, () => record.forget());
    return done(begun.invoice, false);
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    throw new PortError(error.code, `${error.message}. ${AGAIN}`);
  }
}

const AGAIN = 'Run the same command again: it goes on, and nothing is paid twice';

/** The id of the wallet that can pay and be paid. */
async function walletAt(client: ConsoleClient): Promise<string> {
  const { deviceId, lifecycle } = await client.identify();
  if (deviceId && lifecycle >= Lifecycle.active) return hex(deviceId);
  const what = `${client.port.path}: ${lifecycleName(lifecycle)}`;
  throw new CliError(Exit.violated, 'not-ready', `${what}. Make it a wallet: tapnote provision`);
}

/** Gives the order, for the invoice of a run that was cut off, or for a new one. */
async function begin(
  purchase: Purchase,
  record: StateFile<Begun>,
): Promise<{ readonly invoice: Uint8Array; readonly isPaid: boolean }> {
  const { payee, amount, pin = '', say } = purchase;
  const before = record.read();
  if (before) say(t`an earlier run of this payment was cut off: it is gone on with`);
  const invoice = before?.invoice ?? (await payee.ask(ConsoleCommand.invoice, u32(amount)));
  if (!before) record.write({ invoice });
  const order = concat(invoice, u32(amount), new TextEncoder().encode(pin));
  try {
    await payee.ask(ConsoleCommand.ask, order, { tries: TRIES });
    return { invoice, isPaid: false };
  } catch (error) {
    const why = refusalIn(error);
    if (why === undefined) throw error;
    if (why === Refusal.paid) return { invoice, isPaid: true };
    record.forget();
    // It was called off: whatever had been sent for it is not taken.
    if (before && why === Refusal.order) return begin(purchase, record);
    if (why === Refusal.settledSince)
      throw new CliError(
        Exit.violated,
        'settled-since',
        'the payee has synced since that run: the statement of its account says whether it was paid. ' +
          'This command, once more, makes a new payment',
      );
    throw new CliError(Exit.violated, 'refused', `nothing was asked for: ${refusalWords(refusalName(why))}`);
  }
}

function refusalIn(error: unknown): Refusal | undefined {
  const isOne =
    error instanceof ConsoleError && error.status === ConsoleStatus.failed && error.data.length === 1;
  return isOne ? (error.data[0] as Refusal) : undefined;
}

/** `nothingOpen` runs when it has ended unpaid, and no payment can be on its way. */
async function untilOver(
  { payee, say }: Purchase,
  invoice: Uint8Array,
  payer: string,
  nothingOpen: () => void,
): Promise<void> {
  const until_ms = performance.now() + WAIT_MS_MAX;
  let told = '';
  for (let wasTorn = false; performance.now() < until_ms; ) {
    const state = await stateOf(payee, invoice);
    wasTorn ||= state.stage === OrderStage.torn;
    if (state.stage === OrderStage.paid) {
      const other = state.payer && hex(state.payer);
      if (other === undefined || other === payer) return;
      nothingOpen();
      throw new CliError(Exit.violated, 'other-payer', `it was paid by another device: ${other}`);
    }
    if (state.stage > OrderStage.paid) {
      if (!wasTorn) nothingOpen();
      throw unpaid(state, wasTorn);
    }
    const words = wordsOf(state, payer);
    if (words !== told) say(words);
    told = words;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  throw new CliError(Exit.violated, 'torn', `no end of it. ${AGAIN}`);
}

async function stateOf(payee: ConsoleClient, invoice: Uint8Array): Promise<OrderState> {
  try {
    const state = parseOrderState(await payee.ask(ConsoleCommand.asked, invoice, { tries: TRIES }));
    if (state) return state;
    throw new ConsoleError(ConsoleStatus.malformed, 'the device does not say how its order stands');
  } catch (error) {
    if (!(error instanceof ConsoleError) || error.status !== ConsoleStatus.absent) throw error;
    throw new CliError(Exit.violated, 'torn', `the payee was started again meanwhile. ${AGAIN}`);
  }
}

function wordsOf({ stage }: OrderState, payer: string): string {
  switch (stage) {
    case OrderStage.torn:
      return t`the touch was torn: hold them together again`;
    case OrderStage.button:
      return t`device ${payer} waits for its button: press it, and leave them together`;
    case OrderStage.pin:
      return t`device ${payer} wants its PIN: on its screen, or run this again with --pin`;
    case OrderStage.foreign:
      return t`what is held there is not one of ours`;
    case OrderStage.version:
      return t`what is held there speaks another version of the protocol: update one of the two`;
    case OrderStage.crowd:
      return t`more than one wallet is held there: hold only one`;
    default:
      return '';
  }
}

function unpaid({ stage, why, isByPayer }: OrderState, wasTorn: boolean): CliError {
  const rest = wasTorn ? t`; what the payer may have sent will not be taken` : '';
  const end = (code: string, words: string): CliError =>
    new CliError(Exit.violated, code, t`nothing was paid: ${words}${rest}`);
  if (stage === OrderStage.noFrontEnd) return end('no-front-end', t`the PN532 of the payee does not answer`);
  if (stage === OrderStage.relay)
    return end('relay', t`the answers of the payer take too long, so that it may be elsewhere`);
  if (stage === OrderStage.calledOff)
    return end('called-off', t`the payee was called off, or waited for a minute`);
  if (isByPayer && why === Refusal.pin) return end('refused', t`the PIN is wrong`);
  const words = refusalWords(refusalName(why));
  return end('refused', isByPayer ? t`refused by the payer: ${words}` : t`refused by the payee: ${words}`);
}
