import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { ROOT } from './boards.js';

/** What a manifest of the SDK says, as far as this project's own use it. */
interface Manifest {
  readonly build?: Readonly<Record<string, string>>;
  readonly include?: string | readonly string[];
  readonly modules?: Readonly<Record<string, string | readonly string[]>>;
}

export interface Modules {
  /** Name under which XS finds a module, and its source, relative to the project. */
  readonly sources: ReadonlyMap<string, string>;
  /** Entries that name nothing. */
  readonly missing: readonly string[];
  /** C files that the same entries name, relative to the project. */
  readonly natives: readonly string[];
  /** Manifests of the SDK that ours include, by their folders in it. */
  readonly included: readonly string[];
  /** Entries that lie in the SDK: their names only. */
  readonly foreign: readonly string[];
}

const SUFFIXES = ['.ts', '.js'];

/**
 * A project's modules by the SDK's rules, without the SDK: the root manifest, what it includes of ours, and a
 * board's.
 */
export function modulesOf(board: string): Modules {
  const sources = new Map<string, string>();
  const missing: string[] = [];
  const natives = new Set<string>();
  const included = new Set<string>();
  const foreign: string[] = [];
  const subplatform = join(ROOT, 'hal/boards', board);
  const variables: Record<string, string> = { APP: ROOT, SUBPLATFORMDIRECTORY: subplatform };

  const expand = (path: string, folder: string): string => {
    const whole = path.replace(/\$\((\w+)\)/g, (all, name: string) => variables[name] ?? all);
    return whole.startsWith('$') ? whole : join(whole.startsWith('/') ? '' : folder, whole);
  };

  const add = (name: string, path: string, folder: string): void => {
    const source = expand(path, folder);
    if (source.startsWith('$')) {
      foreign.push(name);
      return;
    }
    const isFolder = name.endsWith('/*');
    const found = isFolder ? filesOf(dirname(source), SUFFIXES) : filesNamed(source, SUFFIXES);
    const inC = isFolder ? filesOf(dirname(source), ['.c']) : filesNamed(source, ['.c']);
    for (const file of inC) natives.add(relative(ROOT, file));
    if (found.length + inC.length === 0) missing.push(`${name}: ${path}`);
    for (const file of found) {
      const base = file.replace(/^.*\//, '').replace(/\.\w+$/, '');
      sources.set(isFolder ? `${name.slice(0, -1)}${base}` : name, relative(ROOT, file));
    }
  };

  const take = (file: string): void => {
    const manifest: Manifest = JSON.parse(readFileSync(file, 'utf8'));
    const folder = dirname(file);
    for (const [name, value] of Object.entries(manifest.build ?? {})) variables[name] = expand(value, folder);
    for (const include of [manifest.include ?? []].flat()) {
      const path = expand(include, folder);
      if (path.startsWith('$')) {
        included.add(dirname(path).replace('$(MODDABLE)/modules/', '').replace('$(MODULES)/', ''));
        continue;
      }
      if (existsSync(path)) take(path);
      else missing.push(`include: ${include}`);
    }
    for (const [name, paths] of Object.entries(manifest.modules ?? {}))
      for (const path of [paths].flat()) add(name, path, folder);
  };

  take(join(ROOT, 'manifest.json'));
  take(join(subplatform, 'manifest.json'));
  return { sources, missing, natives: [...natives], included: [...included], foreign };
}

function filesOf(folder: string, suffixes: readonly string[]): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => suffixes.some((suffix) => name.endsWith(suffix)) && !name.endsWith('.d.ts'))
    .map((name) => join(folder, name));
}

function filesNamed(path: string, suffixes: readonly string[]): string[] {
  return suffixes.map((suffix) => `${path}${suffix}`).filter((file) => existsSync(file));
}

/** What a source imports that is still there when the types are gone. */
export function importsOf(source: string): string[] {
  const text = readFileSync(join(ROOT, source), 'utf8');
  const found = text.matchAll(/^(?:import|export)\s+(type\s+)?(?:([^;']*?)\s+from\s+)?'([^']+)'/gms);
  return [...found].flatMap(([, type, names = '', from]) => {
    const braces = /^\{([\s\S]*)\}$/.exec(names.trim());
    const named = braces?.[1]
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '');
    const typesOnly = type !== undefined || named?.every((name) => name.startsWith('type '));
    return typesOnly ? [] : [from];
  });
}

/**
 * The name that XS looks up: a relative one is resolved against the name of the module that says it, and
 * loses its `.js`.
 */
export function resolveImport(from: string, importer: string): string {
  if (!from.startsWith('.')) return from;
  return join(dirname(importer), from).replace(/\.js$/, '');
}
