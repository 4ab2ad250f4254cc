/**
 * Builds the engine for the host and for the emulated chip. As a program, `npx tsx tools/xs/build.ts`, it
 * says where they are and how large the chip's image is.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileAndLink } from './compile.js';
import { cacheFolder } from './folders.js';
import { imageSize } from './image-size.js';
import { withLock } from './lock.js';
import { ensureSources, type Sources } from './sources.js';
import { nativeSources, type Target, type TargetName, target, type Unit } from './targets.js';

/** One at a time: several processes may ask at once. */
function alone<T>(work: () => Promise<T>): Promise<T> {
  mkdirSync(cacheFolder, { recursive: true });
  return withLock(join(cacheFolder, 'lock'), work);
}

/** Has the sources at hand, which takes a network the first time. */
export const fetchSources = (): Promise<Sources> => alone(ensureSources);

/** Brings the engine up to date; the path of its program. */
export const buildEngine = (name: TargetName): Promise<string> => build(name, (made) => made);

/** The chip's program under another name, with `text` in the place of one of the project's own C files. */
export function buildChipWith(program: string, source: string, text: string): Promise<string> {
  return build('chip', (made, folder) => {
    const replaced = join(folder, 'replaced', program, basename(source));
    mkdirSync(dirname(replaced), { recursive: true });
    writeFileSync(replaced, text);
    const headers = ['-I', dirname(source)];
    const units = made.units.map((unit) =>
      unit.source === source ? { ...unit, source: replaced, flags: [...unit.flags, ...headers] } : unit,
    );
    return { ...made, program, units };
  });
}

/** A program for the emulated chip of some of the engine's sources, without the engine, and of `own`. */
export function buildForChip(
  program: string,
  isOf: (unit: Unit) => boolean,
  own: readonly string[],
): Promise<string> {
  return build('chip', (made) => {
    const { flags } = made.units[made.units.length - 1];
    const units = own.map((source): Unit => ({ part: 'platform', source, flags }));
    return { ...made, program, units: [...made.units.filter(isOf), ...units] };
  });
}

function build(name: TargetName, change: (made: Target, folder: string) => Target): Promise<string> {
  return alone(async () => {
    const sources = await ensureSources();
    const folder = join(cacheFolder, name);
    mkdirSync(folder, { recursive: true });
    const table = join(folder, 'natives-table.c');
    writeFileSync(table, nativeTable(nativeSources(name)));
    return compileAndLink(change(target(name, sources, table), folder), folder);
  });
}

/**
 * Every `void xs_name(xsMachine *the)` in our C can be had by `native('xs_name')`, as with the SDK's linker.
 */
function nativeTable(files: readonly string[]): string {
  const names = files.flatMap((file) => {
    const found = readFileSync(file, 'utf8').matchAll(/^void (xs_\w+)\((?:xs|tx)Machine \*the\)/gm);
    return [...found].map(([, name]) => name);
  });
  return [
    '#include "platform.h"',
    ...names.map((name) => `extern void ${name}(txMachine *the);`),
    'const Native nativeTable[] = {',
    ...names.map((name) => `\t{ "${name}", ${name} },`),
    '\t{ NULL, NULL },',
    '};',
    '',
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(`host: ${await buildEngine('host')}`);
  const chip = await buildEngine('chip');
  console.log(`chip: ${chip}`);
  for (const [part, bytes] of imageSize(chip))
    console.log(`${part.padEnd(16)}${String(bytes).padStart(8)} bytes`);
}
