/** Makes one script of an entry point and all that it imports, and bytecode of the script. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';
import { cacheFolder, rootFolder } from './folders.js';
import { finish } from './process.js';

const BUNDLE_AGE_MS_MAX = 24 * 3600 * 1000;

/**
 * The bytecode file of a TypeScript module; `source` is its text, its imports relative to the project's root.
 */
export async function bundle(source: string, hostEngine: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: source, loader: 'ts', resolveDir: rootFolder, sourcefile: 'entry.ts' },
    bundle: true,
    write: false,
    outfile: join(rootFolder, 'bundle.js'),
    sourcemap: 'external',
    format: 'iife',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    target: 'es2022',
    // XS 13 throws on `static a = new A()` inside a class A that has fields.
    supported: { 'class-static-field': false },
    logLevel: 'silent',
  });
  const [map, { text: script }] = outputFiles;
  const folder = join(cacheFolder, 'bundles');
  mkdirSync(folder, { recursive: true });
  const name = join(folder, createHash('sha256').update(script).digest('hex').slice(0, 16));
  const bytecode = `${name}.code`;
  if (!existsSync(bytecode)) {
    forgetOld(folder);
    // Named for this process until it is whole: another may be at the same bundle.
    const own = `${name}.${process.pid}`;
    writeFileSync(`${own}.js`, script);
    const { exitCode, stderr } = await finish(hostEngine, ['compile', `${own}.js`, `${own}.code`]);
    if (exitCode !== 0) {
      rmSync(`${own}.js`);
      throw new Error(parseErrors(script, JSON.parse(map.text), stderr));
    }
    renameSync(`${own}.js`, `${name}.js`);
    renameSync(`${own}.code`, bytecode);
  }
  return bytecode;
}

/** A change of any source makes a new bundle; yesterday's is in nobody's hands. */
function forgetOld(folder: string): void {
  for (const file of readdirSync(folder).map((name) => join(folder, name))) {
    const ageMs = Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (ageMs > BUNDLE_AGE_MS_MAX) rmSync(file, { force: true });
  }
}

/**
 * What XS says of lines of the script, as lines of the files that they come from: `firmware/main.ts:7: XS:
 * invalid regular expression`.
 */
function parseErrors(script: string, map: SourceMapPayload, said: string): string {
  const sourceMap = new SourceMap(map);
  const lines = script.split('\n');
  return said
    .trimEnd()
    .split('\n')
    .map((each) => {
      const [, line, message] = /^(\d+): (.*)$/.exec(each) ?? [];
      if (line === undefined) return each;
      const text = lines[Number(line) - 1] ?? '';
      const entry = sourceMap.findEntry(Number(line) - 1, text.search(/\S|$/));
      const place =
        'originalSource' in entry ? `${entry.originalSource}:${entry.originalLine + 1}` : `line ${line}`;
      return `${place}: XS: ${message}`;
    })
    .join('\n');
}
