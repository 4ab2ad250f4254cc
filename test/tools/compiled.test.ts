import { execFile } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from './run-cli.js';

const project = mkdtempSync(join(tmpdir(), 'tapnote-compiled-'));
const CACHE = join(project, 'node_modules/.cache');
const START = `import { compiled } from './compiled.mjs';
process.setSourceMapsEnabled(true);
const program = await compiled('tools/hello.ts');
if (program) await import(program); else console.log('none kept');`;

const write = (file: string, text: string): void => writeFileSync(join(project, file), text);

async function start(): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [join(project, 'tools/start.mjs')]);
  return stdout.trim();
}

describe('the compiled command line', () => {
  beforeAll(() => {
    mkdirSync(join(project, 'tools'));
    mkdirSync(join(project, 'node_modules'));
    for (const name of ['esbuild', 'ajv', 'tsx'])
      symlinkSync(join(ROOT, 'node_modules', name), join(project, 'node_modules', name));
    for (const name of ['compiled', 'compiled-validator'])
      cpSync(join(ROOT, `tools/${name}.mjs`), join(project, `tools/${name}.mjs`));
    for (const name of ['scenario', 'scenarios'])
      cpSync(join(ROOT, 'sim', name), join(project, 'sim', name), { recursive: true });
    for (const file of ['tsconfig.json', 'package-lock.json']) write(file, '{}');
    write('tools/start.mjs', START);
    write('tools/word.ts', "export const word: string = 'one';");
    write('tools/late.ts', 'export const where: string = import.meta.url;');
    write(
      'tools/hello.ts',
      `import { word } from './word.js';
       const { where } = await import('./late.js');
       const isTold = new Error('here').stack!.includes('${join(project, 'tools/hello.ts')}:3');
       console.log(word, where.endsWith('/tools/late.ts'), isTold);`,
    );
  });
  afterAll(() => rmSync(project, { recursive: true }));

  it('runs; a source still knows where it stands, and so does an error', async () => {
    expect(await start()).toBe('one true true');
  });

  it('is made once, also when several start at once', async () => {
    rmSync(CACHE, { recursive: true });
    const all = await Promise.all(Array.from({ length: 4 }, start));
    expect(all).toEqual(Array(4).fill('one true true'));
    const kept = readdirSync(join(CACHE, 'tapnote/tools-hello-ts'));
    expect(kept).toHaveLength(2);
    await start();
    expect(readdirSync(join(CACHE, 'tapnote/tools-hello-ts'))).toEqual(kept);
  });

  it('is made again when a source that it imports has changed', async () => {
    await start();
    write('tools/word.ts', "export const word: string = 'another';");
    expect(await start()).toBe('another true true');
  });

  it('is made again when a file of it was cut short, or is gone', async () => {
    await start();
    const folder = join(CACHE, 'tapnote/tools-hello-ts');
    const { name, files } = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8'));
    const scripts = (files as [string, number][])
      .map(([file]) => file)
      .filter((file) => file.endsWith('.mjs'));
    expect(scripts.length).toBeGreaterThan(1);
    for (const file of scripts) {
      truncateSync(join(folder, name, file));
      expect(await start()).toBe('another true true');
      rmSync(join(folder, name, file));
      expect(await start()).toBe('another true true');
    }
  });

  it('is made again in a copy of the checkout, whose sources stand elsewhere', async () => {
    const copy = mkdtempSync(join(tmpdir(), 'tapnote-copied-'));
    try {
      cpSync(project, copy, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
      const { stdout } = await promisify(execFile)(process.execPath, [join(copy, 'tools/start.mjs')]);
      expect(stdout.trim()).toBe('another true false'); // the line of the error is in the copy
    } finally {
      rmSync(copy, { recursive: true });
    }
  });

  it('is made again when its index is damaged', async () => {
    await start();
    write('node_modules/.cache/tapnote/tools-hello-ts/index.json', '{"entry":');
    expect(await start()).toBe('another true true');
  });

  it('is not kept where nothing can be written', async () => {
    rmSync(CACHE, { recursive: true });
    write('node_modules/.cache', '');
    expect(await start()).toBe('none kept');
  });
});
