/** What lines keep to, and where what belongs to a line above begins. */
export const WIDTH = 118;
export const MARGIN = ' '.repeat(10);

/** Lines of at most so many columns, broken between words. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last === undefined || seen(last) + 1 + seen(word) > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: what colour is made of
const ESCAPES = /\u001b\[[0-9;]*m/g;

/** Columns that a text takes: colour takes none. */
const seen = (text: string): number => text.replace(ESCAPES, '').length;

export const padEnd = (text: string, columns: number): string =>
  text + ' '.repeat(Math.max(0, columns - seen(text)));
