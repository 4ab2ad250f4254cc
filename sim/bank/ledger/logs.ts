import { concat, join, NOTHING } from '../../../firmware/bytes.js';
import { hex, utf8 } from '../bytes.js';
import { BankError } from '../codes.js';
import { type Context, randomBytes } from '../context.js';
import type { Sql } from '../db/database.js';
import { checkpointText } from './checkpoint.js';
import { EDGE_LEVELS, Edge, edgeNumber } from './edge.js';
import { BLIND_BYTES, commitmentTo, entryBytes, type LeafType, NAME_BYTES, periodOf } from './leaf.js';
import { type LogRow, partBytes, readLog, readLogFile, readTile } from './log-rows.js';
import { printNote, SignatureType, signNote, type VerifierKey, verifierKey } from './note.js';
import { takeWaiting, type Waiting } from './outbox.js';
import { proveToOwner } from './owner-proof.js';
import { periodKeys, sealBatch, supervisorSecret } from './supervisor.js';
import { TiledTree } from './tiles.js';

/** A log of the bank: one operator's. */
export interface LogKey {
  readonly operator: number;
  readonly key: VerifierKey;
}

const LOG_KEY = utf8('tapnote/1 ledger log');
/** Leaves behind one ciphertext. */
const BATCH_MAX = 256;
/**
 * The transparency logs of the operators. What settlement has put into the outbox becomes leaves; tree and
 * checkpoint are one transaction, so no log signs two histories while it keeps its books.
 */
export class Logs {
  readonly #signing = new Map<number, Uint8Array>();
  /** One of each operator. */
  readonly all: readonly LogKey[];
  #hasBegun = false;

  constructor(private readonly context: Context) {
    const { crypto, keys } = context;
    for (const { number, agreement } of keys.operators.values()) {
      const seed = crypto.hkdfSha256(NOTHING, agreement.secret, LOG_KEY, 32);
      this.#signing.set(number, crypto.ed25519KeyFromSeed(seed));
    }
    this.all = [...this.#signing].map(([operator, signing]) => ({
      operator,
      key: verifierKey(crypto, this.originOf(operator), SignatureType.ed25519, signing.subarray(32)),
    }));
  }

  /** The first half of every name: one bank, one namespace. */
  get house(): string {
    return `tapnote/${hex(this.context.keys.rootPublic.subarray(0, 8))}`;
  }

  originOf(operator: number): string {
    return `${this.house}/operator-${operator}`;
  }

  /** What the central bank opens the ciphertexts with: 32 bytes. */
  get supervisor(): Uint8Array {
    return supervisorSecret(this.context.crypto, this.context.keys.root);
  }

  /** Turns all that waits into leaves, and signs what the logs are then. */
  async integrate(): Promise<void> {
    if (!this.#hasBegun) await this.#begin();
    this.#hasBegun = true;
    while (await this.context.database.transaction((sql) => this.#takeSome(sql), true));
  }

  async #begin(): Promise<void> {
    await this.context.database.transaction(async (sql) => {
      for (const operator of this.#signing.keys()) {
        await sql.rows(
          'insert into ledger_logs (operator, size, checkpoint) values ($1, 0, $2) on conflict do nothing',
          [operator, this.#sign(operator, new Edge(this.context.crypto, 0))],
        );
      }
    }, true);
  }

  #sign(operator: number, edge: Edge): string {
    const origin = this.originOf(operator);
    const text = checkpointText(origin, edge.head);
    return printNote(signNote(this.context.crypto, origin, this.#signing.get(operator)!, text));
  }

  /** Whether there was anything. */
  async #takeSome(sql: Sql): Promise<boolean> {
    const waiting = await takeWaiting(sql);
    if (!waiting) return false;
    for (const operator of this.#signing.keys()) {
      const own = waiting.filter(
        ({ record }) => record.payerOperator === operator || record.payeeOperator === operator,
      );
      if (own.length > 0) await this.#append(sql, operator, own);
    }
    return true;
  }

  async #append(sql: Sql, operator: number, waiting: readonly Waiting[]): Promise<void> {
    const { size } = (await readLog(sql, operator))!;
    const edge = await this.#edge(sql, operator, size);
    let first = size;
    for (const batch of batchesOf(waiting)) {
      await this.#appendBatch(sql, edge, { operator, first }, batch);
      first += batch.length;
    }
    const tiles = edge.tiles();
    await sql.rows(
      `insert into ledger_tiles (operator, level, number, bytes)
       select $1, l, n, b from unnest($2::int[], $3::bigint[], $4::bytea[]) as x (l, n, b)
       on conflict (operator, level, number) do update set bytes = excluded.bytes`,
      [
        operator,
        tiles.map(({ level }) => level),
        tiles.map(({ number }) => number),
        tiles.map(({ bytes }) => bytes),
      ],
    );
    await sql.rows('update ledger_logs set size = $2, checkpoint = $3 where operator = $1', [
      operator,
      first,
      this.#sign(operator, edge),
    ]);
  }

  async #appendBatch(
    sql: Sql,
    edge: Edge,
    { operator, first }: { operator: number; first: number },
    batch: readonly Waiting[],
  ): Promise<void> {
    const { crypto } = this.context;
    const { type, record } = batch[0];
    const period = periodOf(record.settled_s);
    const random = randomBytes(this.context, (batch.length + 1) * BLIND_BYTES);
    const drawn = (i: number) => random.subarray(i * BLIND_BYTES, (i + 1) * BLIND_BYTES);
    const openings = batch.map(({ bytes }, i) => join(drawn(i), bytes));
    const opened = concat(...openings);
    const { publicKey } = periodKeys(crypto, this.supervisor, period);
    const about = { origin: this.originOf(operator), type, period, first };
    const sealed = sealBatch(crypto, publicKey, drawn(batch.length), about, opened);
    const ciphertext = crypto.sha256(sealed);
    for (const opening of openings)
      edge.append(
        entryBytes({ type, operator, period, commitment: commitmentTo(crypto, opening), ciphertext }),
      );
    await sql.rows(
      `insert into ledger_batches (operator, first, period, openings, names, hash, ciphertext)
       values ($1, $2, $3, $4, $5, $6, $7)`,
      [
        operator,
        first,
        period,
        opened,
        concat(...batch.map(({ bytes }) => bytes.subarray(0, NAME_BYTES))),
        ciphertext,
        sealed,
      ],
    );
  }

  async #edge(sql: Sql, operator: number, size: number): Promise<Edge> {
    const rows = await sql.rows<{ level: number; bytes: Uint8Array }>(
      `select t.level, bytes from unnest($2::int[], $3::bigint[]) as x (level, number)
       join ledger_tiles t on t.operator = $1 and t.level = x.level and t.number = x.number`,
      [operator, EDGE_LEVELS, EDGE_LEVELS.map((level) => edgeNumber(size, level))],
    );
    const parts = EDGE_LEVELS.map((level) => {
      const bytes = rows.find((row) => row.level === level)?.bytes ?? NOTHING;
      const width = partBytes(level);
      return Array.from({ length: bytes.length / width }, (_, i) => bytes.slice(i * width, (i + 1) * width));
    });
    return new Edge(this.context.crypto, size, parts);
  }

  /** Undefined before the log has begun. */
  async state(operator: number): Promise<LogRow | undefined> {
    return this.context.database.transaction((sql) => readLog(sql, operator));
  }

  /** From now on `checkpoint` is what the log shows, with the policy by which it is believed. */
  async show(operator: number, checkpoint: string, policy: string): Promise<void> {
    await this.context.database.transaction(
      (sql) =>
        sql.rows('update ledger_logs set published = $2, policy = $3 where operator = $1', [
          operator,
          checkpoint,
          policy,
        ]),
      true,
    );
  }

  /** Proofs about the first `size` leaves. */
  tree(operator: number, size: number): TiledTree {
    const { database, crypto } = this.context;
    return new TiledTree(crypto, size, async (name) => {
      const bytes = await database.transaction((sql) => readTile(sql, operator, name));
      if (!bytes) throw new Error(`the log of operator ${operator} lacks a tile of level ${name.level}`);
      return bytes;
    });
  }

  /** What lies at a path below the prefix of a log; undefined where there is nothing. */
  file(operator: number, path: string): Promise<string | Uint8Array | undefined> {
    return this.context.database.transaction((sql) => readLogFile(sql, operator, path));
  }

  prove(account: number, device: Uint8Array, sequence: number): Promise<string> {
    return proveToOwner(this.context, account, device, sequence);
  }

  /**
   * Deletes the ciphertexts of all periods before this one (such as 202611), and what the bank knew of their
   * openings. Log and proofs stay as they are. Returns how many ciphertexts there were. Throws BankError
   * `not-yet` for a period that is to come: what is settled this month would go with those before.
   */
  async forget(period: number): Promise<number> {
    const now = periodOf(this.context.time_s);
    if (period > now) throw new BankError('not-yet', `the last month to keep is ${now} at the latest`);
    const rows = await this.context.database.transaction((sql) =>
      sql.rows(
        `update ledger_batches set ciphertext = null, openings = '', names = ''
           where period < $1 and ciphertext is not null returning hash`,
        [period],
      ),
    );
    return rows.length;
  }
}

/** Of one type and one period each, in their order. */
function* batchesOf(waiting: readonly Waiting[]): Generator<Waiting[]> {
  let batch: Waiting[] = [];
  const keyOf = ({ type, record }: Waiting): [LeafType, number] => [type, periodOf(record.settled_s)];
  for (const each of waiting) {
    const fits =
      batch.length < BATCH_MAX && (batch.length === 0 || `${keyOf(batch[0])}` === `${keyOf(each)}`);
    if (!fits) {
      yield batch;
      batch = [];
    }
    batch.push(each);
  }
  if (batch.length > 0) yield batch;
}
