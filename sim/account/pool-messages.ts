import { type PoolAsk, type PooledBill, PoolVerdict } from '../../firmware/account/pool-hook.js';
import { getU32, putU32 } from '../../firmware/bytes.js';
import { Shape } from '../../firmware/objects/shape.js';
import type { LogHead } from './pool.js';

/*
 * What terminals and their gateway say to each other, under the seal of their channel: CBOR of fixed shapes,
 * so that a chip reads it by offsets. The types are none of a signed object.
 */
const ASK = new Shape(
  9,
  12,
  `
  receipted u32
  last u32
  platform 4
  pseudonym 8
  serial u32
  counter u32
  amount u32
  quota u32
`,
);
const LOG = new Shape(5, 13, 'receipted u32\n last u32\n released tiny\n bills tiny');
const BILL = new Shape(
  9,
  14,
  `
  sequence u32
  kind tiny
  platform 4
  pseudonym 8
  serial u32
  counter u32
  amount u32
  time_s u32
`,
);
const REPLY = new Shape(4, 15, 'to u32\n verdict tiny\n upTo u32');

/** Bills in one message. */
export const BILLS_MAX = 20;
/** Of the longest message. */
export const MESSAGE_BYTES_MAX = LOG.length + BILLS_MAX * BILL.length;

export type TerminalMessage =
  | { readonly kind: 'ask'; readonly head: LogHead; readonly ask: PoolAsk }
  | {
      readonly kind: 'log';
      readonly head: LogHead;
      /** What was asked last is not booked, and will not be. */
      readonly isReleased: boolean;
      readonly bills: readonly PooledBill[];
    };

export interface PoolReply {
  /** Number of the message that it answers. */
  readonly to: number;
  /** Undefined where nothing was asked. */
  readonly verdict: PoolVerdict | undefined;
  /** The gateway has the terminal's bills up to this one. */
  readonly upTo: number;
}

export function askBytes({ receipted, last }: LogHead, ask: PoolAsk): Uint8Array {
  const [RECEIPTED, LAST, PLATFORM, PSEUDONYM, SERIAL, COUNTER, AMOUNT, QUOTA] = ASK.offsets;
  const bytes = ASK.blank();
  putU32(bytes, RECEIPTED, receipted);
  putU32(bytes, LAST, last);
  bytes.set(ask.platform, PLATFORM);
  bytes.set(ask.pseudonym, PSEUDONYM);
  putU32(bytes, SERIAL, ask.serial);
  putU32(bytes, COUNTER, ask.counter);
  putU32(bytes, AMOUNT, ask.amount);
  putU32(bytes, QUOTA, ask.quota);
  return bytes;
}

/** Throws RangeError for more than BILLS_MAX. */
export function logBytes(
  { receipted, last }: LogHead,
  bills: readonly PooledBill[],
  isReleased = false,
): Uint8Array {
  if (bills.length > BILLS_MAX) throw new RangeError(`${bills.length} bills in one message`);
  const [RECEIPTED, LAST, RELEASED, BILLS] = LOG.offsets;
  const bytes = new Uint8Array(LOG.length + bills.length * BILL.length);
  bytes.set(LOG.blank());
  putU32(bytes, RECEIPTED, receipted);
  putU32(bytes, LAST, last);
  bytes[RELEASED] = isReleased ? 1 : 0;
  bytes[BILLS] = bills.length;
  bills.forEach((bill, i) => {
    bytes.set(billBytes(bill), LOG.length + i * BILL.length);
  });
  return bytes;
}

function billBytes(bill: PooledBill): Uint8Array {
  const [SEQUENCE, KIND, PLATFORM, PSEUDONYM, SERIAL, COUNTER, AMOUNT, TIME] = BILL.offsets;
  const bytes = BILL.blank();
  putU32(bytes, SEQUENCE, bill.sequence);
  bytes[KIND] = bill.kind;
  bytes.set(bill.platform, PLATFORM);
  bytes.set(bill.pseudonym, PSEUDONYM);
  putU32(bytes, SERIAL, bill.serial);
  putU32(bytes, COUNTER, bill.counter);
  putU32(bytes, AMOUNT, bill.amount);
  putU32(bytes, TIME, bill.time_s);
  return bytes;
}

/** Undefined when it is no message of a terminal, to the last byte. */
export function parseTerminalMessage(bytes: Uint8Array): TerminalMessage | undefined {
  if (ASK.fits(bytes)) return { kind: 'ask', head: headIn(bytes, ASK), ask: askIn(bytes) };
  const head = bytes.subarray(0, LOG.length);
  if (!LOG.fits(head)) return undefined;
  const [, , RELEASED, BILLS] = LOG.offsets;
  const count = bytes[BILLS];
  if (bytes[RELEASED] > 1 || count > BILLS_MAX) return undefined;
  if (bytes.length !== LOG.length + count * BILL.length) return undefined;
  const bills: PooledBill[] = [];
  for (let at = LOG.length; at < bytes.length; at += BILL.length) {
    const bill = bytes.subarray(at, at + BILL.length);
    if (!BILL.fits(bill)) return undefined;
    bills.push(billIn(bill));
  }
  return { kind: 'log', head: headIn(bytes, LOG), isReleased: bytes[RELEASED] === 1, bills };
}

const headIn = (bytes: Uint8Array, { offsets: [RECEIPTED, LAST] }: Shape): LogHead => ({
  receipted: getU32(bytes, RECEIPTED),
  last: getU32(bytes, LAST),
});

function askIn(bytes: Uint8Array): PoolAsk {
  const [, , PLATFORM, PSEUDONYM, SERIAL, COUNTER, AMOUNT, QUOTA] = ASK.offsets;
  return {
    platform: bytes.slice(PLATFORM, PLATFORM + 4),
    pseudonym: bytes.slice(PSEUDONYM, PSEUDONYM + 8),
    serial: getU32(bytes, SERIAL),
    counter: getU32(bytes, COUNTER),
    amount: getU32(bytes, AMOUNT),
    quota: getU32(bytes, QUOTA),
  };
}

function billIn(bytes: Uint8Array): PooledBill {
  const [SEQUENCE, KIND, PLATFORM, PSEUDONYM, SERIAL, COUNTER, AMOUNT, TIME] = BILL.offsets;
  return {
    sequence: getU32(bytes, SEQUENCE),
    kind: bytes[KIND],
    platform: bytes.slice(PLATFORM, PLATFORM + 4),
    pseudonym: bytes.slice(PSEUDONYM, PSEUDONYM + 8),
    serial: getU32(bytes, SERIAL),
    counter: getU32(bytes, COUNTER),
    amount: getU32(bytes, AMOUNT),
    time_s: getU32(bytes, TIME),
  };
}

/** In place of a verdict. */
const NO_VERDICT = 23;

export function replyBytes({ to, verdict, upTo }: PoolReply): Uint8Array {
  const [TO, VERDICT, UP_TO] = REPLY.offsets;
  const bytes = REPLY.blank();
  putU32(bytes, TO, to);
  bytes[VERDICT] = verdict ?? NO_VERDICT;
  putU32(bytes, UP_TO, upTo);
  return bytes;
}

export function parseReply(bytes: Uint8Array): PoolReply | undefined {
  if (!REPLY.fits(bytes)) return undefined;
  const [TO, VERDICT, UP_TO] = REPLY.offsets;
  const verdict = bytes[VERDICT];
  if (verdict > PoolVerdict.day && verdict !== NO_VERDICT) return undefined;
  return {
    to: getU32(bytes, TO),
    verdict: verdict === NO_VERDICT ? undefined : (verdict as PoolVerdict),
    upTo: getU32(bytes, UP_TO),
  };
}
