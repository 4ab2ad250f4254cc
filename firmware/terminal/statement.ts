import type { NfcReader } from '../../hal/nfc.js';
import { concat, getU32 } from '../bytes.js';
import { HISTORY_ENTRIES_MAX } from '../limits.js';
import { HISTORY_LINE_BYTES } from '../protocol/history.js';
import { Message } from '../protocol/message.js';
import type { Refusal } from '../protocol/refusal.js';
import type { Wallet } from '../wallet/wallet.js';
import { CardLink, type Fault } from './link.js';

/** What a wallet tells its owner. Minor units. */
export interface Statement {
  readonly held: number;
  readonly onNotes: number;
  readonly received: number;
  /** Due from the bank at the next sync. */
  readonly due: number;
  readonly inFlight: number;
  /** See `Lifecycle`. */
  readonly lifecycle: number;
  readonly pinTriesLeft: number;
  /** Newest first. */
  readonly history: readonly HistoryLine[];
}

export interface HistoryLine {
  /** See `HistoryKind`. */
  readonly kind: number;
  readonly amount: number;
  readonly time_s: number;
  /** Device, 8 bytes; all zero when there is none. */
  readonly counterparty: Uint8Array;
  readonly sequence: number;
}

export type StatementResult =
  | { readonly outcome: 'told'; readonly statement: Statement }
  /** `triesLeft`: of the PIN, when that was wrong. */
  | { readonly outcome: 'refused'; readonly why: Refusal; readonly triesLeft: number | undefined }
  | { readonly outcome: 'torn'; readonly fault: Fault };

const BALANCE_BYTES = 22;
/** One byte on the wire. */
const SKIP_MAX = 0xff;

/**
 * Asks a card for its balance and the last `linesMax` lines of its history on behalf of its owner, whose PIN
 * (ASCII digits) was typed at this terminal. The card gives HISTORY_ENTRIES_MAX lines at once, and can be
 * asked for those from the 255th back on.
 */
export function askStatement(
  wallet: Wallet,
  reader: NfcReader,
  pin: Uint8Array,
  timeout_ms: number,
  done: (result: StatementResult) => void,
  linesMax = HISTORY_ENTRIES_MAX,
): void {
  const finish = (result: StatementResult) => link.close(() => done(result));
  const torn = (fault: Fault) => finish({ outcome: 'torn', fault });
  const link = new CardLink(wallet, reader, torn);

  /** One message; `next` gets the answer's body, a refusal ends it. */
  const ask = (message: Uint8Array, next: (body: Uint8Array) => void) =>
    link.send(message, false, (answer) => {
      if (answer[0] === 0) return next(answer.subarray(1));
      const triesLeft = message[0] === Message.verify && answer.length === 2 ? answer[1] : undefined;
      finish({ outcome: 'refused', why: answer[0] as Refusal, triesLeft });
    });

  /** Pages until there are lines enough, or no more. */
  const page = (before: Uint8Array, next: (history: Uint8Array) => void): void => {
    const skip = before.length / HISTORY_LINE_BYTES;
    ask(Uint8Array.of(Message.history, skip), (lines) => {
      const history = concat(before, lines);
      const isWhole = lines.length === HISTORY_ENTRIES_MAX * HISTORY_LINE_BYTES;
      const count = skip + HISTORY_ENTRIES_MAX;
      if (isWhole && count < linesMax && count <= SKIP_MAX) page(history, next);
      else next(history);
    });
  };

  link.open(timeout_ms, () =>
    ask(concat(Uint8Array.of(Message.verify), pin), () =>
      ask(Uint8Array.of(Message.balance), (balance) =>
        page(new Uint8Array(0), (history) => {
          const statement = parseStatement(balance, history.subarray(0, linesMax * HISTORY_LINE_BYTES));
          if (statement) finish({ outcome: 'told', statement });
          else torn({ kind: 'protocol' });
        }),
      ),
    ),
  );
}

/** Undefined when these bytes are no lines of a history. */
export function parseHistory(history: Uint8Array): HistoryLine[] | undefined {
  if (history.length % HISTORY_LINE_BYTES !== 0) return undefined;
  const lines: HistoryLine[] = [];
  for (let at = 0; at < history.length; at += HISTORY_LINE_BYTES) {
    lines.push({
      kind: history[at],
      amount: getU32(history, at + 1),
      time_s: getU32(history, at + 5),
      counterparty: history.slice(at + 9, at + 17),
      sequence: getU32(history, at + 17),
    });
  }
  return lines;
}

function parseStatement(balance: Uint8Array, history: Uint8Array): Statement | undefined {
  const lines = parseHistory(history);
  if (balance.length !== BALANCE_BYTES || !lines) return undefined;
  return {
    held: getU32(balance, 0),
    onNotes: getU32(balance, 4),
    received: getU32(balance, 8),
    due: getU32(balance, 12),
    inFlight: getU32(balance, 16),
    lifecycle: balance[20],
    pinTriesLeft: balance[21],
    history: lines,
  };
}
