/** Makes one script of an entry point and all that it imports, and bytecode of the script. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { cacheFolder, rootFolder } from './folders.js';
import { run } from './process.js';

/** The bytecode file of a TypeScript module; `source` is its text, its imports relative to the project's root. */
export async function bundle(source: string, hostEngine: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: source, loader: 'ts', resolveDir: rootFolder, sourcefile: 'entry.ts' },
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    target: 'es2022',
    // XS 13 throws on `static a = new A()` inside a class A that has fields.
    supported: { 'class-static-field': false },
    logLevel: 'silent',
  });
  const script = outputFiles[0].text;
  const folder = join(cacheFolder, 'bundles');
  mkdirSync(folder, { recursive: true });
  const name = join(folder, createHash('sha256').update(script).digest('hex').slice(0, 16));
  const bytecode = `${name}.code`;
  if (!existsSync(bytecode)) {
    // Named for this process until it is whole: another may be at the same bundle.
    const own = `${name}.${process.pid}`;
    writeFileSync(`${own}.js`, script);
    await run(hostEngine, ['compile', `${own}.js`, `${own}.code`]);
    renameSync(`${own}.js`, `${name}.js`);
    renameSync(`${own}.code`, bytecode);
  }
  return bytecode;
}
