import type { Same } from '../bytes.js';
import type { Certificate } from '../objects/certificate.js';
import type { Invoice } from '../objects/invoice.js';
import type { Transfer } from '../objects/transfer.js';
import type { Consent } from '../payment/consent.js';
import { Refusal } from '../protocol/refusal.js';
import type { Fault } from './link.js';

/**
 * What the person at the terminal wants. It lives through as many touches as it takes; a touch never runs it
 * twice.
 */
export interface Order {
  /**
   * `pull`: the card pays us. `push`: we pay the card. `resume`: finish what is open between us, nothing new.
   */
  readonly kind: 'pull' | 'push' | 'resume';
  /** Minor units. */
  readonly amount: number;
  /**
   * PIN of the card's holder (`pull`), typed at the terminal, or of the terminal's (`push`). ASCII digits.
   */
  pin?: Uint8Array;
  /**
   * `push`: it is a refund, and goes to a card that has paid us so much since our last sync and has not got
   * it back. `sale`: number in our journal of the one sale that it has to be a refund of.
   */
  refund?: { readonly sale?: number };
  /**
   * `push`: the only device that is paid (8 bytes), as a tag has shown it, and the last second of our clock
   * in which it is.
   */
  payee?: { readonly id: Uint8Array; readonly until_s: number };
  /** `push`: what the owner has given for it at this device; a button when it is left out. */
  consent?: Consent;
  /** 8 random bytes that name it. */
  readonly id: Uint8Array;
  /** `pull`: what the invoice is to be called, 8 bytes that this wallet has made. Else it gets a new id. */
  invoiceId?: Uint8Array;
  /** `pull`: our invoice, the same in every touch. */
  invoice?: Invoice;
  /** The transfer that did it. */
  transfer?: Transfer;
  done: boolean;
}

/** A transfer from an earlier touch that this one finished. */
export interface Resumed {
  readonly transfer: Transfer;
  /** Whether we are the payee. */
  readonly received: boolean;
  /** 0 when accepted, else why it is void. */
  readonly why: number;
}

export interface TouchResult {
  /**
   * `paid`: the order is done. `resumed`: nothing new was asked. `refused`: nothing moved. `torn`: look at
   * the order again with the next touch.
   */
  readonly outcome: 'paid' | 'resumed' | 'refused' | 'torn';
  /** Who refused, and why. */
  readonly refusal?: { readonly by: 'card' | 'terminal'; readonly why: Refusal };
  readonly fault?: Fault;
  /** See `CardLink`. */
  readonly excess_us: number | undefined;
  readonly resumed: readonly Resumed[];
  readonly card: Certificate | undefined;
}

/**
 * Whether a refused order can come to its end with another touch: the card asks its holder, for this invoice
 * and no other. A PIN that was given, and refused, is not given again: that would lock it.
 */
export function isUpToCardholder({ pin }: Order, { refusal }: TouchResult): boolean {
  if (refusal?.by !== 'card') return false;
  return refusal.why === Refusal.button || (refusal.why === Refusal.pin && pin === undefined);
}

/**
 * Whether an accepted transfer carries out the order: it is for its invoice, or it was left from a sale of
 * the same amount whose touch was torn and whose invoice is forgotten. One that was accepted before (`again`)
 * has carried out another order already.
 */
export function paysFor(order: Order, transfer: Transfer, again: boolean, same: Same): boolean {
  if (order.kind !== 'pull') return false;
  if (order.invoice && same(order.invoice.id, transfer.invoice)) return true;
  return !again && transfer.total === order.amount;
}
