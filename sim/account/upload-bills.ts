import { BillReceipt } from '../../firmware/account/bill-receipt.js';
import type { Pos } from '../../firmware/account/pos.js';

/** Bills of one request: with a code each, they stay below what a bank takes as one body. */
export const UPLOAD_BILLS_MAX = 32;

/** What a terminal sends, in order: each bill with its evidence, which is empty where there is none. */
export interface BillUpload {
  /** As `terminalIdOf` names its key, 8 bytes. */
  readonly terminal: Uint8Array;
  readonly bills: readonly (readonly [bill: Uint8Array, evidence: Uint8Array])[];
}

/** What comes back. */
export interface BillUploadAnswer {
  /** See BillReceipt: what the platform has by now. */
  readonly receipt: Uint8Array;
  /** Bills that it cannot use, and why. */
  readonly asides: readonly (readonly [sequence: number, reason: string])[];
  /** The bill at which it has stopped reading, and why. */
  readonly stopped?: readonly [sequence: number, reason: string] | undefined;
}

export interface Uploaded {
  /** Bills that the platform has now and had not before, by what the terminal knew. */
  readonly taken: number;
  readonly asides: readonly (readonly [sequence: number, reason: string])[];
}

/** The upload did not come to its end. What the platform has a receipt for is uploaded. */
export class UploadError extends Error {
  constructor(
    /** `malformed`, `receipt-…`, `stopped-…`, `unreadable`. */
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Uploads the bills of a terminal, and begins its counts anew as receipts come back. It may be repeated at
 * any time: the platform knows what it has. `send`: one request. Throws UploadError, and what `send` throws.
 */
export async function uploadBills(
  pos: Pos,
  terminal: Uint8Array,
  send: (upload: BillUpload) => Promise<unknown>,
): Promise<Uploaded> {
  const { log } = pos;
  const before = log.receipted;
  const asides: (readonly [number, string])[] = [];
  let isBack = false;
  for (let from = before + 1; ; ) {
    const answer = readAnswer(await send({ terminal, bills: billsFrom(pos, from) }));
    asides.push(...answer.asides);
    const fault = pos.accept(answer.receipt);
    const has = BillReceipt.parse(answer.receipt)?.sequence ?? 0;
    // A bank that was put back to an earlier time lacks bills that it once had, and asks for them: once.
    const goesBack: boolean = !isBack && fault === 'old' && has + 1 < from && log.has(has + 1);
    const isSentAgain = isBack && fault === 'old' && has >= from;
    if (fault !== undefined && !goesBack && !isSentAgain)
      throw new UploadError(`receipt-${fault}`, `the platform's receipt does nothing: ${fault}`);
    if (answer.stopped && !goesBack && has < from) {
      const [sequence, reason] = answer.stopped;
      throw new UploadError(`stopped-${reason}`, `the platform has stopped at bill ${sequence}: ${reason}`);
    }
    if (has >= log.last) break;
    if (has + 1 === from) throw new UploadError('malformed', `the platform does not take bill ${from}`);
    isBack ||= goesBack;
    from = has + 1;
  }
  return { taken: log.receipted - before, asides };
}

function billsFrom({ log }: Pos, from: number): BillUpload['bills'] {
  const bills: (readonly [Uint8Array, Uint8Array])[] = [];
  for (let sequence = from; sequence <= log.last && bills.length < UPLOAD_BILLS_MAX; sequence++) {
    const { bill, evidence } = log.booked(sequence);
    bills.push([bill.bytes, evidence]);
  }
  return bills;
}

/** Bytes from outside: of this shape, or nothing. */
function readAnswer(answer: unknown): BillUploadAnswer {
  const { receipt, asides, stopped } = (answer ?? {}) as Record<string, unknown>;
  const isTold = (each: unknown): each is readonly [number, string] =>
    Array.isArray(each) && each.length === 2 && Number.isInteger(each[0]) && typeof each[1] === 'string';
  const isSound =
    receipt instanceof Uint8Array &&
    Array.isArray(asides) &&
    asides.every(isTold) &&
    (stopped === undefined || isTold(stopped));
  if (!isSound) throw new UploadError('malformed', 'it does not answer as a platform');
  return { receipt, asides, stopped };
}
