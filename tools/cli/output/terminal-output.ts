import { styleText } from 'node:util';

export type Style = Parameters<typeof styleText>[0];

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
  #bar = false;
  #drawn_ms = 0;

  constructor(private readonly stream: NodeJS.WriteStream = process.stdout) {
    this.colour = wantsColour(stream);
    this.#live = stream.isTTY === true && process.env.TERM !== 'dumb';
  }

  style(style: Style, text: string): string {
    return this.colour ? styleText(style, text, { validateStream: false }) : text;
  }

  line(text = ''): void {
    this.#clear();
    this.stream.write(`${text}\n`);
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
    const text = of > 1 ? `${bar} ${done}/${of}  ${what}` : `${what} …`;
    this.stream.write(`\r\u001b[2K          ${text}`);
    this.#bar = true;
  }

  #clear(): void {
    if (this.#bar) this.stream.write('\r\u001b[2K');
    this.#bar = false;
  }
}
