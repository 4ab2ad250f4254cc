import type { PGlite } from '@electric-sql/pglite';
import { BankError } from '../codes.js';
import { type Engine, engineOf, type Sql } from './engine.js';
import { EMPTY_BOOKS, freshPglite, takeEmptyBooks } from './fresh-pglite.js';
import { type Tries, withRetries } from './retries.js';
import { SCHEMA, SCHEMA_VERSION } from './schema.js';

export type { Sql } from './engine.js';

/** What works on the books. */
export interface Books {
  /**
   * Runs `work` as one transaction. `idempotent`: done twice it comes to the same as once, so it is done
   * again when the answer to its commit was lost.
   */
  transaction<T>(work: (sql: Sql) => Promise<T>, idempotent?: boolean): Promise<T>;
  close(): Promise<void>;
}

/**
 * The books: one schema of a PostgreSQL. Every access is a serializable transaction. Several banks may share
 * one engine, since starting one takes seconds and a schema takes milliseconds.
 */
export class Database implements Books {
  private constructor(
    private readonly engine: Engine,
    private readonly schema: string,
    private readonly owned: boolean,
  ) {}

  readonly tries: Tries = { transactions: 0, retries: 0 };

  /**
   * `first`: what a new bank writes into its tables. Tables and that are one transaction: a bank is there
   * whole, or not at all.
   */
  static async open(
    database: PGlite | Engine | undefined,
    schema: string,
    first: (sql: Sql) => Promise<void>,
  ): Promise<Database> {
    if (!/^[a-z][a-z0-9_]{0,40}$/.test(schema)) throw new RangeError(`schema name ${schema}`);
    const engine = engineOf(database ?? (await freshPglite()));
    const opened = new Database(engine, schema, database === undefined);
    await opened.transaction(async (sql) => {
      const found = await sql.rows<{ schema_name: string }>(
        'select schema_name from information_schema.schemata where schema_name in ($1, $2)',
        [schema, EMPTY_BOOKS],
      );
      const names = found.map(({ schema_name }) => schema_name);
      if (names.includes(schema)) return checkVersion(sql);
      await sql.script(
        names.includes(EMPTY_BOOKS) ? takeEmptyBooks(schema) : `create schema ${schema}; ${SCHEMA}`,
      );
      await first(sql);
    });
    return opened;
  }

  /**
   * Runs `work` as one serializable transaction; anew when it collides with another or the server goes away.
   * An error undoes it whole.
   */
  transaction<T>(work: (sql: Sql) => Promise<T>, idempotent = false): Promise<T> {
    return withRetries(() => this.engine.transaction(this.schema, work), idempotent, this.tries);
  }

  /** See Bank.backup. */
  backup(): Promise<Uint8Array> {
    if (this.engine.backup) return this.engine.backup();
    throw new BankError('backup', 'books on a server are backed up by its own tools');
  }

  /** Closes the engine if it was opened here. */
  async close(): Promise<void> {
    if (this.owned) await this.engine.close();
  }
}

/** Throws BankError `version`. Before versions were counted there was no column for one. */
async function checkVersion(sql: Sql): Promise<void> {
  const counted = await sql.rows(
    `select 1 from information_schema.columns
     where table_schema = current_schema() and table_name = 'central_bank' and column_name = 'schema_version'`,
  );
  const [row] =
    counted.length > 0
      ? await sql.rows<{ schema_version: number }>('select schema_version from central_bank')
      : [];
  if (row?.schema_version === SCHEMA_VERSION) return;
  throw new BankError(
    'version',
    `books of version ${row?.schema_version ?? 0}; this bank reads ${SCHEMA_VERSION}`,
  );
}
