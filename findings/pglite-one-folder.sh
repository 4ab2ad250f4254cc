#!/usr/bin/env bash
# npm's @electric-sql/pglite 0.5.16 (PostgreSQL 18.6) lets two processes open one folder at the same time.
# There is no lock as in a PostgreSQL server: both are told that their rows are committed, and when they
# close, one's rows are gone. It also runs with fsync off. A program has to hold a lock of its own on the
# folder.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > npm.log
npm install --silent --ignore-scripts --no-audit --no-fund @electric-sql/pglite@0.5.16

cat > second.mjs <<'END'
import { PGlite } from '@electric-sql/pglite';

const database = await PGlite.create('data');
await database.exec("insert into lines values ('by the second')");
await database.close();
END
cat > see.mjs <<'END'
import { spawnSync } from 'node:child_process';
import { PGlite } from '@electric-sql/pglite';

const open = () => PGlite.create('data');
const lines = async (database) =>
  (await database.query('select text from lines')).rows.map(({ text }) => text);

const first = await open();
const [{ version }] = (await first.query('select version()')).rows;
const [{ fsync }] = (await first.query('show fsync')).rows;
await first.exec("create table lines (text text); insert into lines values ('by the first')");
const { status } = spawnSync('node', ['second.mjs']);
await first.exec("insert into lines values ('by the first, later')");
await first.close();
const left = await lines(await open());
console.log(String(version).split(' on ')[0]);
console.log(`  fsync                                       ${fsync}`);
const second = status === 0 ? 'inserts, and ends well' : 'is refused';
console.log(`  a second process on the same folder         ${second}`);
console.log(`  afterwards there are                        ${left.join('; ')}`);
const isSame = fsync === 'off' && status === 0 && String(left) === 'by the first,by the first, later';
console.log(isSame ? 'as described' : 'this has changed');
process.exit(isSame ? 0 : 1);
END
node see.mjs
