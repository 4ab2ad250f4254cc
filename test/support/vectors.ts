import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ROOT } from '../tools/run-cli.js';

/** What the README of this folder lists: published vectors (Wycheproof, Noise, traces of libnfc). */
const FOLDER = 'vectors';

/** Where they are: TAPNOTE_VECTORS, or a folder `vectors` in a folder beside the project. */
function find(): string | undefined {
  const named = process.env.TAPNOTE_VECTORS;
  if (named) return named;
  const beside = resolve(ROOT, '..');
  return readdirSync(beside, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(beside, name, FOLDER))
    .find((folder) => existsSync(join(folder, 'wycheproof')));
}

const folder = find();

/** Tests that need published vectors are skipped, visibly, where there are none. */
export const vectorsPresent = folder !== undefined;

/** The path of one of them. Throws where there are none. */
export function vectorFile(name: string): string {
  if (folder === undefined) throw new Error('there are no published vectors');
  return join(folder, name);
}

// biome-ignore lint/suspicious/noExplicitAny: each published file has its own shape
export function readVectors(name: string): any {
  return JSON.parse(readFileSync(vectorFile(name), 'utf8'));
}
