/** Compiles what has changed, on every core, and links. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { platformFolder, rootFolder } from './folders.js';
import { inParallel } from './in-parallel.js';
import { run } from './process.js';
import type { Target, Unit } from './targets.js';

/** Makes `folder` hold the target's program; its path. */
export async function compileAndLink(target: Target, folder: string): Promise<string> {
  const headers = ownHeaders();
  const objects = target.units.map((unit) => ({ unit, object: objectOf(unit, folder) }));
  const stale = objects.filter(({ unit, object }) => !isFresh(object, keyOf(target, unit, headers)));
  await inParallel(stale, availableParallelism(), async ({ unit, object }) => {
    mkdirSync(dirname(object), { recursive: true });
    await run(target.compiler, [...unit.flags, '-c', unit.source, '-o', object]);
    writeFileSync(`${object}.key`, keyOf(target, unit, headers));
  });

  const program = join(folder, target.program);
  const key = digest([
    ...target.linkFlags,
    ...objects.map(({ object }) => readFileSync(`${object}.key`, 'utf8')),
  ]);
  if (!isFresh(program, key)) {
    const map = `-Wl,-Map=${mapOf(program)}`;
    await run(target.compiler, [
      ...objects.map(({ object }) => object),
      ...target.linkFlags,
      map,
      '-o',
      program,
    ]);
    writeFileSync(`${program}.key`, key);
  }
  return program;
}

/** The linker's account of what went where. */
export const mapOf = (program: string) => `${program}.map`;

/** Two files of one name may come from two folders. */
function objectOf({ part, source }: Unit, folder: string): string {
  const from = digest([relative(rootFolder, dirname(source))]).slice(0, 8);
  return join(folder, 'objects', part, `${basename(source, '.c')}-${from}.o`);
}

/** Fetched sources stand under their version and never change, their headers neither: our own headers do. */
function keyOf(target: Target, { source, flags }: Unit, headers: string): string {
  return digest([target.compiler, ...flags, readFileSync(source, 'utf8'), headers]);
}

function ownHeaders(): string {
  const inRoot = ['hal/crypto', 'hal/crypto/curve25519', 'tools/curve25519', 'tools/curve25519/chip'];
  const files = [platformFolder, ...inRoot.map((folder) => join(rootFolder, folder))].flatMap((folder) =>
    readdirSync(folder).map((name) => join(folder, name)),
  );
  return digest(files.filter((file) => file.endsWith('.h')).map((file) => readFileSync(file, 'utf8')));
}

function isFresh(file: string, key: string): boolean {
  return existsSync(file) && existsSync(`${file}.key`) && readFileSync(`${file}.key`, 'utf8') === key;
}

function digest(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
