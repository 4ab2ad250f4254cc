/** The page that talks to a board over Web Serial: every file of a folder that any static host serves. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { PageFiles } from '../page/page-files.js';
import { flashFiles } from './flash-manifest.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const UI = 'tools/board-page/ui';
const STATIC: Readonly<Record<string, string>> = {
  'index.html': `${UI}/index.html`,
  'page.css': `${UI}/page.css`,
  'icon.svg': 'sim/page/ui/icon.svg',
};
/** Where npm puts ESP Web Tools for browsers, and their licence: a package for development. */
const INSTALLER = 'node_modules/esp-web-tools/dist/web';
const LICENCE = 'node_modules/esp-web-tools/LICENSE';

/**
 * `image`: the folder of a build, to be flashed from the page. Throws CliError for one that is none, and
 * esbuild's BuildFailure, when something that the page imports needs Node among others.
 */
export async function boardPage(image?: string): Promise<PageFiles> {
  const built = image === undefined ? [] : flashFiles(image);
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: { main: `${UI}/main.ts` },
    outdir: ROOT,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    inject: ['tools/page/buffer.ts'],
    // The other one makes programs of texts, which the page's policy forbids, and tries so first.
    alias: { 'cbor-x': 'cbor-x/index-no-eval' },
    minify: true,
    legalComments: 'linked',
    write: false,
    logLevel: 'silent',
  });
  const files = new Map(outputFiles.map(({ path, contents }) => [path.slice(ROOT.length), contents]));
  for (const [name, source] of Object.entries(STATIC)) files.set(name, readFileSync(join(ROOT, source)));
  for (const [name, content] of [...installer(), ...built]) files.set(name, content);
  return files;
}

function installer(): PageFiles {
  const folder = join(ROOT, INSTALLER);
  if (!existsSync(folder)) return new Map();
  const paths = [...readdirSync(folder).map((name) => join(folder, name)), join(ROOT, LICENCE)];
  return new Map(paths.map((path) => [`esp-web-tools/${basename(path)}`, readFileSync(path)]));
}
