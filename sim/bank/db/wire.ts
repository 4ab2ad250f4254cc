import { type messages, parse, protocol } from '@electric-sql/pglite';
import { ArrayType, BinaryWriter, FIRST_BYTES, NULL, TWO_32, Type } from './binary-writer.js';

/**
 * PostgreSQL's protocol, as far as statements that are prepared need it: ids, keys, signed objects and arrays
 * go in binary, since their text is twice as long and has to be made and read again byte by byte.
 */

const ELEMENTS: ReadonlyMap<number, number> = new Map(
  (['bool', 'bytea', 'int4', 'text', 'int8'] as const).map((name) => [ArrayType[name], Type[name]]),
);

const TEXT = 0;
const BINARY = 1;

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
  readonly #out = new BinaryWriter();

  constructor(private readonly codec: TextCodec) {}

  /** What was gathered; the next messages come after it has been taken. */
  take(): Uint8Array {
    return this.#out.take();
  }

  /** Bind and Execute; or nothing, and a RangeError, when a value is none of its type. */
  run(prepared: Prepared, values: readonly unknown[]): void {
    const out = this.#out;
    const start = out.length;
    try {
      this.#bind(prepared, values);
    } catch (error) {
      out.backTo(start);
      throw error;
    }
    const execute = this.#begin('E');
    out.terminated('');
    out.int4(0);
    this.#end(execute);
  }

  #bind({ name, types, columns }: Prepared, values: readonly unknown[]): void {
    const out = this.#out;
    const start = this.#begin('B');
    out.terminated('');
    out.terminated(name);
    this.#formats(types.map(writesBinary));
    out.int2(types.length);
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
    this.#out.int2(binary.length);
    for (const each of binary) this.#out.int2(each ? BINARY : TEXT);
  }

  #value(type: number, value: unknown): void {
    const out = this.#out;
    if (value === null || value === undefined) {
      out.null();
      return;
    }
    const start = out.length4();
    const element = ELEMENTS.get(type);
    if (element !== undefined) out.array(element, value as readonly unknown[]);
    else if (type === Type.bytea) out.raw(value as Uint8Array);
    else out.text(this.codec.serializers[type]?.(value) ?? String(value));
    out.measured(start);
  }

  #begin(letter: string): number {
    this.#out.letter(letter);
    return this.#out.length4();
  }

  /** A message's length counts itself. */
  #end(start: number): void {
    this.#out.measured(start, 4);
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
