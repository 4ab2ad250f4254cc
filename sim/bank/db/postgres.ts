import pg from 'pg';
import type { Engine, Sql } from './engine.js';

/** OIDs of the types that come back otherwise than from PGlite: bytea, int8. */
const BYTEA = 17;
const INT8 = 20;

const types: pg.CustomTypesConfig = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid === BYTEA) return (text: string) => new Uint8Array(Buffer.from(text.slice(2), 'hex'));
    if (oid === INT8) return wholeNumber;
    return pg.types.getTypeParser(oid, format as 'text');
  },
};

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} is beyond 2^53`);
  return value;
}

/**
 * A PostgreSQL server, 15 or later, by its URL. One connection: transactions of a bank run one after another,
 * so that none of them fails because of another. A connection that breaks fails its transaction, and the next
 * one connects anew.
 */
export class PostgresEngine implements Engine {
  readonly #pool: pg.Pool;

  constructor(url: string) {
    this.#pool = new pg.Pool({ connectionString: url, max: 1, types });
    this.#pool.on('error', () => {}); // an idle connection broke; the pool has dropped it
  }

  async transaction<T>(schema: string, work: (sql: Sql) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect();
    const onError = () => {}; // the query that is under way rejects
    client.on('error', onError);
    let broken: Error | undefined;
    try {
      await client.query(
        `begin isolation level serializable; set local search_path to ${schema}; set local client_min_messages to warning`,
      );
      const result = await work(new PostgresSql(client));
      await client.query('commit');
      return result;
    } catch (error) {
      await client.query('rollback').catch((failed: Error) => {
        broken = failed;
      });
      throw error;
    } finally {
      client.off('error', onError);
      client.release(broken);
    }
  }

  close(): Promise<void> {
    return this.#pool.end();
  }
}

class PostgresSql implements Sql {
  constructor(private readonly client: pg.PoolClient) {}

  async rows<T>(text: string, parameters: readonly unknown[] = []): Promise<T[]> {
    return (await this.client.query(text, [...parameters])).rows as T[];
  }

  async script(text: string): Promise<void> {
    await this.client.query(text);
  }
}
