import pg from 'pg';
import type { Engine, Sql } from './engine.js';
import { CommitUnknown } from './retries.js';

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
 * As in PGlite: see engine.ts. Without sequential scans a plan that needs one counts as dear, and the server
 * would compile it to machine code each time. Nothing but speed depends on these.
 */
const SETTINGS = [
  'plan_cache_mode=force_generic_plan',
  'enable_seqscan=off',
  'jit=off',
  'client_min_messages=warning',
]
  .map((setting) => `-c ${setting}`)
  .join(' ');

/**
 * A PostgreSQL server, 15 or later, by its URL. One connection: transactions of a bank run one after another,
 * so that none of them fails because of another. A connection that breaks fails its transaction, and the next
 * one connects anew.
 */
export class PostgresEngine implements Engine {
  readonly #pool: pg.Pool;
  readonly #names = new Map<string, string>();

  constructor(url: string) {
    this.#pool = new pg.Pool({ connectionString: url, max: 1, types, options: SETTINGS });
    this.#pool.on('error', () => {}); // an idle connection broke; the pool has dropped it
  }

  /** Throws CommitUnknown when the answer to the commit was lost. */
  async transaction<T>(schema: string, work: (sql: Sql) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect().catch((error: Error) => {
      throw named(error);
    });
    let broken: Error | undefined;
    let isCommitting = false;
    const onError = (error: Error) => {
      broken = error; // the query that is under way rejects
    };
    client.on('error', onError);
    try {
      await client.query(`begin isolation level serializable; set local search_path to ${schema}`);
      const result = await work(new PostgresSql(client, (text) => this.#nameOf(schema, text)));
      isCommitting = true;
      const { command } = await client.query('commit');
      if (command !== 'COMMIT')
        throw Object.assign(new Error(`the transaction ended with ${command}`), { code: '25P02' });
      return result;
    } catch (error) {
      await client.query('rollback').catch((failed: Error) => {
        broken ??= failed;
      });
      if (!broken) throw error;
      throw isCommitting ? new CommitUnknown(error) : named(error as Error);
    } finally {
      client.off('error', onError);
      client.release(broken);
    }
  }

  /** Each statement is parsed once a connection. What a text means depends on the schema. */
  #nameOf(schema: string, text: string): string {
    const key = `${schema} ${text}`;
    const name = this.#names.get(key) ?? `s${this.#names.size}`;
    this.#names.set(key, name);
    return name;
  }

  close(): Promise<void> {
    return this.#pool.end();
  }
}

/** The client's own errors about a connection that has gone have no code. */
const named = (error: Error): Error =>
  'code' in error ? error : Object.assign(new Error(error.message, { cause: error }), { code: 'ECONNRESET' });

class PostgresSql implements Sql {
  constructor(
    private readonly client: pg.PoolClient,
    private readonly nameOf: (text: string) => string,
  ) {}

  async rows<T>(text: string, parameters: readonly unknown[] = []): Promise<T[]> {
    return (await this.client.query({ name: this.nameOf(text), text, values: [...parameters] })).rows as T[];
  }

  async script(text: string): Promise<void> {
    await this.client.query(text);
  }
}
