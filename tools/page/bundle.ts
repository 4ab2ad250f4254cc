/**
 * The simulator as a page: every file of a folder that any static host serves, and that works without a
 * network. The worker has the whole simulator in it; nothing is fetched from anywhere else.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, type Plugin } from 'esbuild';
import { emptyCluster, freshPglite } from '../../sim/bank/db/fresh-pglite.js';
import { useKeptCluster } from '../../sim/host/kept-cluster.js';
import { CLUSTER_FILE } from '../../sim/page/cluster-file.js';
import { compiledValidator } from '../compiled-validator.mjs';
import type { PageFiles } from './page-files.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const UI = 'sim/page/ui';
/** Beside the two programs, as they are. */
const STATIC = ['index.html', 'page.css', 'icon.svg'];
/** What PGlite fetches from beside the worker: what makes a cluster, too, although it is given one. */
const PGLITE_FILES = ['pglite.wasm', 'pglite.data', 'initdb.wasm'];
const PGLITE = dirname(createRequire(import.meta.url).resolve('@electric-sql/pglite'));

export interface Bundled {
  readonly files: PageFiles;
  /** Sources that went into it, from the project's root. */
  readonly inputs: readonly string[];
}

/** Throws esbuild's BuildFailure, when something that the page imports needs Node among others. */
export async function bundlePage(): Promise<Bundled> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: { main: `${UI}/main.tsx`, worker: `${UI}/worker.ts` },
    outdir: ROOT,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    inject: ['tools/page/buffer.ts'],
    minify: true,
    legalComments: 'linked',
    metafile: true,
    write: false,
    logLevel: 'silent',
    plugins: [withoutNode, compiledValidator],
  });
  const files = new Map(outputFiles.map(({ path, contents }) => [path.slice(ROOT.length), contents]));
  for (const name of STATIC) files.set(name, readFileSync(join(ROOT, UI, name)));
  for (const name of PGLITE_FILES) files.set(name, readFileSync(join(PGLITE, name)));
  files.set(CLUSTER_FILE, gzipSync(await emptyClusterTar()));
  return { files, inputs: Object.keys(metafile.inputs) };
}

/** A cluster with nothing in it: to make one takes most of the start of a bank. */
async function emptyClusterTar(): Promise<Uint8Array> {
  const keep = useKeptCluster();
  if (emptyCluster() === undefined) await (await freshPglite()).close();
  await keep();
  const cluster = (await emptyCluster()) as Blob;
  return new Uint8Array(await cluster.arrayBuffer());
}

/** PGlite asks for Node's modules where it runs in Node, and only there; nobody else may. */
const withoutNode: Plugin = {
  name: 'without-node',
  setup({ onResolve }) {
    onResolve({ filter: /^node:/ }, ({ path, importer }) =>
      importer.startsWith(PGLITE) ? { path, external: true } : undefined,
    );
  },
};
