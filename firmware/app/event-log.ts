import type { Clock } from '../../hal/clock.js';
import { getU32, putU32 } from '../bytes.js';

/** What is worth a line. Codes and numbers: no key, no amount, no counterparty. */
export const EventCode = {
  /** Detail: why the processor runs, see WAKE_CAUSES. */
  started: 1,
  /** Detail: its lifecycle. */
  walletOpened: 2,
  /**
   * The flash holds no wallet that may be touched, or takes no writes. Detail: the format of its store when
   * that is another than ours, else 0 (3); why, see WALLET_FAULTS (1).
   */
  walletRefused: 3,
  /** A reader has activated us. */
  touchBegan: 4,
  /** Detail: why, see NFC_CODES. */
  touchEnded: 5,
  /** Detail: what the owner is told, see NEWS. */
  notified: 6,
  /** Detail: the command (1), the status (1). */
  consoleRefused: 7,
  /** Detail: the instruction of the APDU. */
  provisioned: 8,
  /** Detail: 1 when the random source has begun to give nothing, 0 when it gives again. */
  entropy: 9,
  /** A sync over the cable has ended. Detail: the card's status word. */
  synced: 10,
  /**
   * As a terminal it ended a touch, because the card's answer took too long: it may be elsewhere. Detail: how
   * much too long, in microseconds.
   */
  relay: 11,
  /** A tag was held to the device, and shows nobody who could be paid. Detail: why, see TagFault. */
  tagRefused: 12,
} as const;
export type EventCode = (typeof EventCode)[keyof typeof EventCode];

/** A number in the log is a place in one of these. */
export const WAKE_CAUSES = ['power', 'field', 'button', 'timer', 'watchdog', 'brownout', 'restart'] as const;
/** 0: none of these. */
export const WALLET_FAULTS: readonly string[] = ['', 'damaged', 'version', 'journal', 'unwritable'];
export const NFC_CODES = [
  'timeout',
  'removed',
  'protocol',
  'busy',
  'link',
  'closed',
  'foreign',
  'crowd',
] as const;
export const NOTICES = [
  'ready',
  'asking',
  'paid',
  'refused',
  'again',
  'blank',
  'no-front-end',
  'broken',
  'asleep',
  'other-format',
  'no-entropy',
  'busy',
  'foreign',
  'crowd',
  'relay',
  'version',
  'tag',
  'how-much',
  'bad-tag',
] as const;

const EVENTS_MAX = 64;
/** sequence (4), ticks (4), code (1), detail (4) */
const EVENT_BYTES = 13;
const EVENTS_AT_ONCE = 32;

/** The last events since the device was started, in RAM. */
export class EventLog {
  readonly #ring = new Uint8Array(EVENTS_MAX * EVENT_BYTES);
  /** Of the event that comes next. */
  #sequence = 0;

  constructor(private readonly clock: Clock) {}

  note(code: EventCode, detail: number): void {
    const at = (this.#sequence % EVENTS_MAX) * EVENT_BYTES;
    putU32(this.#ring, at, this.#sequence);
    putU32(this.#ring, at + 4, this.clock.ticks_ms());
    this.#ring[at + 8] = code;
    putU32(this.#ring, at + 9, detail >>> 0);
    this.#sequence = (this.#sequence + 1) >>> 0;
  }

  /** Up to EVENTS_AT_ONCE events from `first` on, or from the oldest that is left. */
  read(first: number): Uint8Array {
    const from = Math.max(first, this.#sequence - EVENTS_MAX, 0);
    const count = Math.max(0, Math.min(this.#sequence - from, EVENTS_AT_ONCE));
    const bytes = new Uint8Array(count * EVENT_BYTES);
    for (let i = 0; i < count; i++) {
      const at = ((from + i) % EVENTS_MAX) * EVENT_BYTES;
      bytes.set(this.#ring.subarray(at, at + EVENT_BYTES), i * EVENT_BYTES);
    }
    return bytes;
  }
}

export interface LoggedEvent {
  readonly sequence: number;
  readonly ticks_ms: number;
  readonly code: number;
  readonly detail: number;
}

/** The host's end of `read`. */
export function parseEvents(bytes: Uint8Array): LoggedEvent[] {
  const events: LoggedEvent[] = [];
  for (let at = 0; at + EVENT_BYTES <= bytes.length; at += EVENT_BYTES) {
    events.push({
      sequence: getU32(bytes, at),
      ticks_ms: getU32(bytes, at + 4),
      code: bytes[at + 8],
      detail: getU32(bytes, at + 9),
    });
  }
  return events;
}
