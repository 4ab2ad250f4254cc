import pg from 'pg';
import { ArrayType, BinaryWriter, Type } from './binary-writer.js';
import type { Engine, Sql } from './engine.js';
import { type DatabaseHosts, parseDatabaseUrl } from './hosts.js';
import { CommitUnknown, isPassing } from './retries.js';

/** Types that the client reads otherwise than PGlite. */
const types: pg.CustomTypesConfig = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid === Type.bytea) return (text: string) => new Uint8Array(Buffer.from(text.slice(2), 'hex'));
    if (oid === ArrayType.bytea) return bytesOfEach;
    if (oid === Type.int8) return wholeNumber;
    return pg.types.getTypeParser(oid, format as 'text');
  },
};

const readBuffers: (text: string) => (Buffer | null)[] = pg.types.getTypeParser(ArrayType.bytea as number);
const bytesOfEach = (text: string) => readBuffers(text).map((each) => each && new Uint8Array(each));

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} is beyond 2^53`);
  return value;
}

/**
 * As in PGlite: see engine.ts. Without sequential scans a plan that needs one counts as dear, and the server
 * would compile it to machine code each time. Nothing but speed depends on these; but the warnings say
 * whether a commit waited for its standby.
 */
const SETTINGS = [
  'plan_cache_mode=force_generic_plan',
  'enable_seqscan=off',
  'jit=off',
  'client_min_messages=warning',
]
  .map((setting) => `-c ${setting}`)
  .join(' ');

/** Longer than that no commit waits for a standby, nor a server for the answer to a question. */
const ANSWER_MS = 10_000;

interface Connection {
  readonly client: pg.Client;
  /** Why it is of no use any more. */
  broken: Error | undefined;
  /** The server has warned since the last time that this was looked at. */
  isWarned: boolean;
  /** Whether a transaction has been committed on it. */
  isProven: boolean;
}

/** No host of a database takes writes. Its code is that of the one failure that may pass, if there is one. */
export class NoHost extends Error {
  readonly code: string | undefined;

  /** Of each host, in the order of the URL. */
  constructor(readonly failures: readonly Error[]) {
    const cause = failures.find(isPassing) ?? failures[0];
    super(cause.message, { cause });
    this.code = (cause as { code?: string }).code;
  }
}

/**
 * A PostgreSQL server, 15 or later, by its URL, or several of which one takes writes. One connection:
 * transactions of a bank run one after another, so that none of them fails because of another. A connection
 * that breaks fails its transaction, and the next one connects anew, to whichever host takes writes.
 */
export class PostgresEngine implements Engine {
  readonly #hosts: DatabaseHosts;
  /** The host that is tried next. */
  #at = 0;
  #connection: Connection | undefined;
  #last: Promise<unknown> = Promise.resolve();
  readonly #named = new Map<string, Named>();

  /** Throws DatabaseUrlError. */
  constructor(url: string) {
    this.#hosts = parseDatabaseUrl(url);
  }

  /** Throws CommitUnknown when the server has not said for certain that it has committed. */
  transaction<T>(schema: string, work: (sql: Sql) => Promise<T>): Promise<T> {
    const turn = this.#last.then(() => this.#transaction(schema, work));
    this.#last = turn.catch(() => {});
    return turn;
  }

  async #transaction<T>(schema: string, work: (sql: Sql) => Promise<T>): Promise<T> {
    const connection = await this.#connect();
    const { client } = connection;
    let isCommitting = false;
    try {
      await client.query(`begin isolation level serializable; set local search_path to ${schema}`);
      if (!connection.isProven) await client.query(FENCE);
      const result = await work(new PostgresSql(client, (text) => this.#namedFor(schema, text)));
      isCommitting = true;
      await commit(connection);
      connection.isProven = true;
      return result;
    } catch (error) {
      if (!connection.broken)
        await client.query('rollback').catch((failed: Error) => {
          connection.broken ??= failed;
        });
      if (!connection.broken) throw error;
      throw isCommitting ? new CommitUnknown(error) : named(error as Error);
    } finally {
      if (connection.broken) this.#drop(connection);
    }
  }

  /** The connection that there is, or one to the first host that takes writes. */
  async #connect(): Promise<Connection> {
    if (this.#connection && !this.#connection.broken) return this.#connection;
    const { urls } = this.#hosts;
    const failures: Error[] = [];
    for (const _ of urls) {
      try {
        this.#connection = await connect(urls[this.#at], this.#hosts.connect_ms);
        return this.#connection;
      } catch (error) {
        failures[this.#at] = named(error as Error);
        this.#at = (this.#at + 1) % urls.length;
      }
    }
    throw new NoHost(failures);
  }

  /** The next one is looked for from the next host on: this one may be hanging. */
  #drop(connection: Connection): void {
    this.#at = (this.#at + 1) % this.#hosts.urls.length;
    this.#connection = undefined;
    end(connection.client);
  }

  /** Each statement is parsed once a connection. What a text means depends on the schema. */
  #namedFor(schema: string, text: string): Named {
    const key = `${schema} ${text}`;
    const named = this.#named.get(key) ?? { name: `s${this.#named.size}`, elements: elementsIn(text) };
    this.#named.set(key, named);
    return named;
  }

  async close(): Promise<void> {
    await this.#last;
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection && !connection.broken) await connection.client.end().catch(() => {});
  }
}

/**
 * The first transaction on a connection writes something, whatever else it does. A commit that was not
 * answered, or whose wait for its standby was called off, may be there and not on the standby. Whoever read
 * that and wrote nothing himself would have no standby to wait for, and tell as certain what the next
 * failover takes back. A commit that writes waits for all that was written before it.
 */
const FENCE = "select pg_logical_emit_message(true, 'tapnote', 'fence')";

/** Throws when the host is not there, or is a standby: 25006. */
async function connect(url: string, connect_ms: number): Promise<Connection> {
  const client = new pg.Client({
    connectionString: url,
    types,
    options: SETTINGS,
    keepAlive: true,
    connectionTimeoutMillis: connect_ms,
  });
  const connection: Connection = { client, broken: undefined, isWarned: false, isProven: false };
  client.on('error', (error) => {
    connection.broken = error; // a query that is under way rejects
  });
  client.on('notice', () => {
    connection.isWarned = true;
  });
  try {
    await client.connect();
    const { rows } = await client.query(answeredIn('select pg_is_in_recovery() as is_standby'));
    if (rows[0].is_standby)
      throw Object.assign(new Error(`${client.host}:${client.port} is a standby`), { code: '25006' });
    return connection;
  } catch (error) {
    end(client);
    throw error;
  }
}

/**
 * A commit whose wait for the standby was called off is answered with COMMIT and a warning: it has happened
 * here, and may not outlive this server. Then the connection is of no use any more, and it is not known.
 */
async function commit(connection: Connection): Promise<void> {
  connection.isWarned = false;
  const { command } = await connection.client.query(answeredIn('commit')).catch((error: Error) => {
    if (!('code' in error)) connection.broken ??= error; // no answer
    throw error;
  });
  if (command !== 'COMMIT')
    throw Object.assign(new Error(`the transaction ended with ${command}`), { code: '25P02' });
  if (!connection.isWarned) return;
  connection.broken = new Error('the commit did not wait for its standby');
  throw connection.broken;
}

/** `query_timeout` is a setting of each query; its types do not say so. */
const answeredIn = (text: string): pg.QueryConfig => ({ text, query_timeout: ANSWER_MS }) as pg.QueryConfig;

/** Without waiting for a server that may be gone. */
function end(client: pg.Client): void {
  client.on('error', () => {});
  client.end().catch(() => {});
}

/** The client's own errors about a connection that has gone have no code. */
const named = (error: Error): Error =>
  'code' in error ? error : Object.assign(new Error(error.message, { cause: error }), { code: 'ECONNRESET' });

/** A statement that the server parses once a connection. */
interface Named {
  readonly name: string;
  /** Of parameters that are arrays, the type of their elements; undefined of all others. */
  readonly elements: readonly (number | undefined)[];
}

const ELEMENTS: Readonly<Record<string, number>> = {
  bool: Type.bool,
  bytea: Type.bytea,
  int: Type.int4,
  bigint: Type.int8,
  text: Type.text,
};

/** As the text says it of each parameter: `$2::bytea[]`. */
function elementsIn(text: string): (number | undefined)[] {
  const elements: (number | undefined)[] = [];
  for (const [, place, type] of text.matchAll(/\$(\d+)::(\w+)\[\]/g))
    elements[Number(place) - 1] = ELEMENTS[type];
  return elements;
}

const writer = new BinaryWriter();

/**
 * The client writes an array as text, each byte of it as two digits that the server reads again. What it is
 * given as bytes it passes on as they are.
 */
function inBinary(element: number | undefined, value: unknown): unknown {
  if (element === undefined || !Array.isArray(value)) return value;
  writer.backTo(0);
  writer.array(element, value);
  return Buffer.from(writer.take());
}

class PostgresSql implements Sql {
  constructor(
    private readonly client: pg.Client,
    private readonly named: (text: string) => Named,
  ) {}

  async rows<T>(text: string, parameters: readonly unknown[] = []): Promise<T[]> {
    const { name, elements } = this.named(text);
    const values = parameters.map((value, i) => inBinary(elements[i], value));
    return (await this.client.query({ name, text, values })).rows as T[];
  }

  async script(text: string): Promise<void> {
    await this.client.query(text);
  }
}
