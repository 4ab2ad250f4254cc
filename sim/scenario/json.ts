import { isPrintable } from '../printable.js';

/** A place in a text, both counted from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** JSON that remembers where each value stood, so that an error about a value can name its place. */
export interface JsonSource {
  readonly value: unknown;
  /** `pointer`: a JSON pointer (RFC 6901). The nearest enclosing value when there is none at it. */
  place(pointer: string): Place;
}

/**
 * `syntax`: RFC 8259 is violated. The others are JSON, and not read: too deep, too many, a key twice, a text
 * too long or not printable.
 */
export type JsonErrorCode = 'syntax' | 'depth' | 'count' | 'key-twice' | 'text-length' | 'text-control';

export class JsonSyntaxError extends Error {
  constructor(
    readonly code: JsonErrorCode,
    readonly place: Place,
    message: string,
  ) {
    super(message);
  }
}

const DEPTH_MAX = 64;
/** UTF-16 units of one string between its quotes. */
const TEXT_LENGTH_MAX = 4_000;
const NAMES_MAX = 1_000;
const VALUES_MAX = 10_000;
const LITERALS: Readonly<Record<string, unknown>> = { true: true, false: false, null: null };

export const pointerTo = (parent: string, key: string | number): string =>
  `${parent}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;

/** Strict JSON (RFC 8259) within bounds, in time that grows with the text. Throws JsonSyntaxError. */
export function parseJson(text: string): JsonSource {
  const reader = new Reader(text);
  const value = reader.document();
  const lines = new Lines(text);
  return {
    value,
    place(pointer) {
      for (let at = pointer; ; at = at.slice(0, at.lastIndexOf('/'))) {
        const offset = reader.offsets.get(at);
        if (offset !== undefined) return lines.placeOf(offset);
        if (at === '') return { line: 1, column: 1 };
      }
    },
  };
}

/** Where each line begins, so that places are found without going through the text again. */
class Lines {
  readonly #starts = [0];

  constructor(text: string) {
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.#starts.push(at + 1);
  }

  placeOf(offset: number): Place {
    let [low, high] = [0, this.#starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.#starts[middle] <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: offset - this.#starts[low] + 1 };
  }
}

class Reader {
  readonly offsets = new Map<string, number>();
  #at = 0;

  constructor(private readonly text: string) {}

  document(): unknown {
    if (this.text.startsWith('\ufeff')) this.#at = 1;
    const value = this.#value('', 0);
    this.#space();
    if (this.#at < this.text.length) this.#fail('expected the end of the file');
    return value;
  }

  #value(pointer: string, depth: number): unknown {
    this.#space();
    this.offsets.set(pointer, this.#at);
    if (depth > DEPTH_MAX) this.#fail(`expected at most ${DEPTH_MAX} levels`, this.#at, 'depth');
    const next = this.text[this.#at];
    if (next === '{') return this.#object(pointer, depth);
    if (next === '[') return this.#array(pointer, depth);
    if (next === '"') return this.#string();
    const word = /[^\s,:{}[\]"]*/y;
    word.lastIndex = this.#at;
    const [found] = word.exec(this.text) ?? [''];
    if (Object.hasOwn(LITERALS, found)) {
      this.#at += found.length;
      return LITERALS[found];
    }
    if (!/^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(found)) this.#fail('expected a value');
    this.#at += found.length;
    return Number(found);
  }

  #object(pointer: string, depth: number): Record<string, unknown> {
    const entries = new Map<string, unknown>();
    this.#at++;
    while (!this.#took('}')) {
      if (entries.size > 0) this.#expect(',', 'expected "," or "}"');
      this.#space();
      const start = this.#at;
      if (this.text[start] !== '"') this.#fail('expected a name in double quotes');
      const key = this.#string();
      if (entries.has(key)) this.#fail(`expected each name once, got "${key}" again`, start, 'key-twice');
      this.#expect(':', 'expected ":"');
      if (entries.size === NAMES_MAX)
        this.#fail(`expected at most ${NAMES_MAX} names, got more`, start, 'count');
      entries.set(key, this.#value(pointerTo(pointer, key), depth + 1));
    }
    return Object.fromEntries(entries);
  }

  #array(pointer: string, depth: number): unknown[] {
    const values: unknown[] = [];
    this.#at++;
    while (!this.#took(']')) {
      if (values.length > 0) this.#expect(',', 'expected "," or "]"');
      if (values.length === VALUES_MAX)
        this.#fail(`expected a list of at most ${VALUES_MAX}, got more`, this.#at, 'count');
      values.push(this.#value(pointerTo(pointer, values.length), depth + 1));
    }
    return values;
  }

  #string(): string {
    const start = this.#at;
    const end = this.#endOfString(start + 1);
    this.#at = end + 1;
    let value: string;
    try {
      value = JSON.parse(this.text.slice(start, end + 1)) as string;
    } catch {
      return this.#fail('expected a string without control characters or unknown escapes', start);
    }
    if (!isPrintable(value))
      this.#fail('expected a text without control characters, got one', start, 'text-control');
    return value;
  }

  /** The place of the closing quote. */
  #endOfString(first: number): number {
    for (let at = first; at - first <= TEXT_LENGTH_MAX; at++) {
      const character = this.text[at];
      if (character === '"') return at;
      if (character === undefined || character === '\n' || character === '\r')
        this.#fail('expected the string to end on its line with a double quote');
      if (character === '\\') at++;
    }
    const message = `expected a text of at most ${TEXT_LENGTH_MAX} characters, got a longer one`;
    return this.#fail(message, first - 1, 'text-length');
  }

  #space(): void {
    while (' \t\r\n'.includes(this.text[this.#at] ?? '?')) this.#at++;
  }

  #took(token: string): boolean {
    this.#space();
    if (this.text[this.#at] !== token) return false;
    this.#at++;
    return true;
  }

  #expect(token: string, message: string): void {
    if (!this.#took(token)) this.#fail(message);
  }

  #fail(message: string, offset = this.#at, code: JsonErrorCode = 'syntax'): never {
    const got = offset < this.text.length ? JSON.stringify(this.text[offset]) : 'the end of the file';
    const full = message.includes(', got ') ? message : `${message}, got ${got}`;
    throw new JsonSyntaxError(code, new Lines(this.text).placeOf(offset), full);
  }
}
