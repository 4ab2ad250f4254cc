import type { Asked, Mode } from '../app/mode.js';
import { getU32, sameBytes } from '../bytes.js';
import { PIN_DIGITS_MAX } from '../limits.js';
import { isAmount } from '../objects/amount.js';
import { Outcome } from '../objects/receipt.js';
import { newInvoiceId } from '../payment/invoice-id.js';
import { Lifecycle } from '../payment/lifecycle.js';
import { whyNotOpen } from '../payment/payee.js';
import { Refusal } from '../protocol/refusal.js';
import type { Wallet } from '../wallet/wallet.js';
import { ConsoleStatus } from './codes.js';
import { describeOrder } from './order-state.js';

const ID_BYTES = 8;
const AMOUNT_BYTES = 4;
const ASK_BYTES = ID_BYTES + AMOUNT_BYTES;

/** What an order over the cable needs of a device. */
export interface OrderTaker {
  readonly wallet: Wallet;
  readonly mode: Mode;
}

/** A status, and what comes with it. */
export type Answered = readonly [ConsoleStatus, Uint8Array?];

const refusedFor = (why: Refusal): Answered => [ConsoleStatus.failed, Uint8Array.of(why)];

/** Amount (4) -> id of an invoice (8), which its host keeps before it asks for the money. */
export function drawInvoice({ wallet }: OrderTaker, payload: Uint8Array): Answered {
  if (payload.length !== AMOUNT_BYTES || !isAmount(getU32(payload, 0))) return [ConsoleStatus.malformed];
  if (wallet.lifecycle < Lifecycle.active) return refusedFor(Refusal.notActive);
  return [ConsoleStatus.ok, newInvoiceId(wallet)];
}

/**
 * Id of an invoice (8), amount (4), PIN: the device asks for it. An id that was paid before is refused as
 * paid; one that is being asked for goes on, with the PIN if it comes now. So a host that was cut off asks
 * again, and nothing is paid twice.
 */
export function takeOrder({ wallet, mode }: OrderTaker, payload: Uint8Array): Answered {
  if (payload.length < ASK_BYTES || payload.length > ASK_BYTES + PIN_DIGITS_MAX)
    return [ConsoleStatus.malformed];
  const id = payload.slice(0, ID_BYTES);
  const amount = getU32(payload, ID_BYTES);
  const pin = payload.slice(ASK_BYTES);
  if (!isAmount(amount)) return [ConsoleStatus.malformed];
  const under = findOrder(mode, id);
  if (under && under.end === undefined) {
    if (under.order.amount !== amount) return refusedFor(Refusal.mismatch);
    if (pin.length > 0) under.order.pin = pin;
    return [ConsoleStatus.ok];
  }
  if (mode.isBusy) return [ConsoleStatus.busy];
  if (wallet.lifecycle < Lifecycle.active) return refusedFor(Refusal.notActive);
  const closed = wallet.closing(id);
  const over = whyNotOpen(wallet, { id }, closed);
  if (over === Refusal.order && closed?.outcome === Outcome.accepted) return refusedFor(Refusal.paid);
  if (over !== undefined) return refusedFor(over);
  // Of whose making it is cannot be told, but what this wallet has made says a time that has been.
  if (wallet.madeAfter(id) > wallet.ledger.sequence) return refusedFor(Refusal.mismatch);
  mode.ask(amount, pin.length > 0 ? { invoiceId: id, pin } : { invoiceId: id });
  return [ConsoleStatus.ok];
}

/** Id of an invoice (8) -> how that order stands. */
export function tellOrder({ mode }: OrderTaker, payload: Uint8Array): Answered {
  if (payload.length !== ID_BYTES) return [ConsoleStatus.malformed];
  const asked = findOrder(mode, payload);
  return asked ? [ConsoleStatus.ok, describeOrder(asked)] : [ConsoleStatus.absent];
}

/** An order of the owner's own has no name, and is told to nobody. */
function findOrder({ asked }: Mode, id: Uint8Array): Asked | undefined {
  const named = asked?.order.invoiceId;
  return named && sameBytes(named, id) ? asked : undefined;
}
