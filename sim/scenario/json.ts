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

export class JsonSyntaxError extends Error {
  constructor(
    readonly place: Place,
    message: string,
  ) {
    super(message);
  }
}

const DEPTH_MAX = 64;
const LITERALS: Readonly<Record<string, unknown>> = { true: true, false: false, null: null };

export const pointerTo = (parent: string, key: string | number): string =>
  `${parent}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;

/** Strict JSON (RFC 8259). Throws JsonSyntaxError; a key that stands twice in one object is one, too. */
export function parseJson(text: string): JsonSource {
  const reader = new Reader(text);
  const value = reader.document();
  return {
    value,
    place(pointer) {
      for (let at = pointer; ; at = at.slice(0, at.lastIndexOf('/'))) {
        const offset = reader.offsets.get(at);
        if (offset !== undefined) return placeOf(text, offset);
        if (at === '') return { line: 1, column: 1 };
      }
    },
  };
}

function placeOf(text: string, offset: number): Place {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return { line, column: offset - before.lastIndexOf('\n') };
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
    if (depth > DEPTH_MAX) this.#fail(`expected at most ${DEPTH_MAX} levels`);
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
      if (entries.has(key)) this.#fail(`expected each name once, got "${key}" again`, start);
      this.#expect(':', 'expected ":"');
      entries.set(key, this.#value(pointerTo(pointer, key), depth + 1));
    }
    return Object.fromEntries(entries);
  }

  #array(pointer: string, depth: number): unknown[] {
    const values: unknown[] = [];
    this.#at++;
    while (!this.#took(']')) {
      if (values.length > 0) this.#expect(',', 'expected "," or "]"');
      values.push(this.#value(pointerTo(pointer, values.length), depth + 1));
    }
    return values;
  }

  #string(): string {
    const start = this.#at;
    const whole = /"(?:[^"\\\n\r]|\\.)*"/y;
    whole.lastIndex = start;
    const [quoted] = whole.exec(this.text) ?? [];
    if (quoted === undefined) this.#fail('expected the string to end on its line with a double quote');
    this.#at += quoted.length;
    try {
      return JSON.parse(quoted) as string;
    } catch {
      return this.#fail('expected a string without control characters or unknown escapes', start);
    }
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

  #fail(message: string, offset = this.#at): never {
    const got = offset < this.text.length ? JSON.stringify(this.text[offset]) : 'the end of the file';
    const full = message.includes(', got ') ? message : `${message}, got ${got}`;
    throw new JsonSyntaxError(placeOf(this.text, offset), full);
  }
}
