import { PGlite, type Transaction } from '@electric-sql/pglite';
import { SCHEMA } from './schema.js';

/** One transaction, as the rest of the bank sees it. */
export interface Sql {
  rows<T>(text: string, parameters?: readonly unknown[]): Promise<T[]>;
}

const RETRIES_MAX = 8;
/**
 * serialization_failure and deadlock_detected: the transaction was undone, and may be tried again as it is.
 */
const RETRY_STATES = ['40001', '40P01'];

/** The schema that each shared engine has in its search path at the moment. */
const current = new WeakMap<PGlite, string>();

/**
 * The books: one schema of a PostgreSQL. Every access is a serializable transaction. Several banks may share
 * one engine, since starting one takes seconds and a schema takes milliseconds.
 */
export class Database {
  private constructor(
    private readonly engine: PGlite,
    private readonly schema: string,
    private readonly owned: boolean,
    /** Whether the schema was made just now. */
    readonly fresh: boolean,
  ) {}

  static async open(engine: PGlite | undefined, schema: string): Promise<Database> {
    if (!/^[a-z][a-z0-9_]{0,40}$/.test(schema)) throw new RangeError(`schema name ${schema}`);
    const used = engine ?? new PGlite();
    await used.waitReady;
    const found = await used.query('select 1 from information_schema.schemata where schema_name = $1', [
      schema,
    ]);
    const fresh = found.rows.length === 0;
    if (fresh) {
      await used.exec(`create schema ${schema}; set search_path to ${schema}; ${SCHEMA}`);
      current.set(used, schema);
    }
    return new Database(used, schema, engine === undefined, fresh);
  }

  /**
   * Runs `work` as one serializable transaction; anew when it collides with another. An error undoes it
   * whole.
   */
  async transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    for (let tried = 1; ; tried++) {
      try {
        return await this.engine.transaction(async (transaction) => {
          await this.#enter(transaction);
          return work(new TransactionSql(transaction));
        });
      } catch (error) {
        current.delete(this.engine); // a rollback also takes back the search path
        const state = (error as { code?: string }).code ?? '';
        if (tried === RETRIES_MAX || !RETRY_STATES.includes(state)) throw error;
      }
    }
  }

  /** Closes the engine if it was opened here. */
  async close(): Promise<void> {
    if (this.owned) await this.engine.close();
  }

  async #enter(transaction: Transaction): Promise<void> {
    if (current.get(this.engine) === this.schema) return;
    await transaction.exec(
      `set transaction isolation level serializable;
       set default_transaction_isolation to 'serializable'; set search_path to ${this.schema}`,
    );
    current.set(this.engine, this.schema);
  }
}

class TransactionSql implements Sql {
  constructor(private readonly transaction: Transaction) {}

  async rows<T>(text: string, parameters: readonly unknown[] = []): Promise<T[]> {
    return (await this.transaction.query<T>(text, [...parameters])).rows;
  }
}
