import { PGlite, type Transaction } from '@electric-sql/pglite';

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

/** PostgreSQL in this process, in memory or in a folder. */
export class PgliteEngine implements Engine {
  /** The schema in the search path at the moment. */
  #schema: string | undefined;

  constructor(private readonly pglite: PGlite) {}

  async transaction<T>(schema: string, work: (sql: Sql) => Promise<T>): Promise<T> {
    await this.pglite.waitReady;
    try {
      return await this.pglite.transaction(async (transaction) => {
        await this.#enter(transaction, schema);
        return work(new PgliteSql(transaction));
      });
    } catch (error) {
      this.#schema = undefined; // a rollback also takes back the search path
      throw error;
    }
  }

  close(): Promise<void> {
    return this.pglite.close();
  }

  async #enter(transaction: Transaction, schema: string): Promise<void> {
    if (this.#schema === schema) return;
    await transaction.exec(
      `set transaction isolation level serializable;
       set default_transaction_isolation to 'serializable'; set search_path to ${schema}`,
    );
    this.#schema = schema;
  }
}

class PgliteSql implements Sql {
  constructor(private readonly transaction: Transaction) {}

  async rows<T>(text: string, parameters: readonly unknown[] = []): Promise<T[]> {
    return (await this.transaction.query<T>(text, [...parameters])).rows;
  }

  async script(text: string): Promise<void> {
    await this.transaction.exec(text);
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
