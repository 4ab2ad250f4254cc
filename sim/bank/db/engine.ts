import { type messages, PGlite, parse, protocol } from '@electric-sql/pglite';
import { concat } from '../../../firmware/bytes.js';

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

const { serialize } = protocol;
const EXECUTE = serialize.execute({});
const SYNC = serialize.sync();

/** A statement that the server has parsed: its name there, the OIDs of its parameters' types, its columns. */
interface Prepared {
  readonly name: string;
  readonly types: readonly number[];
  readonly columns: readonly messages.BackendMessage[];
}

/** PostgreSQL in this process, in memory or in a folder. Nobody else uses the PGlite meanwhile. */
export class PgliteEngine implements Engine {
  /** The schema in the search path at the moment. */
  #schema: string | undefined;
  #isSerializable = false;
  /** The transaction that is under way. */
  #last: Promise<unknown> = Promise.resolve();
  readonly #prepared = new Map<string, Prepared>();
  readonly #parser = new protocol.Parser();

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
    let isOpen = true;
    const requireOpen = (): void => {
      if (!isOpen) throw new Error('the transaction is over');
    };
    try {
      this.#script('begin');
      result = await work({
        rows: async (text, parameters = []) => {
          requireOpen();
          return this.#rows(text, parameters);
        },
        script: async (text) => {
          requireOpen();
          this.#script(text);
        },
      });
    } catch (error) {
      this.#script('rollback');
      throw error;
    } finally {
      isOpen = false;
    }
    // A transaction of which a statement has failed ends otherwise, whatever became of the error.
    const ended = this.#script('commit');
    if (ended !== 'COMMIT')
      throw Object.assign(new Error(`the transaction ended with ${ended}`), { code: '25P02' });
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
    const { name, types, columns } = this.#prepared.get(this.#nameOf(text)) ?? this.#prepare(text);
    if (parameters.length !== types.length)
      throw new RangeError(`${parameters.length} parameters for ${types.length}: ${text}`);
    const values = types.map((type, i) => this.#serialized(parameters[i], type));
    const answers = this.#send(serialize.bind({ statement: name, values }), EXECUTE, SYNC);
    return parse.parseResults([...columns, ...answers], this.pglite.parsers)[0].rows as T[];
  }

  #prepare(text: string): Prepared {
    const name = `s${this.#prepared.size}`;
    const answers = this.#send(
      serialize.parse({ name, text }),
      serialize.describe({ type: 'S', name }),
      SYNC,
    );
    const columns = answers.filter((answer) => answer.name === 'rowDescription');
    const prepared = { name, types: parse.parseDescribeStatementResults(answers), columns };
    this.#prepared.set(this.#nameOf(text), prepared);
    return prepared;
  }

  /** What a text means depends on the schema. */
  #nameOf(text: string): string {
    return `${this.#schema} ${text}`;
  }

  #serialized(value: unknown, type: number): string | null {
    if (value === null || value === undefined) return null;
    return this.pglite.serializers[type]?.(value) ?? String(value);
  }

  /** What was done, by the server's word for it. */
  #script(text: string): string {
    let tag = '';
    for (const answer of this.#send(serialize.query(text)))
      if (answer.name === 'commandComplete') tag = (answer as messages.CommandCompleteMessage).text;
    return tag;
  }

  /** The server's answers, in one round trip. Throws the error that it answers with. */
  #send(...requests: readonly Uint8Array[]): messages.BackendMessage[] {
    const answers: messages.BackendMessage[] = [];
    this.#parser.parse(this.pglite.execProtocolRawSync(concat(...requests)), (answer) =>
      answers.push(answer),
    );
    const failed = answers.find(({ name }) => name === 'error');
    if (failed) throw failed;
    return answers;
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
