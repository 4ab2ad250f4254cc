import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { ROOT } from './boards.js';

/** What the makefile that the SDK generates says of the C in a build. */
export interface Makefile {
  /** C files of modules, ours and the SDK's, absolute. */
  readonly sources: readonly string[];
  /** Folders in which the modules' own headers are looked for, absolute. */
  readonly folders: readonly string[];
}

export function readMakefile(file: string): Makefile {
  const text = readFileSync(file, 'utf8');
  const rules = text.matchAll(/^\$\(TMP_DIR\)\/\S+\.c\.o: (\/\S+\.c) /gm);
  const [, list = ''] = /^DIRECTORIES =(\\\n(?:.*\\\n)*.*)$/m.exec(text) ?? [];
  const folders = [...list.matchAll(/-I(\S+?)\\?$/gm)].map(([, folder]) => folder);
  return { sources: [...rules].map(([, source]) => source), folders };
}

/** Project files by their place in the project, others as they are. */
export const shortName = (file: string): string =>
  file.startsWith(join(ROOT, '/')) ? relative(ROOT, file) : file;

/** Headers of the SDK's modules by their names: all others are the engine's, the C library's or ESP-IDF's. */
const MODULE_HEADER = /^[ \t]*#[ \t]*include[ \t]+"((?:mod|builtin)\w*\.h)"/gm;

/**
 * What a build's C includes of modules that are not in the build: a manifest of the SDK does not always bring
 * those that its C needs. Included headers are looked through as well.
 */
export function missingModules(
  { sources, folders }: Makefile,
  read: (file: string) => string | undefined,
): string[] {
  const missing = new Set<string>();
  const seen = new Set<string>();
  const todo = [...sources];
  for (let file = todo.pop(); file !== undefined; file = todo.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    for (const [, header] of (read(file) ?? '').matchAll(MODULE_HEADER)) {
      const found = [dirname(file), ...folders]
        .map((folder) => join(folder, header))
        .find((candidate) => read(candidate) !== undefined);
      if (found === undefined) missing.add(`${shortName(file)} includes ${header}`);
      else todo.push(found);
    }
  }
  return [...missing].sort();
}
