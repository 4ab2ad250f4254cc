import { PGlite, protocol } from '@electric-sql/pglite';
import { concat } from '../../../firmware/bytes.js';
import {
  type Answer,
  Answers,
  type Column,
  type Prepared,
  preparedBy,
  Requests,
  readAnswer,
} from './wire.js';

/** One transaction, as the rest of the bank sees it. */
export interface Sql {
  rows<T>(text: string, parameters?: readonly unknown[]): Promise<T[]>;
  /** Several statements without parameters. */
  script(text: string): Promise<void>;
}

/** A PostgreSQL, wherever it runs: every access is a serializable transaction in one of its schemas. */
export interface Engine {
  /** Runs `work` once. Throws whatever it throws, with the transaction undone. */
  transaction<T>(schema: string, work: (sql: Sql) => Promise<T>): Promise<T>;
  /** A copy of all that is in it; undefined where the server's own tools make one. */
  backup?(): Promise<Uint8Array>;
  close(): Promise<void>;
}

/**
 * No table here has so many rows that a plan for the very values would win back what making it costs. A plan
 * is made when a bank is new, and kept: from empty tables it would follow that all of them is best read.
 */
const SETTINGS = `set default_transaction_isolation to 'serializable';
  set plan_cache_mode to force_generic_plan; set enable_seqscan to off`;

/** How a transaction begins and ends. */
export interface Bounds {
  readonly begin: string;
  /** One statement each. */
  readonly end: readonly string[];
  /** What the server says of the last of them when all is well. */
  readonly tag: string;
  /** A script. */
  readonly undo: string;
}

const WHOLE: Bounds = { begin: 'begin', end: ['commit'], tag: 'COMMIT', undo: 'rollback' };

/** PostgreSQL in this process, in memory or in a folder. Nobody else uses the PGlite meanwhile. */
export class PgliteEngine implements Engine {
  /** The schema in the search path at the moment. */
  #schema: string | undefined;
  #isSerializable = false;
  /** The transaction that is under way. */
  #last: Promise<unknown> = Promise.resolve();
  /** By schema and text, since what a text means depends on the schema. */
  readonly #prepared = new Map<string, Map<string, Prepared>>();
  #count = 0;
  readonly #answers = new Answers();
  /** What the server has not been told yet. */
  readonly #requests: Requests;

  constructor(
    private readonly pglite: PGlite,
    private readonly bounds = WHOLE,
  ) {
    this.#requests = new Requests(pglite);
  }

  transaction<T>(schema: string, work: (sql: Sql) => Promise<T>): Promise<T> {
    const mine = this.#last.then(() => this.#run(schema, work));
    this.#last = mine.catch(() => {});
    return mine;
  }

  async #run<T>(schema: string, work: (sql: Sql) => Promise<T>): Promise<T> {
    await this.pglite.waitReady;
    await this.#enter(schema);
    let isOpen = true;
    const requireOpen = (): void => {
      if (!isOpen) throw new Error('the transaction is over');
    };
    try {
      // Goes with the first statement.
      this.#requests.run(await this.#preparedFor(this.bounds.begin), []);
      const result = await work({
        rows: async <R>(text: string, parameters: readonly unknown[] = []) => {
          requireOpen();
          return (await this.#do(text, parameters)).rows as R[];
        },
        script: async (text) => {
          requireOpen();
          await this.#send([]);
          await this.#script(text);
        },
      });
      isOpen = false;
      await this.#end();
      return result;
    } catch (error) {
      isOpen = false;
      this.#requests.take();
      await this.#script(this.bounds.undo);
      throw error;
    }
  }

  /** A transaction of which a statement has failed ends otherwise, whatever became of the error. */
  async #end(): Promise<void> {
    const { end, tag } = this.bounds;
    for (const text of end.slice(0, -1)) this.#requests.run(await this.#preparedFor(text), []);
    const ended = (await this.#do(end[end.length - 1])).tag;
    if (ended !== tag)
      throw Object.assign(new Error(`the transaction ended with ${ended}`), { code: '25P02' });
  }

  /** Between two transactions: a tar archive under gzip, as PGlite loads it. */
  backup(): Promise<Uint8Array> {
    const mine = this.#last.then(async () => {
      await this.pglite.waitReady;
      await this.#script('checkpoint');
      return new Uint8Array(await (await this.pglite.dumpDataDir('gzip')).arrayBuffer());
    });
    this.#last = mine.catch(() => {});
    return mine;
  }

  close(): Promise<void> {
    return this.pglite.close();
  }

  async #enter(schema: string): Promise<void> {
    if (!this.#isSerializable) await this.#script(SETTINGS);
    this.#isSerializable = true;
    if (this.#schema !== schema) await this.#script(`set search_path to ${schema}`);
    this.#schema = schema;
  }

  /** With what was gathered before, in one round trip. */
  async #do(text: string, parameters: readonly unknown[] = []): Promise<Answer> {
    const prepared = await this.#preparedFor(text);
    if (parameters.length !== prepared.types.length)
      throw new RangeError(`${parameters.length} parameters for ${prepared.types.length}: ${text}`);
    this.#requests.run(prepared, parameters);
    return this.#send(prepared.columns);
  }

  /** Each text is parsed once, and planned only as often as the server thinks fit. */
  async #preparedFor(text: string): Promise<Prepared> {
    const schema = this.#schema ?? '';
    const known = this.#prepared.get(schema) ?? new Map<string, Prepared>();
    this.#prepared.set(schema, known);
    const prepared = known.get(text) ?? (await this.#prepare(text));
    known.set(text, prepared);
    return prepared;
  }

  /** Inside the transaction, since one that does not parse fails it. */
  async #prepare(text: string): Promise<Prepared> {
    await this.#send([]);
    const name = `s${this.#count++}`;
    const { parse, describe, sync } = protocol.serialize;
    const described = await this.#exchange(
      concat(parse({ name, text }), describe({ type: 'S', name }), sync()),
    );
    readAnswer(described, [], this.pglite);
    return preparedBy(name, described);
  }

  async #script(text: string): Promise<void> {
    readAnswer(await this.#exchange(protocol.serialize.query(text)), [], this.pglite);
  }

  /** The server's answers to what was gathered. Throws the error that it answers with. */
  async #send(columns: readonly Column[]): Promise<Answer> {
    this.#requests.sync();
    return readAnswer(await this.#exchange(this.#requests.take()), columns, this.pglite);
  }

  /** Its answer as a stream, since PGlite reads and keeps a copy of any other. Good until the next one. */
  async #exchange(request: Uint8Array): Promise<Buffer> {
    this.#answers.clear();
    const onRawData = (bytes: Uint8Array): void => this.#answers.add(bytes);
    await this.pglite.execProtocolRawStream(request, { syncToFs: false, onRawData });
    return this.#answers.all;
  }
}

/** Several banks in one PGlite share its engine, since it is the engine that knows the search path. */
const engines = new WeakMap<PGlite, PgliteEngine>();

export function engineOf(database: PGlite | Engine): Engine {
  if (!(database instanceof PGlite)) return database;
  const known = engines.get(database) ?? new PgliteEngine(database);
  engines.set(database, known);
  return known;
}
