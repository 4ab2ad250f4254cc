import { PGlite } from '@electric-sql/pglite';
import {
  type Prepared,
  parseMessages,
  preparedOf,
  queryMessage,
  rowsOf,
  runMessages,
  SqlError,
  tagOf,
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
  close(): Promise<void>;
}

/** No table here has so many rows that a plan for the very values would win back what making it costs. */
const SETTINGS = `set default_transaction_isolation to 'serializable'; set plan_cache_mode to force_generic_plan`;

/** PostgreSQL in this process, in memory or in a folder. Nobody else uses the PGlite meanwhile. */
export class PgliteEngine implements Engine {
  /** The schema in the search path at the moment. */
  #schema: string | undefined;
  #isSerializable = false;
  /** The transaction that is under way. */
  #last: Promise<unknown> = Promise.resolve();
  readonly #prepared = new Map<string, Prepared>();

  constructor(private readonly pglite: PGlite) {}

  transaction<T>(schema: string, work: (sql: Sql) => Promise<T>): Promise<T> {
    const mine = this.#last.then(() => this.#run(schema, work));
    this.#last = mine.catch(() => {});
    return mine;
  }

  async #run<T>(schema: string, work: (sql: Sql) => Promise<T>): Promise<T> {
    await this.pglite.waitReady;
    this.#enter(schema);
    let result: T;
    try {
      this.#script('begin');
      result = await work({
        rows: async (text, parameters = []) => this.#rows(text, parameters),
        script: async (text) => void this.#script(text),
      });
    } catch (error) {
      this.#script('rollback');
      throw error;
    }
    // A transaction of which a statement has failed ends otherwise, whatever became of the error.
    const ended = this.#script('commit');
    if (ended !== 'COMMIT') throw new SqlError(`the transaction ended with ${ended}`, '25P02');
    return result;
  }

  close(): Promise<void> {
    return this.pglite.close();
  }

  #enter(schema: string): void {
    if (!this.#isSerializable) this.#script(SETTINGS);
    this.#isSerializable = true;
    if (this.#schema !== schema) this.#script(`set search_path to ${schema}`);
    this.#schema = schema;
  }

  /** Each text is parsed once, and planned only as often as the server thinks fit. */
  #rows<T>(text: string, parameters: readonly unknown[]): T[] {
    let prepared = this.#prepared.get(text);
    if (!prepared) {
      const name = `s${this.#prepared.size}`;
      prepared = preparedOf(name, this.#send(parseMessages(name, text)));
      this.#prepared.set(text, prepared);
    }
    return rowsOf(prepared, this.#send(runMessages(prepared, parameters)));
  }

  /** What was done, by the server's word for it. */
  #script(text: string): string {
    return tagOf(this.#send(queryMessage(text)));
  }

  #send(messages: Uint8Array): Uint8Array {
    return this.pglite.execProtocolRawSync(messages);
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
