import { columnsOf, padEnd, padStart } from './text.js';

/** Rows as aligned columns: the first to the left, and every one that holds numbers to the right. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, i) =>
    Math.max(...rows.map((row) => columnsOf(row[i] ?? ''))),
  );
  const numeric = widths.map(
    (_, i) => i > 0 && rows.some((row) => /^[−-]?[\d,]+(\.\d+)?$/.test(row[i] ?? '')),
  );
  return rows.map((row) =>
    row
      .map((cell, i) => (numeric[i] ? padStart(cell, widths[i]) : padEnd(cell, widths[i])))
      .join('   ')
      .trimEnd(),
  );
}
