import { concat, putU32 } from '../bytes.js';
import { type JournalEntry, parseEntry } from '../ledger/journal-entry.js';
import { HISTORY_LINE_BYTES, HistoryKind } from '../protocol/history.js';
import type { Wallet } from './wallet.js';

/**
 * What happened to the wallet's money, newest first, from entry `last` of its journal back: at most
 * `linesMax` lines, fewer where the journal has no more. Each: kind (1), amount (4), time (4), counterparty
 * (8), sequence (4).
 */
export function historyLines(wallet: Wallet, last: number, linesMax: number): Uint8Array {
  const lines: Uint8Array[] = [];
  for (let sequence = last; sequence > last - linesMax; sequence--) {
    const bytes = wallet.entry(sequence);
    const entry = bytes && parseEntry(wallet.certificate.id, bytes);
    if (!entry) break;
    lines.push(historyLine(entry, sequence));
  }
  return concat(...lines);
}

function historyLine(entry: JournalEntry, sequence: number): Uint8Array {
  const line = new Uint8Array(HISTORY_LINE_BYTES);
  line[0] = HistoryKind[entry.kind];
  putU32(line, 17, sequence);
  if (entry.kind === 'settled') {
    putU32(line, 5, entry.settlement.time_s);
    return line;
  }
  if (entry.kind === 'answer') {
    line.set(entry.receipt.payee, 9);
    putU32(line, 5, entry.receipt.created_s);
    return line;
  }
  const { transfer } = entry;
  if (transfer) putU32(line, 1, transfer.total);
  putU32(line, 5, entry.kind === 'out' ? entry.transfer.created_s : entry.receipt.created_s);
  line.set(entry.kind === 'out' ? entry.transfer.payee : entry.receipt.payer, 9);
  return line;
}
