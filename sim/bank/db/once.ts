import { sameBytes } from '../../../firmware/bytes.js';
import { BankError } from '../codes.js';
import type { Books, Sql } from './database.js';

/** How an answer is kept. */
export interface AnswerCodec {
  encode(answer: unknown): Uint8Array;
  decode(bytes: Uint8Array): unknown;
}

/**
 * The books for one request that its client may send again, since it cannot know whether an answer that it
 * did not get was lost or never given. Effect and answer are one transaction: whoever sends the same again
 * gets the answer of the first time, and nothing else happens.
 */
export class OnceBooks implements Books {
  #isUsed = false;

  /** `key`: of the client's choice. `request`: a hash of the request, 32 bytes. */
  constructor(
    private readonly books: Books,
    private readonly codec: AnswerCodec,
    private readonly key: string,
    private readonly request: Uint8Array,
    private readonly now_s: number,
  ) {}

  /** Throws BankError `key-reused` when the key came with another request before. */
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    const { codec, key, request, now_s } = this;
    // The answer that is kept is that of one transaction.
    if (this.#isUsed) throw new Error('a request under a key is one transaction');
    this.#isUsed = true;
    return this.books.transaction(async (sql) => {
      const fresh = await sql.rows(
        'insert into requests (key, request, at_s) values ($1, $2, $3) on conflict do nothing returning key',
        [key, request, now_s],
      );
      if (fresh.length === 0) return this.#earlier<T>(sql);
      const answer = await work(sql);
      await sql.rows('update requests set answer = $2 where key = $1', [key, codec.encode({ answer })]);
      return answer;
    }, true);
  }

  async #earlier<T>(sql: Sql): Promise<T> {
    const [{ request, answer }] = await sql.rows<{ request: Uint8Array; answer: Uint8Array }>(
      'select request, answer from requests where key = $1',
      [this.key],
    );
    if (sameBytes(request, this.request)) return (this.codec.decode(answer) as { answer: T }).answer;
    throw new BankError('key-reused', 'this idempotency key came with another request before');
  }

  close(): Promise<void> {
    return this.books.close();
  }
}

/** A client that has not asked again for so long does not any more. */
const KEPT_S = 30 * 86_400;

export async function forgetRequests(books: Books, now_s: number): Promise<void> {
  await books.transaction((sql) => sql.rows('delete from requests where at_s < $1', [now_s - KEPT_S]));
}
