import { isZero } from '../../../firmware/bytes.js';
import { HistoryKind } from '../../../firmware/protocol/history.js';
import type { HistoryLine } from '../../../firmware/terminal/statement.js';
import { hex } from '../../../sim/bank/bytes.js';
import { historyWords, utc } from '../../../sim/words.js';
import { table } from '../output/table.js';

const kindOf = (kind: number): keyof typeof HistoryKind | undefined =>
  (Object.keys(HistoryKind) as (keyof typeof HistoryKind)[]).find((name) => HistoryKind[name] === kind);

/** A line of a device's history for programs. Amounts in minor units. */
export function historyValue({ sequence, kind, amount, time_s, counterparty }: HistoryLine) {
  return { sequence, kind: kindOf(kind) ?? kind, amount, time_s, counterparty };
}

/** The lines for people: number, what it was, minor units, time, counterparty. */
export function historyTable(lines: readonly HistoryLine[]): string[] {
  if (lines.length === 0) return ['the journal is empty'];
  return table(
    lines.map(({ sequence, kind, amount, time_s, counterparty }) => {
      const name = kindOf(kind);
      return [
        `${sequence}`,
        name ? historyWords(name) : `entry of kind ${kind}`,
        amount > 0 ? `${amount}` : '',
        utc(time_s),
        isZero(counterparty) ? '' : hex(counterparty),
      ];
    }),
  );
}
