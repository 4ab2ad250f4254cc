import type { PGlite } from '@electric-sql/pglite';
import type { Engine, Sql } from '../bank/db/engine.js';

/**
 * A database that can go back: all that the bank commits lies in one transaction of the engine, and each of
 * the bank's own is a part of it. The invariants of the schema are looked at at the end of each, as at a real
 * commit.
 */
export class BranchingEngine implements Engine {
  readonly #sql: Sql;
  /** In the search path. */
  #schema: string | undefined;
  #marks = 0;

  private constructor(private readonly pglite: PGlite) {
    this.#sql = {
      rows: async (text, parameters = []) => (await pglite.query<never>(text, [...parameters])).rows,
      script: async (text) => void (await pglite.exec(text)),
    };
  }

  static async open(pglite: PGlite): Promise<BranchingEngine> {
    await pglite.exec('begin isolation level serializable');
    return new BranchingEngine(pglite);
  }

  async transaction<T>(schema: string, work: (sql: Sql) => Promise<T>): Promise<T> {
    if (schema !== this.#schema) await this.pglite.exec(`set search_path to ${schema}`);
    this.#schema = schema;
    await this.pglite.exec('savepoint work');
    try {
      const result = await work(this.#sql);
      await this.pglite.exec('set constraints all immediate; set constraints all deferred; release work');
      return result;
    } catch (error) {
      await this.pglite.exec('rollback to work; release work');
      throw error;
    }
  }

  /** Where `goBack` leads to. */
  async mark(): Promise<string> {
    const mark = `mark_${++this.#marks}`;
    await this.pglite.exec(`savepoint ${mark}`);
    return mark;
  }

  /** Undoes all since the mark, which stays. */
  async goBack(mark: string): Promise<void> {
    await this.pglite.exec(`rollback to ${mark}`);
  }

  async close(): Promise<void> {
    await this.pglite.exec('rollback');
    await this.pglite.close();
  }
}
