/**
 * The conformance suites in the SDK's own engine, on this machine: built with mcconfig for Linux, the
 * firmware preloaded as on a board, libsodium and the CRC in C. The simulator's window is left out.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './boards.js';
import { importsOf, resolveImport } from './manifest.js';
import { buildFailed, type Ran, run, type Sdk } from './sdk.js';

const HERE = 'tools/moddable/host';
/** Our C for `tools/xs/engine.ts`; all but the input is what our own builds of the engine have. */
/** Our C that no module of the suites names, or that is a folder of its own. */
const HAL = ['hal/crc32', 'hal/crypto/sodium', 'hal/crypto/curve25519', 'hal/crypto/curve25519/*'];
const ENGINE = [`${HERE}/platform`, 'tools/xs/platform/engine', 'tools/xs/platform/stack'];
const SUITES = 'test/tools/moddable-suites';
const NAME = 'suites';
/** Room for the vectors as one text, and for what they become. Slots are of 32 bytes here. */
const CREATION = {
  main: `${SUITES}/main`,
  chunk: { initial: 8 * 1024 * 1024, incremental: 1024 * 1024 },
  heap: { initial: 128 * 1024, incremental: 16 * 1024 },
  stack: 8192,
};

export interface SuiteResult {
  readonly suite: string;
  readonly cases: number;
  readonly failures: readonly string[];
  /** Of the engine's stack, at the most. */
  readonly stackSlotsMax: number;
}

export interface HostFigures {
  readonly modules: number;
  readonly preloaded: number;
  readonly suites: readonly SuiteResult[];
}

/** Why the suites cannot be built here; undefined when they can. */
export function whyNoHost(sdk: Sdk): string | undefined {
  if (process.platform !== 'linux') return 'only built on Linux';
  const found = run('pkg-config', ['--exists', 'gio-2.0', 'libsodium'], sdk.env);
  return found.ok ? undefined : 'needs pkg-config, libglib2.0-dev and libsodium-dev';
}

/** A module and all that it imports, by their names. */
function closure(entry: string): string[] {
  const names = new Set<string>();
  const visit = (name: string): void => {
    if (names.has(name)) return;
    names.add(name);
    for (const each of importsOf(`${name}.ts`)) visit(resolveImport(each, name));
  };
  visit(entry);
  return [...names].sort();
}

/** The root manifest's settings, with the suites in place of the device. */
function manifestOf(names: readonly string[], preload: readonly string[]): unknown {
  const { defines, typescript } = JSON.parse(readFileSync(join(ROOT, 'manifest.json'), 'utf8'));
  const natives = [...ENGINE, ...HAL].filter((name) => !names.includes(name));
  return {
    build: { NAME, APP: ROOT },
    include: ['$(MODDABLE)/examples/manifest_base.json', '$(MODDABLE)/examples/manifest_typings.json'],
    modules: {
      ...Object.fromEntries([...names, ...natives].map((name) => [name, `$(APP)/${name}`])),
      '*': '$(MODULES)/data/qrcode/qrcodegen',
    },
    preload,
    defines,
    typescript,
    creation: CREATION,
  };
}

function must({ ok, output }: Ran): string {
  if (!ok) throw buildFailed(output);
  return output;
}

export function checkHost(sdk: Sdk, out: string): HostFigures {
  const folder = join(out, 'host');
  mkdirSync(folder, { recursive: true });
  const names = closure(`${SUITES}/main`);
  const preload = names.filter((name) => name.startsWith('firmware/'));
  const manifest = join(folder, 'manifest.json');
  writeFileSync(manifest, JSON.stringify(manifestOf(names, preload), null, 2));
  // The SDK's makefile links what LIBRARIES names.
  const env = { ...sdk.env, LIBRARIES: '-lsodium' };
  must(run('mcconfig', ['-m', '-p', 'lin', '-t', 'build', '-o', folder, manifest], env));
  const launcher = join(folder, 'launcher');
  const [flags, libraries] = ['--cflags', '--libs'].map((what) =>
    must(run('pkg-config', [what, 'glib-2.0'], sdk.env))
      .trim()
      .split(/\s+/),
  );
  const screen = join(sdk.folder, 'build/simulators/modules');
  const source = join(ROOT, HERE, 'launcher.c');
  const args = ['-O1', '-DmxLinux=1', '-I', screen, ...flags, source, '-o', launcher, '-ldl', ...libraries];
  must(run('gcc', args, sdk.env));
  const program = join(folder, 'bin/lin/mc/release', NAME, 'mc.so');
  if (!existsSync(program)) throw buildFailed(`mcconfig made no ${program}`);
  const prepare = ['--import', 'tsx', join(ROOT, SUITES, 'inputs.ts'), folder];
  const inputs = must(run(process.execPath, prepare, sdk.env));
  const counts = Object.entries(JSON.parse(inputs) as Record<string, number>);
  const suites = counts.map(([suite, cases]) => {
    const ran = run(launcher, [program, join(folder, `${suite}.json`)], sdk.env);
    return { suite, cases, failures: failuresOf(ran, cases), stackSlotsMax: stackOf(ran) };
  });
  return { modules: names.length, preloaded: preload.length, suites };
}

function stackOf({ output }: Ran): number {
  return Number(/^memory\t.*"stackSlotsMax":(\d+)/m.exec(output)?.[1] ?? 0);
}

function failuresOf({ ok, output }: Ran, cases: number): string[] {
  const lines = output.split('\n').map((line) => line.split('\t'));
  const failed = lines.filter(([verdict]) => verdict === 'fail').map(([, , name, why]) => `${name}: ${why}`);
  const passed = lines.filter(([verdict]) => verdict === 'pass').length;
  if (ok && passed + failed.length === cases) return failed;
  return [...failed, `ended after ${passed + failed.length} of ${cases} cases: ${output.slice(-500)}`];
}
