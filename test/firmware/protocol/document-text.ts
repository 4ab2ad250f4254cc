import { readFileSync } from 'node:fs';
import { expect } from 'vitest';

export const DOCUMENT = readFileSync(new URL('../../../firmware/PROTOCOL.md', import.meta.url), 'utf8');

/** The text from a heading up to the next of its level or above. */
export function section(heading: string): string {
  const lines = DOCUMENT.split('\n');
  const start = lines.findIndex((line) => /^#+ /.test(line) && line.replace(/^#+ /, '') === heading);
  expect(start, `there is a heading "${heading}"`).toBeGreaterThanOrEqual(0);
  const level = lines[start].indexOf(' ');
  const length = lines.slice(start + 1).findIndex((line) => /^#+ /.test(line) && line.indexOf(' ') <= level);
  return lines.slice(start + 1, length < 0 ? undefined : start + 1 + length).join('\n');
}

export type Row = Record<string, string>;

/** The rows of the tables in a text whose first columns have these names, by column, without backticks. */
export function table(text: string, ...columns: string[]): Row[] {
  const rows: Row[] = [];
  let names: string[] | undefined;
  for (const line of text.split('\n')) {
    if (!line.startsWith('|')) {
      names = undefined;
      continue;
    }
    const cells = line
      .slice(1, line.lastIndexOf('|'))
      .split('|')
      .map((cell) => cell.trim().replaceAll('`', ''));
    if (!names) names = cells;
    else if (!/^[-: ]+$/.test(cells[0]) && columns.every((column, i) => names?.[i] === column))
      rows.push(Object.fromEntries(names.map((name, i) => [name, cells[i]])));
  }
  expect(rows.length, columns.join(', ')).toBeGreaterThan(0);
  return rows;
}
