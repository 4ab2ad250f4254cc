import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { tsImport } from 'tsx/esm/api';
import type { Mutant } from '../../sim/fuzz/mutant.js';
import { table } from '../cli/output/table.js';

export const ROOT = new URL('../..', import.meta.url).pathname;

/** What a judge made of one mutant. */
export interface Fate {
  readonly mutant: string;
  /** What the judge said; undefined when it found nothing. */
  readonly killedBy: string | undefined;
}

/** The mutant's file. Throws when the line that it changes is not there exactly once. */
export function changed({ name, file, find, replace }: Mutant): string {
  const parts = readFileSync(join(ROOT, file), 'utf8').split(find);
  if (parts.length !== 2) throw new Error(`${name}: its line is ${parts.length - 1} times in ${file}`);
  return parts.join(replace);
}

/** `unit`: what is counted until a judge finds one out. */
export function mutantTable<Unit extends string>(
  unit: Unit,
  fates: readonly (Fate & Readonly<Record<Unit, number>>)[],
): string[] {
  const rows = fates.map((fate) => [
    fate.mutant,
    String(fate[unit]),
    (fate.killedBy ?? 'SURVIVES').split('\n')[0].slice(0, 90),
  ]);
  return table([['mutant', unit, 'killed by'], ...rows]);
}

/**
 * Gives `work` a folder with copies of these parts of the project and the mutant's line in it, which is gone
 * afterwards. Without a mutant: the parts as they are.
 */
export async function inCopy<T>(
  mutant: Mutant | undefined,
  parts: readonly string[],
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'tapnote-mutant-'));
  try {
    for (const part of parts) cpSync(join(ROOT, part), join(folder, part), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    if (mutant) writeFileSync(join(folder, mutant.file), changed(mutant));
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What a file of such a folder exports. */
export const importFrom = <Exports>(folder: string, file: string): Promise<Exports> =>
  tsImport(pathToFileURL(join(folder, file)).href, import.meta.url);

/** What `file` exports in a copy of the project with the mutant's line in it. */
export const importChanged = <Exports>(mutant: Mutant, file: string): Promise<Exports> =>
  inCopy(mutant, ['firmware', 'hal', 'sim', 'package.json'], (folder) => importFrom<Exports>(folder, file));
