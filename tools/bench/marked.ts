import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootFolder } from '../xs/folders.js';

/** Puts `lines` between the two marks of that name in a document of the project. */
export function fillMarked(document: string, mark: string, lines: readonly string[]): void {
  const [begin, end] = [`<!-- ${mark}:begin -->\n`, `<!-- ${mark}:end -->`];
  const file = join(rootFolder, document);
  const text = readFileSync(file, 'utf8');
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${document} has not got ${begin.trim()} and ${end}`);
  writeFileSync(file, text.slice(0, from + begin.length) + lines.join('\n') + text.slice(to));
}
