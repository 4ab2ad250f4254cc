/** What lines keep to where nobody can tell, and on a terminal that is wider. */
const WIDTH_MAX = 118;
/** Narrower than this, words would be broken. */
const WIDTH_MIN = 30;
/** The share of a line that may stay empty before what follows. */
const HANGING_MAX = 0.55;
/** Where what belongs to a line above begins. */
export const MARGIN = ' '.repeat(10);

/** Columns for a line on `stream`: its terminal's, or those that COLUMNS says. */
export function widthOf(
  stream: { readonly columns?: number },
  env: Readonly<Record<string, string | undefined>> = process.env,
): number {
  const columns = stream.columns || Number(env.COLUMNS) || WIDTH_MAX;
  return Math.max(WIDTH_MIN, Math.min(columns, WIDTH_MAX));
}

/** Every line of a text, broken between words where it is longer than `width`. */
export const fitted = (text: string, width: number): string =>
  text
    .split('\n')
    .flatMap((line) => fittedLine(line, width))
    .join('\n');

/**
 * One line as several of at most `width` columns. What follows stands under the text of the line's last
 * column, or of the line.
 */
export function fittedLine(line: string, width: number): string[] {
  if (columnsOf(line) <= width) return [line];
  const indent = ' '.repeat(hangingIndent(line, width));
  const lines: string[] = [];
  let rest = line;
  while (columnsOf(rest) > width) {
    const end = breakOf(rest, width, lines.length === 0 ? 0 : indent.length);
    lines.push(rest.slice(0, end).trimEnd());
    rest = indent + rest.slice(end).trimStart();
  }
  return [...lines, rest];
}

/** Where the last column begins that leaves room enough; without columns, where the text does. */
function hangingIndent(line: string, width: number): number {
  const text = line.replace(COLOUR, '');
  let indent = text.length - text.trimStart().length;
  for (const { index, 0: gap } of text.matchAll(/(?<=\S) {2,}(?=\S)/g)) {
    const at = columnsOf(text.slice(0, index + gap.length));
    if (at <= width * HANGING_MAX) indent = at;
  }
  return Math.min(indent, Math.floor(width * HANGING_MAX));
}

/**
 * Where to break: at the last blank that leaves `width` columns before it, or in the word that fills them
 * all.
 */
function breakOf(line: string, width: number, indent: number): number {
  let at = 0;
  let columns = 0;
  let blank = 0;
  for (const part of line.match(PARTS) ?? []) {
    const wide = columnsOf(part);
    if (columns + wide > width) break;
    if (part === ' ' && columns > indent && line.slice(0, at).trim() !== '') blank = at;
    columns += wide;
    at += part.length;
  }
  return line[at] === ' ' ? at : blank || at;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: what colour is made of
const COLOUR = /\u001b\[[0-9;]*m/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the same, or one character
const PARTS = /\u001b\[[0-9;]*m|./gsu;
const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303f\uff01-\uff60]/u;

/** Columns that a text takes on a terminal: colour and combining marks none, East Asian characters two. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text.replace(COLOUR, '')) {
    if (WIDE.test(character)) columns += 2;
    else if (!/\p{M}/u.test(character)) columns++;
  }
  return columns;
}

export const padStart = (text: string, columns: number): string =>
  ' '.repeat(Math.max(0, columns - columnsOf(text))) + text;

export const padEnd = (text: string, columns: number): string =>
  text + ' '.repeat(Math.max(0, columns - columnsOf(text)));
