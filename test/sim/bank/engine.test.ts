import { createHash } from 'node:crypto';
import { PGlite } from '@electric-sql/pglite';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Database } from '../../../sim/bank/db/database.js';
import { PostgresEngine } from '../../../sim/bank/db/postgres.js';

/** The server of that URL in place of a PGlite. */
const { TAPNOTE_BANK_URL } = process.env;
const engine = TAPNOTE_BANK_URL ? new PostgresEngine(TAPNOTE_BANK_URL) : new PGlite();
let database: Database;
beforeAll(async () => {
  database = await Database.open(engine, 'engine', (sql) =>
    sql.script(
      'create table things (id bytea primary key, words text[], list bytea[], size bigint, facts jsonb)',
    ),
  );
});
afterAll(() => engine.close());

const ID = Uint8Array.of(0, 92, 255);

it('brings values back as they went in', async () => {
  const row = {
    id: ID,
    words: ['a,b', '"', '\\', '{}', 'null', '', 'ü'],
    list: [Uint8Array.of(1, 0), null, new Uint8Array(0)],
    size: 2 ** 53 - 1,
    facts: { a: [1, '"'] },
  };
  const [found] = await database.transaction(async (sql) => {
    await sql.rows('insert into things values ($1, $2, $3, $4, $5)', [
      row.id,
      row.words,
      row.list,
      row.size,
      JSON.stringify(row.facts),
    ]);
    return sql.rows('select id, array_to_string(words, $1) as words, list, size, facts from things', ['|']);
  });
  expect(found).toEqual({ ...row, words: row.words.join('|') });
});

it('takes whole numbers of either sign, alone and in lists, and no others', async () => {
  const echo = (numbers: unknown, small: unknown, flags: unknown) =>
    database.transaction(async (sql) => {
      const [row] = await sql.rows<{ sum: string }>(
        `select concat_ws(' ', $1::bigint[]::text, $2::int[]::text, $3::bool[]::text) as sum`,
        [numbers, small, flags],
      );
      const single = await sql.rows<{ n: number }>('select n from unnest($1::bigint[]) as x (n)', [numbers]);
      return [row.sum, ...single.map(({ n }) => n)];
    });
  const large = 2 ** 53 - 1;
  const sum = `{-1,${-large},4294967296,NULL} {-2147483648,0} {t,f}`;
  const numbers = [-1, -large, 2 ** 32, null];
  expect(await echo(numbers, [-(2 ** 31), 0], [true, false])).toEqual([sum, ...numbers]);
  await expect(echo([1.5], [], [])).rejects.toThrow(RangeError);
  await expect(echo([2 ** 53], [], [])).rejects.toThrow(RangeError);
  await expect(echo([], [2 ** 31], [])).rejects.toThrow(RangeError);
  const halfway = database.transaction(async (sql) => {
    await sql.rows('select n from unnest($1::bigint[]) as x (n)', [[1, 0.5]]).catch(() => {});
    return sql.rows('select 1 as n');
  });
  expect(await halfway).toEqual([{ n: 1 }]);
  await expect(
    database.transaction((sql) => sql.rows('select 9007199254740993::bigint as n')),
  ).rejects.toThrow(RangeError);
});

it('takes lists of any length', async () => {
  const bytes = (lengths: readonly number[]) => lengths.map((length, i) => new Uint8Array(length).fill(i));
  const told = (list: readonly Uint8Array[]) =>
    list.map((each) => `${each.length} ${createHash('md5').update(each).digest('hex')}`);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat({ max: 40_000 }), { maxLength: 12 }), async (lengths) => {
      const list = bytes(lengths);
      const rows = await database.transaction((sql) =>
        sql.rows<{ said: string }>(
          `select length(x) || ' ' || md5(x) as said from unnest($1::bytea[], $2::bigint[]) as y (x, n) order by n`,
          [list, list.map((_, i) => i)],
        ),
      );
      expect(rows.map(({ said }) => said)).toEqual(told(list));
    }),
    { examples: [[[2 ** 15, 2 ** 15 - 1]], [[2 ** 16 - 60, 30]], [[2 ** 20]]] },
  );
});

it('knows nothing from an empty list, and nothing from null', async () => {
  const find = (ids: unknown) =>
    database.transaction((sql) => sql.rows('select size from things where id = any($1::bytea[])', [ids]));
  expect(await find([])).toEqual([]);
  expect(await find(null)).toEqual([]);
  expect(await find([ID])).toHaveLength(1);
});

it('undoes a transaction that fails, with the code of its error, and goes on', async () => {
  const size = async () =>
    (await database.transaction((sql) => sql.rows<{ size: number }>('select size from things')))[0].size;
  const before = await size();
  const failing = database.transaction(async (sql) => {
    await sql.rows('update things set size = 1');
    await sql.rows('insert into things (id) values ($1)', [ID]);
  });
  await expect(failing).rejects.toMatchObject({ code: '23505' });
  const hiding = database.transaction(async (sql) => {
    await sql.rows('update things set size = 1');
    await sql.rows('insert into things (id) values ($1)', [ID]).catch(() => {});
  });
  await expect(hiding).rejects.toMatchObject({ code: '25P02' });
  const misspelt = database.transaction(async (sql) => {
    await sql.rows('select nothing from nowhere').catch(() => {});
    await sql.rows('update things set size = 1');
  });
  await expect(misspelt).rejects.toMatchObject({ code: '25P02' });
  expect(await size()).toBe(before);
});

it('runs transactions that are begun together one after another', async () => {
  const add = () =>
    database.transaction(async (sql) => {
      const [{ n }] = await sql.rows<{ n: number }>('select count(*) as n from things');
      await sql.rows('insert into things (id) values ($1)', [Uint8Array.of(n, n)]);
    });
  await Promise.all([add(), add(), add()]);
  const [{ n }] = await database.transaction((sql) =>
    sql.rows<{ n: number }>('select count(*) as n from things'),
  );
  expect(n).toBe(4);
});
