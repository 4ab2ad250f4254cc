import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CACHE = join(ROOT, 'node_modules/.cache/tapnote');
/** What else a program is made by. */
const MAKERS = [
  'tools/compiled.mjs',
  'tools/compiled-validator.mjs',
  'sim/scenarios/scenario.schema.json',
  'tsconfig.json',
  'package-lock.json',
];
/** A process may still read a program that another has replaced. */
const KEPT_MS = 86_400_000;

/**
 * The program of a TypeScript source and all that it imports, as one module beside a few that are loaded when
 * they are wanted. It is made at the first use, and again when a source has changed: to read some 300 sources
 * takes ten times the time of the program's own start. Packages stay where they are.
 *
 * @param {string} source from the project's root
 * @returns {Promise<string | undefined>} URL of the module; undefined where none can be kept
 */
export async function compiled(source) {
  const folder = join(CACHE, source.replaceAll(/\W/g, '-'));
  const kept = keptIn(folder);
  if (kept || !isWritable(folder)) return kept;
  const { files, inputs } = await build(source, join(folder, 'made'));
  try {
    return await keep(folder, files, inputs);
  } catch {
    return undefined;
  }
}

function isWritable(folder) {
  try {
    mkdirSync(folder, { recursive: true });
    return true;
  } catch {
    return false;
  }
}

/** The index comes last, and at once, so that nobody reads half a program. */
async function keep(folder, files, inputs) {
  const { createHash } = await import('node:crypto');
  const made = [ROOT, ...inputs.map(stateOf)].join('\n');
  const name = createHash('sha256').update(made).digest('hex').slice(0, 16);
  const sizes = files.map(([file, bytes]) => [file, bytes.length]);
  const aside = join(folder, `${name}-${process.pid}`);
  mkdirSync(aside);
  for (const [file, bytes] of files) writeFileSync(join(aside, file), bytes);
  move(aside, join(folder, name), sizes);
  const index = { root: ROOT, name, files: sizes, inputs: inputs.map((file) => [file, stateOf(file)]) };
  writeFileSync(`${aside}.json`, JSON.stringify(index));
  renameSync(`${aside}.json`, join(folder, 'index.json'));
  forgetOld(folder, name);
  return entryOf(join(folder, name));
}

const entryOf = (program) => pathToFileURL(join(program, 'main.mjs')).href;

/** Every file of it is there, and none was cut short. */
const isWhole = (program, sizes) =>
  sizes.every(([file, size]) => statSync(join(program, file), { throwIfNoEntry: false })?.size === size);

/** What tells one version of a file from another. */
function stateOf(file) {
  const { mtimeMs, size } = statSync(join(ROOT, file));
  return `${file} ${mtimeMs} ${size}`;
}

/**
 * The program that is there, unless a source has changed since, or is gone; or it is damaged; or the checkout
 * is a copy of another, since a program names the place of its sources.
 */
function keptIn(folder) {
  try {
    const { root, name, files, inputs } = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8'));
    if (root !== ROOT || !/^[0-9a-f]{16}$/.test(name)) return undefined;
    if (!inputs.every(([file, state]) => stateOf(file) === state)) return undefined;
    const program = join(folder, name);
    return files.length > 0 && isWhole(program, files) ? entryOf(program) : undefined;
  } catch {
    return undefined;
  }
}

/** `outdir`: as deep as it is kept, since a source map names each source from where the program lies. */
async function build(source, outdir) {
  const esbuild = await import('esbuild');
  const { compiledValidator } = await import('./compiled-validator.mjs');
  const { metafile, outputFiles } = await esbuild.build({
    absWorkingDir: ROOT,
    entryPoints: { main: source },
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    sourcemap: 'linked',
    metafile: true,
    write: false,
    logLevel: 'error',
    plugins: [compiledValidator, { name: 'own-address', setup: keepOwnAddress }],
  });
  const files = outputFiles.map(({ path, contents }) => [path.slice(outdir.length + 1), contents]);
  return { files, inputs: [...Object.keys(metafile.inputs), ...MAKERS] };
}

/** A source finds the files beside it from where it stands itself, not from where its program does. */
function keepOwnAddress({ onLoad }) {
  onLoad({ filter: /\.(ts|mjs)$/ }, ({ path }) => ({
    contents: readFileSync(path, 'utf8').replaceAll('import.meta.url', () =>
      JSON.stringify(pathToFileURL(path).href),
    ),
    loader: 'ts',
  }));
}

/** Another process may have made the same program meanwhile; or it was there, and damaged. */
function move(from, to, sizes) {
  try {
    renameSync(from, to);
  } catch {
    if (isWhole(to, sizes)) return rmSync(from, { recursive: true });
    rmSync(to, { recursive: true });
    renameSync(from, to);
  }
}

function forgetOld(folder, current) {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (name === current || !statSync(path).isDirectory()) continue;
    if (Date.now() - statSync(path).mtimeMs > KEPT_MS) rmSync(path, { recursive: true });
  }
}
