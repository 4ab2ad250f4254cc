/**
 * As much of PostgreSQL's protocol (version 3, "Message Formats" of its manual) as one prepared statement in
 * one round trip takes. All values travel in the types that the server asks for: parameters as text, bytea as
 * bytes; results in binary.
 */

/** A statement that the server has parsed, by its name there. */
export interface Prepared {
  readonly name: string;
  /** OIDs of the types of its parameters. */
  readonly parameters: readonly number[];
  readonly columns: readonly Column[];
}

interface Column {
  readonly name: string;
  readonly read: Reader;
}

/** A value of `length` bytes at `at`. */
type Reader = (answer: Buffer, at: number, length: number) => unknown;

/** What the server says of a statement that it does not carry out; `code` is its SQLSTATE. */
export class SqlError extends Error {
  constructor(
    message: string,
    readonly code: string,
  ) {
    super(message);
  }
}

const BYTEA = 17;
const BYTEA_LIST = 1001;
const [TEXT_FORMAT, BINARY_FORMAT] = [0, 1];

const readers = new Map<number, Reader>([
  [16, (answer, at) => answer[at] === 1],
  [BYTEA, (answer, at, length) => new Uint8Array(answer.subarray(at, at + length))],
  [20, (answer, at) => wholeNumber(answer.readBigInt64BE(at))],
  [23, (answer, at) => answer.readInt32BE(at)],
  [25, (answer, at, length) => answer.toString('utf8', at, at + length)],
  // A byte of version goes before the text.
  [3802, (answer, at, length) => JSON.parse(answer.toString('utf8', at + 1, at + length))],
  [1007, (answer, at) => list(answer, at, 23)],
  [BYTEA_LIST, (answer, at) => list(answer, at, BYTEA)],
]);

function wholeNumber(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new RangeError(`${value} is beyond 2^53`);
  return number;
}

/** Of one dimension: number of them, flags and type; length and lower bound; then each with its length. */
function list(answer: Buffer, at: number, oid: number): unknown[] {
  if (answer.readInt32BE(at) === 0) return [];
  const values = new Array<unknown>(answer.readInt32BE(at + 12));
  const read = readers.get(oid)!;
  let next = at + 20;
  for (let i = 0; i < values.length; i++) {
    const length = answer.readInt32BE(next);
    values[i] = length < 0 ? null : read(answer, next + 4, length);
    next += 4 + Math.max(0, length);
  }
  return values;
}

/** Puts messages together. */
class Writer {
  #bytes = Buffer.alloc(1024);
  #length = 0;
  #start = 0;

  begin(type: string): this {
    this.#room(5);
    this.#bytes[this.#length] = type.charCodeAt(0);
    this.#start = this.#length + 1;
    this.#length += 5;
    return this;
  }

  end(): this {
    this.#bytes.writeInt32BE(this.#length - this.#start, this.#start);
    return this;
  }

  byte(value: number): this {
    this.#room(1);
    this.#bytes[this.#length++] = value;
    return this;
  }

  int16(value: number): this {
    this.#room(2);
    this.#length = this.#bytes.writeInt16BE(value, this.#length);
    return this;
  }

  int32(value: number): this {
    this.#room(4);
    this.#length = this.#bytes.writeInt32BE(value, this.#length);
    return this;
  }

  /** With a zero behind it. */
  string(text: string): this {
    const bytes = Buffer.byteLength(text);
    this.#room(bytes + 1);
    this.#bytes.write(text, this.#length);
    this.#length += bytes;
    return this.byte(0);
  }

  /** With its length before it. */
  value(value: Uint8Array | string): this {
    const bytes = typeof value === 'string' ? Buffer.from(value) : value;
    this.int32(bytes.length).#room(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }

  take(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #room(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.alloc(2 * needed);
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}

/** Parse, Describe, Sync. */
export const parseMessages = (name: string, text: string): Uint8Array =>
  new Writer()
    .begin('P')
    .string(name)
    .string(text)
    .int16(0)
    .end()
    .begin('D')
    .byte('S'.charCodeAt(0))
    .string(name)
    .end()
    .begin('S')
    .end()
    .take();

/** One statement or several, without parameters. */
export const queryMessage = (text: string): Uint8Array => new Writer().begin('Q').string(text).end().take();

/** Bind, Execute, Sync. */
export function runMessages({ name, parameters }: Prepared, values: readonly unknown[]): Uint8Array {
  const writer = new Writer().begin('B').string('').string(name).int16(parameters.length);
  for (const oid of parameters)
    writer.int16(oid === BYTEA || oid === BYTEA_LIST ? BINARY_FORMAT : TEXT_FORMAT);
  writer.int16(parameters.length);
  parameters.forEach((oid, i) => {
    putParameter(writer, oid, values[i]);
  });
  writer.int16(1).int16(BINARY_FORMAT).end();
  return writer.begin('E').string('').int32(0).end().begin('S').end().take();
}

function putParameter(writer: Writer, oid: number, value: unknown): void {
  if (value === null || value === undefined) writer.int32(-1);
  else if (oid === BYTEA) writer.value(value as Uint8Array);
  else if (oid === BYTEA_LIST) writer.value(byteaList(value as readonly (Uint8Array | null)[]));
  else writer.value(Array.isArray(value) ? textList(value) : String(value));
}

function byteaList(values: readonly (Uint8Array | null)[]): Uint8Array {
  const writer = new Writer()
    .int32(values.length === 0 ? 0 : 1)
    .int32(1)
    .int32(BYTEA);
  if (values.length > 0) writer.int32(values.length).int32(1);
  for (const value of values) {
    if (value === null) writer.int32(-1);
    else writer.value(value);
  }
  return writer.take();
}

const textList = (values: readonly unknown[]): string =>
  `{${values.map((value) => (value === null ? 'null' : quoted(String(value)))).join(',')}}`;

const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;

/** Calls `each` with the type of every message and where its content begins. Throws what the server does. */
function eachMessage(answer: Buffer, each: (type: string, at: number) => void): void {
  for (let at = 0; at < answer.length; ) {
    const type = String.fromCharCode(answer[at]);
    if (type === 'E') throw errorAt(answer, at + 5);
    each(type, at + 5);
    at += 1 + answer.readInt32BE(at + 1);
  }
}

function errorAt(answer: Buffer, start: number): SqlError {
  const fields = new Map<string, string>();
  for (let at = start; answer[at] !== 0; ) {
    const end = answer.indexOf(0, at);
    fields.set(String.fromCharCode(answer[at]), answer.toString('utf8', at + 1, end));
    at = end + 1;
  }
  return new SqlError(fields.get('M') ?? '', fields.get('C') ?? '');
}

/** What the answer to `parseMessages` says. */
export function preparedOf(name: string, bytes: Uint8Array): Prepared {
  const answer = bufferOf(bytes);
  const parameters: number[] = [];
  const columns: Column[] = [];
  eachMessage(answer, (type, at) => {
    if (type === 't') {
      for (let i = 0; i < answer.readInt16BE(at); i++) parameters.push(answer.readInt32BE(at + 2 + 4 * i));
    } else if (type === 'T') {
      let next = at + 2;
      for (let i = 0; i < answer.readInt16BE(at); i++) {
        const end = answer.indexOf(0, next);
        columns.push({
          name: answer.toString('utf8', next, end),
          read: readerOf(answer.readInt32BE(end + 7)),
        });
        next = end + 19;
      }
    }
  });
  return { name, parameters, columns };
}

function readerOf(oid: number): Reader {
  const reader = readers.get(oid);
  if (!reader) throw new TypeError(`a column of the type ${oid}`);
  return reader;
}

/** The rows in the answer to `runMessages`. */
export function rowsOf<T>({ columns }: Prepared, bytes: Uint8Array): T[] {
  const answer = bufferOf(bytes);
  const rows: T[] = [];
  eachMessage(answer, (type, at) => {
    if (type !== 'D') return;
    const row: Record<string, unknown> = {};
    let next = at + 2;
    for (const { name, read } of columns) {
      const length = answer.readInt32BE(next);
      row[name] = length < 0 ? null : read(answer, next + 4, length);
      next += 4 + Math.max(0, length);
    }
    rows.push(row as T);
  });
  return rows;
}

/** What the last statement in the answer to `queryMessage` did, by the server's word for it. */
export function tagOf(bytes: Uint8Array): string {
  const answer = bufferOf(bytes);
  let tag = '';
  eachMessage(answer, (type, at) => {
    if (type === 'C') tag = answer.toString('utf8', at, answer.indexOf(0, at));
  });
  return tag;
}

const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
