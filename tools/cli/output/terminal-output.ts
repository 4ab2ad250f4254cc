import { styleText } from 'node:util';
import { isPrintable, printable } from '../../../sim/printable.js';
import { columnsOf, fittedLine, MARGIN, widthOf } from './text.js';

export type Style = Parameters<typeof styleText>[0];

// What is in parentheses is kept by split.
// biome-ignore lint/suspicious/noControlCharactersInRegex: what colour is made of
const COLOUR = /(\u001b\[[0-9;]*m)/;
const BAR_CELLS = 30;
const REDRAW_MS = 40;

/**
 * Whether to colour what goes to `stream`: https://no-color.org, https://force-color.org, then whether it is
 * a terminal.
 */
export function wantsColour(
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>> = process.env,
): boolean {
  const forced = env.FORCE_COLOR;
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  if (env.NO_COLOR) return false;
  return stream.isTTY === true && env.TERM !== 'dumb';
}

/** Lines of text on standard output; colour and a progress bar where somebody looks at them. */
export class Output {
  readonly colour: boolean;
  readonly #live: boolean;
  /** Columns that a line may take. */
  readonly width: number;
  #bar = false;
  #drawn_ms = 0;

  constructor(private readonly stream: NodeJS.WriteStream = process.stdout) {
    this.colour = wantsColour(stream);
    this.width = widthOf(stream);
    this.#live = stream.isTTY === true && process.env.TERM !== 'dumb';
  }

  style(style: Style, text: string): string {
    return this.colour ? styleText(style, text, { validateStream: false }) : text;
  }

  /**
   * A line, or several where the terminal is narrower. Of control characters it may have colour's alone: the
   * rest is spelled out.
   */
  line(text = ''): void {
    this.#clear();
    for (const line of fittedLine(this.#safe(text), this.width)) this.stream.write(`${line}\n`);
  }

  #safe(text: string): string {
    if (isPrintable(text)) return text;
    if (!this.colour) return printable(text);
    return text
      .split(COLOUR)
      .map((part, i) => (i % 2 === 0 ? printable(part) : part))
      .join('');
  }

  /** Drawn on a terminal only; goes when it is full, or when a line comes. */
  progress(what: string, done: number, of: number): void {
    if (!this.#live) return;
    if (done >= of) return this.#clear();
    const now_ms = performance.now();
    if (this.#bar && now_ms - this.#drawn_ms < REDRAW_MS) return;
    this.#drawn_ms = now_ms;
    const full = Math.round((done / of) * BAR_CELLS);
    const bar = this.style('green', '━'.repeat(full)) + this.style('gray', '─'.repeat(BAR_CELLS - full));
    const text = of > 1 ? `${bar} ${done}/${of}  ${printable(what)}` : `${printable(what)} …`;
    // Wider than the terminal it could not be taken back.
    if (columnsOf(text) + MARGIN.length < this.width) this.stream.write(`\r\u001b[2K${MARGIN}${text}`);
    this.#bar = true;
  }

  #clear(): void {
    if (this.#bar) this.stream.write('\r\u001b[2K');
    this.#bar = false;
  }
}
