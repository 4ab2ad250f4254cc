import { execFile, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { CliError } from '../cli/cli-error.js';
import { Exit } from '../cli/output/exit.js';
import { inParallel } from '../xs/in-parallel.js';
import { ROOT } from './boards.js';

const HOW =
  'Install it with `npm install -g xs-dev` and `xs-dev setup` (Linux, macOS, Windows), or from source; see hal/README.md.';

export interface Sdk {
  readonly folder: string;
  readonly version: string;
  /** Environment for the SDK's programs: MODDABLE, its tools and this project's tsc on the PATH. */
  readonly env: NodeJS.ProcessEnv;
}

const noSdk = (why: string) => new CliError(Exit.absent, 'sdk-missing', why);
const noIdf = (why: string) => new CliError(Exit.absent, 'idf-missing', why);

/** A build ended badly; `output` is what its programs said. */
export const buildFailed = (output: string) => new CliError(Exit.violated, 'build-failed', output);

/** Throws CliError. */
export function findSdk(): Sdk {
  const { MODDABLE, PATH = '' } = process.env;
  if (!MODDABLE) throw noSdk(`MODDABLE is not set: where is the Moddable SDK? ${HOW}`);
  const folder = resolve(MODDABLE);
  const version = join(folder, 'tools/VERSION');
  if (!existsSync(version)) throw noSdk(`MODDABLE is ${folder}, and there is no Moddable SDK. ${HOW}`);
  const bin = join(folder, 'build/bin');
  const hosts = existsSync(bin) ? readdirSync(bin).map((host) => join(bin, host, 'release')) : [];
  const tools = hosts.find((host) => existsSync(join(host, 'xsc')) || existsSync(join(host, 'xsc.exe')));
  if (!tools) throw noSdk(`the SDK's tools are not built: no xsc under ${bin}. ${HOW}`);
  const path = [tools, join(ROOT, 'node_modules/.bin'), PATH].join(delimiter);
  return {
    folder,
    version: readFileSync(version, 'utf8').trim(),
    env: { ...process.env, MODDABLE: folder, PATH: path },
  };
}

/** What SDK 8.2.3 takes: it asks for v6.0 and accepts each of its patches. */
export const IDF_SERIES = '6.0';

/** The version of the ESP-IDF in that folder, as its own build reads it; undefined when there is none. */
function idfVersion(folder: string): string | undefined {
  const file = join(folder, 'tools/cmake/version.cmake');
  if (!existsSync(file)) return undefined;
  const text = readFileSync(file, 'utf8');
  const part = (name: string): string => new RegExp(`IDF_VERSION_${name} (\\d+)`).exec(text)?.[1] ?? '?';
  return ['MAJOR', 'MINOR', 'PATCH'].map(part).join('.');
}

/** Throws CliError for a folder that is no ESP-IDF, or one that the SDK would refuse only after minutes. */
function requireIdf(folder: string): string {
  const version = idfVersion(folder);
  if (version === undefined) throw noIdf(`IDF_PATH is ${folder}, and there is no ESP-IDF.`);
  if (!version.startsWith(`${IDF_SERIES}.`))
    throw noIdf(`IDF_PATH is ESP-IDF ${version}; the Moddable SDK takes ${IDF_SERIES}.x only.`);
  return version;
}

/** ESP-IDF, in a shell where its `export.sh` has been run. Throws CliError. */
export function needIdf(env: NodeJS.ProcessEnv): string {
  const idf = env.IDF_PATH;
  if (!idf || !existsSync(idf)) {
    throw noIdf(
      'IDF_PATH is not set: ESP-IDF v6.0.x is needed for an image. `xs-dev setup --device esp32` installs it; then run ' +
        "`source ~/.local/share/xs-dev-export.sh` (or ESP-IDF's own export.sh) in this shell. Without it, `npm run check:moddable` " +
        'checks everything up to the linked bytecode.',
    );
  }
  const version = requireIdf(idf);
  if (spawnSync('idf.py', ['--version'], { env }).status !== 0) {
    throw noIdf(`IDF_PATH is ${idf}, but idf.py does not run: source ESP-IDF's export.sh in this shell.`);
  }
  return version;
}

const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

export interface Ran {
  readonly ok: boolean;
  readonly output: string;
}

/** Runs programs, up to `atOnce` side by side; results in the order of `jobs`. */
export const runAll = (
  jobs: readonly { readonly program: string; readonly args: readonly string[] }[],
  env: NodeJS.ProcessEnv,
  atOnce: number,
): Promise<Ran[]> =>
  inParallel(
    jobs,
    atOnce,
    ({ program, args }) =>
      new Promise((resolve) =>
        execFile(program, args, { cwd: ROOT, env, maxBuffer: OUTPUT_BYTES_MAX }, (error, stdout, stderr) =>
          resolve({ ok: error === null, output: `${stdout}${stderr}` }),
        ),
      ),
  );

export function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv, folder = ROOT): Ran {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd: folder,
    env,
    encoding: 'utf8',
    maxBuffer: OUTPUT_BYTES_MAX,
  });
  if (error) return { ok: false, output: `${program}: ${error.message}` };
  return { ok: status === 0, output: `${stdout}${stderr}` };
}
