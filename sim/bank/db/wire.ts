import { type messages, parse, protocol } from '@electric-sql/pglite';

/**
 * PostgreSQL's protocol, as far as statements that are prepared need it: ids, keys, signed objects and arrays
 * go in binary, since their text is twice as long and has to be made and read again byte by byte.
 */

/** OIDs of types. */
const Type = { bool: 16, bytea: 17, int8: 20, int4: 23, text: 25 } as const;
const ArrayType = { bool: 1000, bytea: 1001, int4: 1007, text: 1009, int8: 1016 } as const;

const ELEMENTS: ReadonlyMap<number, number> = new Map(
  (['bool', 'bytea', 'int4', 'text', 'int8'] as const).map((name) => [ArrayType[name], Type[name]]),
);

const TEXT = 0;
const BINARY = 1;
const NULL = -1;
const FIRST_BYTES = 1 << 16;
const TWO_32 = 0x1_0000_0000;

const code = (letter: string): number => letter.charCodeAt(0);

export interface Column {
  readonly name: string;
  readonly type: number;
}

/** A statement that the server has parsed: its name there, the types of its parameters, its columns. */
export interface Prepared {
  readonly name: string;
  readonly types: readonly number[];
  readonly columns: readonly Column[];
}

/** How a type's text is read and written where it does not go in binary. */
export interface TextCodec {
  readonly parsers: Readonly<Record<number, (text: string) => unknown>>;
  readonly serializers: Readonly<Record<number, (value: unknown) => string>>;
}

const writesBinary = (type: number): boolean => type === Type.bytea || ELEMENTS.has(type);

/** The server's answers as they come: memory that is used again for the next ones. */
export class Answers {
  #room = Buffer.alloc(FIRST_BYTES);
  #length = 0;

  clear(): void {
    this.#length = 0;
  }

  add(bytes: Uint8Array): void {
    const end = this.#length + bytes.length;
    if (end > this.#room.length) this.#room = Buffer.concat([this.#room.subarray(0, this.#length)], 2 * end);
    this.#room.set(bytes, this.#length);
    this.#length = end;
  }

  get all(): Buffer {
    return this.#room.subarray(0, this.#length);
  }
}

type Read = (bytes: Buffer, at: number, end: number) => unknown;

const READERS: ReadonlyMap<number, Read> = new Map<number, Read>([
  [Type.bool, (bytes, at) => bytes[at] === 1],
  [Type.bytea, copyOf],
  [Type.int4, (bytes, at) => bytes.readInt32BE(at)],
  [Type.int8, readInt8],
  [ArrayType.bytea, (bytes, at) => readArray(bytes, at, copyOf)],
  [ArrayType.int4, (bytes, at) => readArray(bytes, at, (all, here) => all.readInt32BE(here))],
]);

function copyOf(bytes: Buffer, at: number, end: number): Uint8Array {
  return new Uint8Array(bytes.buffer.slice(bytes.byteOffset + at, bytes.byteOffset + end) as ArrayBuffer);
}

function readInt8(bytes: Buffer, at: number): number {
  const value = bytes.readInt32BE(at) * TWO_32 + bytes.readUInt32BE(at + 4);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is beyond 2^53`);
  return value;
}

/** Of one dimension, or empty. */
function readArray(bytes: Buffer, at: number, read: Read): unknown[] {
  const values: unknown[] = [];
  if (bytes.readInt32BE(at) === 0) return values;
  const count = bytes.readInt32BE(at + 12);
  let here = at + 20;
  for (let i = 0; i < count; i++) {
    const [start, length] = [here + 4, bytes.readInt32BE(here)];
    here = start + Math.max(0, length);
    values.push(length === NULL ? null : read(bytes, start, here));
  }
  return values;
}

/** Messages to the server, one after another. */
export class Requests {
  #bytes = Buffer.alloc(FIRST_BYTES);
  #at = 0;

  constructor(private readonly codec: TextCodec) {}

  /** What was gathered; the next messages come after it has been taken. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.#at);
    this.#at = 0;
    return taken;
  }

  /** Bind and Execute; or nothing, and a RangeError, when a value is none of its type. */
  run(prepared: Prepared, values: readonly unknown[]): void {
    const start = this.#at;
    try {
      this.#bind(prepared, values);
    } catch (error) {
      this.#at = start;
      throw error;
    }
    const execute = this.#begin('E');
    this.#terminated('');
    this.#int4(0);
    this.#end(execute);
  }

  #bind({ name, types, columns }: Prepared, values: readonly unknown[]): void {
    const start = this.#begin('B');
    this.#terminated('');
    this.#terminated(name);
    this.#formats(types.map(writesBinary));
    this.#int2(types.length);
    types.forEach((type, i) => {
      this.#value(type, values[i]);
    });
    this.#formats(columns.map(({ type }) => READERS.has(type)));
    this.#end(start);
  }

  /** The server answers with what it has done so far, and takes up its work again after an error. */
  sync(): void {
    this.#end(this.#begin('S'));
  }

  #formats(binary: readonly boolean[]): void {
    this.#int2(binary.length);
    for (const each of binary) this.#int2(each ? BINARY : TEXT);
  }

  #value(type: number, value: unknown): void {
    if (value === null || value === undefined) {
      this.#int4(NULL);
      return;
    }
    const start = this.#reserve(4);
    const element = ELEMENTS.get(type);
    if (element !== undefined) this.#array(element, value as readonly unknown[]);
    else if (type === Type.bytea) this.#raw(value as Uint8Array);
    else this.#text(this.codec.serializers[type]?.(value) ?? String(value));
    this.#bytes.writeInt32BE(this.#at - start - 4, start);
  }

  /** Number of dimensions, whether there are nulls, type; of the one dimension: length, first index. */
  #array(type: number, values: readonly unknown[]): void {
    this.#int4(1);
    this.#int4(values.some((value) => value === null) ? 1 : 0);
    this.#int4(type);
    this.#int4(values.length);
    this.#int4(1);
    for (const value of values) {
      if (value === null) {
        this.#int4(NULL);
        continue;
      }
      const start = this.#reserve(4);
      this.#element(type, value);
      this.#bytes.writeInt32BE(this.#at - start - 4, start);
    }
  }

  #element(type: number, value: unknown): void {
    switch (type) {
      case Type.bool:
        this.#byte(value ? 1 : 0);
        return;
      case Type.bytea:
        this.#raw(value as Uint8Array);
        return;
      case Type.int4:
        this.#int4(value as number); // throws when it is beyond 32 bits
        return;
      case Type.int8:
        this.#int8(value as number);
        return;
      default:
        this.#text(value as string);
    }
  }

  #begin(letter: string): number {
    const start = this.#reserve(5);
    this.#bytes[start] = code(letter);
    return start + 1;
  }

  #end(start: number): void {
    this.#bytes.writeInt32BE(this.#at - start, start);
  }

  #reserve(bytes: number): number {
    const at = this.#at;
    if (at + bytes > this.#bytes.length) {
      const larger = Buffer.alloc(2 * (at + bytes));
      larger.set(this.#bytes.subarray(0, at));
      this.#bytes = larger;
    }
    this.#at += bytes;
    return at;
  }

  // In each of these the room is reserved first: that may put other bytes in the place of these.

  #byte(value: number): void {
    const at = this.#reserve(1);
    this.#bytes[at] = value;
  }

  #int2(value: number): void {
    const at = this.#reserve(2);
    this.#bytes.writeUInt16BE(value, at);
  }

  #int4(value: number): void {
    if (!Number.isInteger(value)) throw new RangeError(`${value} is no whole number`);
    const at = this.#reserve(4);
    this.#bytes.writeInt32BE(value, at);
  }

  #int8(value: number): void {
    if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is no whole number below 2^53`);
    const at = this.#reserve(8);
    this.#bytes.writeInt32BE(Math.floor(value / TWO_32), at);
    this.#bytes.writeUInt32BE(value >>> 0, at + 4);
  }

  #raw(bytes: Uint8Array): void {
    const at = this.#reserve(bytes.length);
    this.#bytes.set(bytes, at);
  }

  #text(text: string): void {
    const at = this.#reserve(3 * text.length);
    this.#at = at + this.#bytes.write(text, at);
  }

  #terminated(text: string): void {
    this.#text(text);
    this.#byte(0);
  }
}

/** What the server has answered: the rows of one statement, and its word for the last that it did. */
export interface Answer {
  readonly rows: unknown[];
  readonly tag: string;
}

/** Reads the answers to a series of statements; the last has `columns`. Throws the server's error. */
export function readAnswer(bytes: Buffer, columns: readonly Column[], codec: TextCodec): Answer {
  const rows: unknown[] = [];
  let tag = '';
  for (let at = 0; at < bytes.length; ) {
    const end = at + 1 + bytes.readInt32BE(at + 1);
    if (bytes[at] === code('D')) rows.push(readRow(bytes, at + 5, columns, codec));
    else if (bytes[at] === code('C')) tag = bytes.toString('latin1', at + 5, end - 1);
    else if (bytes[at] === code('E')) throw errorIn(bytes);
    at = end;
  }
  return { rows, tag };
}

function readRow(bytes: Buffer, start: number, columns: readonly Column[], codec: TextCodec): unknown {
  const row: Record<string, unknown> = {};
  let at = start + 2;
  for (const { name, type } of columns) {
    const length = bytes.readInt32BE(at);
    at += 4;
    row[name] = length === NULL ? null : readValue(bytes, at, at + length, type, codec);
    at += Math.max(0, length);
  }
  return row;
}

function readValue(bytes: Buffer, at: number, end: number, type: number, { parsers }: TextCodec): unknown {
  const read = READERS.get(type);
  if (read) return read(bytes, at, end);
  const text = bytes.toString('utf8', at, end);
  return parsers[type]?.(text) ?? text;
}

/** What the server says of a statement that it has been asked to describe. */
export function preparedBy(name: string, answer: Uint8Array): Prepared {
  const described = messagesIn(answer);
  const rows = described.find((message) => message.name === 'rowDescription');
  const fields = (rows as messages.RowDescriptionMessage | undefined)?.fields ?? [];
  const columns = fields.map((field) => ({ name: field.name, type: field.dataTypeID }));
  return { name, types: parse.parseDescribeStatementResults(described), columns };
}

const errorIn = (answer: Uint8Array): unknown => messagesIn(answer).find(({ name }) => name === 'error');

function messagesIn(answer: Uint8Array): messages.BackendMessage[] {
  const found: messages.BackendMessage[] = [];
  new protocol.Parser().parse(answer, (message) => found.push(message));
  return found;
}
