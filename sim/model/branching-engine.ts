import type { PGlite } from '@electric-sql/pglite';
import { type Bounds, type Engine, PgliteEngine, type Sql } from '../bank/db/engine.js';

/** The invariants of the schema are looked at at the end, as at a real commit. */
const PART: Bounds = {
  begin: 'savepoint work',
  end: ['set constraints all immediate', 'set constraints all deferred', 'release work'],
  tag: 'RELEASE',
  undo: 'rollback to work; release work',
};

/**
 * A database that can go back: all that the bank commits lies in one transaction of the engine, and each of
 * the bank's own is a part of it.
 */
export class BranchingEngine implements Engine {
  readonly #engine: PgliteEngine;
  #marks = 0;

  private constructor(private readonly pglite: PGlite) {
    this.#engine = new PgliteEngine(pglite, PART);
  }

  static async open(pglite: PGlite): Promise<BranchingEngine> {
    await pglite.exec('begin isolation level serializable');
    return new BranchingEngine(pglite);
  }

  transaction<T>(schema: string, work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#engine.transaction(schema, work);
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
