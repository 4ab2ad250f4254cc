import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Database } from '../../../sim/bank/db/database.js';

const pglite = new PGlite();
let database: Database;
beforeAll(async () => {
  database = await Database.open(pglite, 'engine', (sql) =>
    sql.script(
      'create table things (id bytea primary key, words text[], list bytea[], size bigint, facts jsonb)',
    ),
  );
});
afterAll(() => pglite.close());

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
