import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { ROOT } from './boards.js';

/** Something that the user has to put right; said without a stack. */
export class SetupError extends Error {}

const HOW =
  'Install it with `npm install -g xs-dev` and `xs-dev setup` (Linux, macOS, Windows), or from source; see hal/README.md.';

export interface Sdk {
  readonly folder: string;
  readonly version: string;
  /** Environment for the SDK's programs: MODDABLE, its tools and this project's tsc on the PATH. */
  readonly env: NodeJS.ProcessEnv;
}

export function findSdk(): Sdk {
  const { MODDABLE, PATH = '' } = process.env;
  if (!MODDABLE) throw new SetupError(`MODDABLE is not set: where is the Moddable SDK? ${HOW}`);
  const folder = resolve(MODDABLE);
  const version = join(folder, 'tools/VERSION');
  if (!existsSync(version))
    throw new SetupError(`MODDABLE is ${folder}, and there is no Moddable SDK. ${HOW}`);
  const bin = join(folder, 'build/bin');
  const hosts = existsSync(bin) ? readdirSync(bin).map((host) => join(bin, host, 'release')) : [];
  const tools = hosts.find((host) => existsSync(join(host, 'xsc')) || existsSync(join(host, 'xsc.exe')));
  if (!tools) throw new SetupError(`the SDK's tools are not built: no xsc under ${bin}. ${HOW}`);
  const path = [tools, join(ROOT, 'node_modules/.bin'), PATH].join(delimiter);
  return {
    folder,
    version: readFileSync(version, 'utf8').trim(),
    env: { ...process.env, MODDABLE: folder, PATH: path },
  };
}

/** ESP-IDF, in a shell where its `export.sh` has been run. */
export function needIdf(env: NodeJS.ProcessEnv): void {
  const idf = env.IDF_PATH;
  if (!idf || !existsSync(idf)) {
    throw new SetupError(
      'IDF_PATH is not set: ESP-IDF v6.0 is needed for an image. `xs-dev setup --device esp32` installs it; then run ' +
        "`source ~/.local/share/xs-dev-export.sh` (or ESP-IDF's own export.sh) in this shell. Without it, `npm run check:moddable` " +
        'checks everything up to the linked bytecode.',
    );
  }
  if (spawnSync('idf.py', ['--version'], { env }).status !== 0) {
    throw new SetupError(
      `IDF_PATH is ${idf}, but idf.py does not run: source ESP-IDF's export.sh in this shell.`,
    );
  }
}

export interface Ran {
  readonly ok: boolean;
  readonly output: string;
}

export function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv, folder = ROOT): Ran {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd: folder,
    env,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error) return { ok: false, output: `${program}: ${error.message}` };
  return { ok: status === 0, output: `${stdout}${stderr}` };
}
