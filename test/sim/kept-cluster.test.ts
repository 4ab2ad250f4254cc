import { execFile } from 'node:child_process';
import { appendFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';
import { freshPglite } from '../../sim/bank/db/fresh-pglite.js';
import { useKeptCluster } from '../../sim/host/kept-cluster.js';
import { ROOT } from '../tools/run-cli.js';

const folder = mkdtempSync(join(tmpdir(), 'tapnote-cluster-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** In a process of its own; says whether it began with a kept cluster, and what two databases answer. */
const PROGRAM = `
  import { emptyCluster, freshPglite } from './sim/bank/db/fresh-pglite.ts';
  import { useKeptCluster } from './sim/host/kept-cluster.ts';
  const keep = useKeptCluster(process.argv[1]);
  const begun = emptyCluster() !== undefined;
  const all = await Promise.all([freshPglite(), freshPglite()]);
  await all[0].exec('create table mine (x integer)');
  const tables = "select count(*)::int as n from information_schema.tables where table_schema = 'public'";
  const counts = [];
  for (const each of all) counts.push((await each.query(tables)).rows[0].n);
  await keep();
  for (const each of all) await each.close();
  console.log(JSON.stringify([begun, ...counts]));
`;

async function run(cache: string): Promise<unknown> {
  const args = ['--import', 'tsx', '--input-type=module', '-e', PROGRAM, cache];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT });
  return JSON.parse(stdout);
}

it('is kept by the first process, and begun with by the next ones; a damaged one is made anew', async () => {
  expect(await run(folder)).toEqual([false, 1, 0]);
  const kept = readdirSync(folder);
  expect(kept).toHaveLength(1);
  expect(await run(folder)).toEqual([true, 1, 0]);
  expect(readdirSync(folder)).toEqual(kept);
  appendFileSync(join(folder, kept[0]), 'x');
  expect(await run(folder)).toEqual([false, 1, 0]);
  expect(readdirSync(folder)).toEqual([
    expect.stringMatching(/^cluster-[\d.]+-[0-9a-f]{8}-[0-9a-f]{16}\.tar$/),
  ]);
});

it('is not kept where nothing can be written, and nobody minds', async () => {
  await (await freshPglite()).close();
  await useKeptCluster('/dev/null/x')();
});
