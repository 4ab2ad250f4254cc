import type { PGlite } from '@electric-sql/pglite';
import { beforeAll, describe, expect, it } from 'vitest';
import { hostCrypto } from '../../../hal/crypto/host.js';
import { type Engine, PgliteEngine, type Sql } from '../../../sim/bank/db/engine.js';
import { EMPTY_BOOKS } from '../../../sim/bank/db/fresh-pglite.js';
import { POSTGRES_ALONE } from '../../../sim/bank/db/postgres-alone.js';
import { SCHEMA } from '../../../sim/bank/db/schema.js';
import list from '../../../sim/bank/db/yugabyte.json' with { type: 'json' };
import { Town } from '../../../sim/world/town.js';
import { fileEngine } from '../../support/file-engine.js';
import { HOLE, type SqlText, sqlTextsUnder } from '../../support/sql-texts.js';
import { KINDS, type Kind, readVocabulary, type Vocabulary, wordsIn } from '../../support/sql-words.js';
import { START_S } from '../../support/town.js';

type Part = Partial<Record<Kind, readonly string[]>>;

const BANK = new URL('../../../sim/bank', import.meta.url).pathname;
const { documented, beyond } = list as {
  documented: (Part & { page: string })[];
  beyond: (Part & { source: string; files: readonly string[] })[];
};
const texts = sqlTextsUnder(BANK);

/** What YugabyteDB documents, and what may be in this file besides. */
function allowedIn(file: string, kind: Kind): Set<string> {
  const parts: readonly Part[] = [...documented, ...beyond.filter(({ files }) => files.includes(file))];
  return new Set(parts.flatMap((part) => part[kind] ?? []));
}

/** What a text has that is not on the list, as `functions: pg_sleep`. */
function offTheList({ file, text }: SqlText, vocabulary: Vocabulary): string[] {
  const words = wordsIn(text, allowedIn(file, 'clauses'), vocabulary);
  return KINDS.flatMap((kind) =>
    [...words[kind]].filter((word) => !allowedIn(file, kind).has(word)).map((word) => `${kind}: ${word}`),
  );
}

/** Takes from the schema what PostgreSQL alone understands, and keeps all that it was asked. */
class Listening implements Engine {
  readonly heard = new Set<string>();
  readonly #engine: PgliteEngine;

  constructor(pglite: PGlite) {
    this.#engine = new PgliteEngine(pglite);
  }

  transaction<T>(schema: string, work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#engine.transaction(schema, (sql) =>
      work({
        rows: (text, parameters) => {
          this.heard.add(text);
          return sql.rows(text, parameters);
        },
        script: (text) => {
          this.heard.add(text);
          return sql.script(text.replace(POSTGRES_ALONE, ''));
        },
      }),
    );
  }

  close = (): Promise<void> => this.#engine.close();
}

describe('the SQL of the bank', () => {
  let pglite: PGlite;
  let vocabulary: Vocabulary;

  beforeAll(async () => {
    pglite = await fileEngine();
    // Else the first bank takes these tables, and makes none.
    await pglite.exec(`drop schema if exists ${EMPTY_BOOKS} cascade`);
    await pglite.exec(`create schema bank; set search_path to bank; ${SCHEMA}`);
    vocabulary = await readVocabulary(pglite, 'bank');
  });

  it('is on the list of what YugabyteDB documents', () => {
    const found = texts.flatMap((each) =>
      offTheList(each, vocabulary).map((what) => `${each.file}: ${what}`),
    );
    expect(found).toEqual([]);
    expect(texts.length).toBeGreaterThan(100);
  });

  it('needs all that is on the list', () => {
    const used = texts.map(({ file, text }) => ({
      file,
      words: wordsIn(text, allowedIn(file, 'clauses'), vocabulary),
    }));
    const needless = [...documented, ...beyond].flatMap((part) =>
      KINDS.flatMap((kind) =>
        (part[kind] ?? [])
          .filter((word) => !used.some(({ words }) => words[kind].has(word)))
          .map((word) => `${kind}: ${word}`),
      ),
    );
    expect(needless).toEqual([]);
  });

  it('would be found out for anything else', () => {
    for (const [text, what] of [
      ['select id from devices fetch first 3 rows with ties', 'clauses: ties'],
      ['select pg_advisory_xact_lock(1)', 'functions: pg_advisory_xact_lock'],
      ['copy devices from stdin', 'clauses: copy'],
      ['create policy mine on devices', 'clauses: create'],
      ['lock table devices', 'clauses: lock'],
      ['select id from devices for share', 'clauses: share'],
      ["select '1'::xml", 'types: xml'],
      ['select id from devices where received @> $1', 'operators: @>'],
      ['create constraint trigger a after insert on devices', 'clauses: constraint'],
    ])
      expect(offTheList({ file: 'accounts/accounts.ts', text }, vocabulary), text).toContain(what);
  });

  it('is all in the sources, and keeps the books without what PostgreSQL alone has', async () => {
    const listening = new Listening(pglite);
    const database = { database: listening, schema: 'listening' };
    const town = await Town.open({ crypto: hostCrypto, seed: 1, start_s: START_S, ...database });
    await town.enrol('Mei', { deposit: 500 });
    await town.enrol('Stall', { category: 5812 });
    await town.load('Mei', 400);
    await town.sync('Mei');
    const { terminal } = town.resident('Stall').device;
    expect(town.touch('Stall', 'Mei', terminal.order('pull', 150)).result?.outcome).toBe('paid');
    await town.sync('Stall');
    await town.sync('Mei');
    const { id, account } = town.resident('Mei');
    await town.bank.history(account);
    await town.bank.day(town.resident('Stall').account, START_S);
    await town.bank.unload(account, id, 100);
    await town.bank.logs.integrate();
    await town.bank.suspend(id);
    await town.bank.reportLost(town.resident('Stall').id);
    expect(await town.bank.audit()).toMatchObject({ ok: true, faults: [], losses: [] });
    const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    const known = texts.map(({ text }) => new RegExp(`^${escaped(text).replaceAll(HOLE, '[^]*')}$`));
    expect([...listening.heard].filter((text) => !known.some((one) => one.test(text)))).toEqual([]);
    expect(listening.heard.size).toBeGreaterThan(50);
  });
});
