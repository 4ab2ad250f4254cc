import { describe, expect, it } from 'vitest';
import { Database } from '../../../sim/bank/db/database.js';
import { type Engine, engineOf } from '../../../sim/bank/db/engine.js';
import { CommitUnknown } from '../../../sim/bank/db/retries.js';
import { fileEngine } from '../../support/file-engine.js';

/** Of PostgreSQL and of the system: what passes by itself. */
const PASSING = [
  ...['40001', '40P01', '40003', '57P01', '57P02', '57P03', '25006', '0A000', '53300'],
  ...['08000', '08001', '08003', '08004', '08006', 'ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ETIMEDOUT'],
];
const LASTING = ['23505', '42P01', '22P02', 'ENOTFOUND'];

const failure = (code: string) => Object.assign(new Error(code), { code });

let schemas = 0;

/** A table with one number, on an engine that fails as `fail` says, before or after the commit. */
async function counter(fail: () => { isDone: boolean; error: Error } | undefined) {
  const engine = engineOf(await fileEngine());
  let isBroken = false;
  const breaking: Engine = {
    close: () => engine.close(),
    async transaction(schema, work) {
      const failing = isBroken ? fail() : undefined;
      if (failing && !failing.isDone) throw failing.error;
      const result = await engine.transaction(schema, work);
      if (failing) throw failing.error;
      return result;
    },
  };
  const database = await Database.open(breaking, `retries_${process.pid}_${schemas++}`, (sql) =>
    sql.script('create table counts (n bigint not null); insert into counts values (0)'),
  );
  isBroken = true;
  const read = async () => {
    isBroken = false;
    const [{ n }] = await database.transaction((sql) => sql.rows<{ n: number }>('select n from counts'));
    return n;
  };
  return { database, read };
}

const failingOnce = (error: Error, isDone: boolean) => {
  let left = 1;
  return () => (left-- > 0 ? { isDone, error } : undefined);
};

describe('a transaction', () => {
  it.each(PASSING)('is tried again after what passes: %s', async (code) => {
    const { database, read } = await counter(failingOnce(failure(code), false));
    const before = database.tries.retries;
    await database.transaction((sql) => sql.rows('update counts set n = n + 1'));
    expect([await read(), database.tries.retries - before]).toEqual([1, 1]);
  });

  it.each(LASTING)('is not tried again after what lasts: %s', async (code) => {
    const { database, read } = await counter(failingOnce(failure(code), false));
    const work = database.transaction((sql) => sql.rows('update counts set n = n + 1'));
    await expect(work).rejects.toMatchObject({ code });
    expect([await read(), database.tries.retries]).toEqual([0, 0]);
  });

  it('whose commit was not answered is done again if that comes to the same, and only then', async () => {
    const lost = () => new CommitUnknown(failure('ECONNRESET'));
    const once = await counter(failingOnce(lost(), true));
    const adding = once.database.transaction((sql) => sql.rows('update counts set n = n + 1'));
    await expect(adding).rejects.toBeInstanceOf(CommitUnknown);
    expect(await once.read()).toBe(1);
    const twice = await counter(failingOnce(lost(), true));
    await twice.database.transaction((sql) => sql.rows('update counts set n = 5'), true);
    expect(await twice.read()).toBe(5);
  });

  it('fails in the end when nothing passes', async () => {
    const { database, read } = await counter(() => ({ isDone: false, error: failure('57P03') }));
    await expect(database.transaction((sql) => sql.rows('select 1'))).rejects.toMatchObject({
      code: '57P03',
    });
    expect(database.tries.retries).toBe(9);
    expect(await read()).toBe(0);
  });
});
