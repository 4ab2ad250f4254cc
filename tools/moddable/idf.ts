import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import type { Board } from '../../hal/boards/board.js';
import { CliError } from '../cli/cli-error.js';
import { Exit } from '../cli/output/exit.js';
import { ROOT } from './boards.js';
import { shortName } from './makefile.js';
import { WARNINGS } from './native.js';
import { buildFailed, IDF_SERIES, type Ran, run, runAll, type Sdk } from './sdk.js';

/** Where a build keeps the settings that ESP-IDF has made of the board's. */
const configFolder = (build: string, { chip }: Board): string => join(build, `xsProj-${chip}/build/config`);

interface Compiler {
  readonly program: string;
  /** Its C library, of the two that ESP-IDF knows. */
  readonly library: 'newlib' | 'picolibc';
  /** After the SDK's own flags. */
  readonly flags: readonly string[];
  /** Objects are made; else syntax and types are looked at. */
  readonly emits: boolean;
}

/** Debian's picolibc is built for RISC-V only; its headers do for any chip of 32 bits. */
const PICOLIBC = '/usr/lib/picolibc/riscv64-unknown-elf/include';

/** Espressif's first, then Debian's. */
const RISCV: readonly Compiler[] = [
  { program: 'riscv32-esp-elf-gcc', library: 'newlib', flags: [], emits: true },
  {
    program: 'riscv64-unknown-elf-gcc',
    library: 'picolibc',
    flags: ['--specs=picolibc.specs', '-march=rv32imac_zicsr_zifencei', '-mabi=ilp32'],
    emits: true,
  },
];
/** The lx106 is the ESP8266's processor: the same language, not the same registers. */
const XTENSA: readonly Compiler[] = [
  { program: 'xtensa-esp32-elf-gcc', library: 'newlib', flags: [], emits: true },
  {
    program: 'xtensa-lx106-elf-gcc',
    library: 'picolibc',
    flags: ['-isystem', PICOLIBC, '-fsyntax-only'],
    emits: false,
  },
];

function compilerFor({ chip }: Board, env: NodeJS.ProcessEnv): Compiler {
  const known = chip === 'esp32' ? XTENSA : RISCV;
  const found = known.find(({ program }) => run(program, ['--version'], env).ok);
  if (!found) {
    const names = known.map(({ program }) => program);
    throw new CliError(Exit.absent, 'program-missing', `no C compiler for ${chip}: ${names.join(', ')}`);
  }
  return found;
}

/** Stands for the compiler in what make would run. */
const MARK = 'check-cc';

export interface IdfBuild {
  readonly sdk: Sdk;
  readonly board: Board;
  /** The SDK's folder of the linked program: its makefile, and what xsl has made. */
  readonly build: string;
  /** Settings to compile with, where they are another build's. */
  readonly settings: string;
}

export interface IdfCompiled {
  readonly compiler: string;
  readonly files: number;
  readonly errors: readonly string[];
}

/**
 * Every C file of a build, the engine's, the SDK's modules' and ours, compiled against ESP-IDF's own headers
 * and with the settings that ESP-IDF has made of the board's. The commands are those that the SDK's makefile
 * would run; ours are held to our warnings.
 */
export async function compileWithIdf({ sdk, board, build, settings }: IdfBuild): Promise<IdfCompiled> {
  const compiler = compilerFor(board, sdk.env);
  const archive = run(
    'make',
    [
      '-n',
      '-B',
      '-f',
      join(build, 'makefile'),
      `CC=${MARK}`,
      `IDF_VERSION=v${IDF_SERIES}`,
      archiveOf(build, board),
    ],
    sdk.env,
  );
  const lines = archive.output.split('\n').filter((line) => line.startsWith(MARK));
  if (lines.length === 0) throw buildFailed(archive.output);
  const objects = join(settings, 'check');
  mkdirSync(objects, { recursive: true });
  writeFileSync(join(objects, 'sdkconfig.h'), withLibrary(join(settings, 'sdkconfig.h'), compiler.library));
  const own = configFolder(build, board);
  const jobs = lines.map((line) => commandOf(line, compiler, own, objects));
  const ran = await runAll(jobs, sdk.env, availableParallelism());
  const errors = ran.flatMap(({ ok, output }, i) => (ok ? [] : [`${shortName(jobs[i].source)}\n${output}`]));
  return { compiler: compiler.program, files: jobs.length, errors };
}

const archiveOf = (build: string, { chip }: Board): string =>
  `${build.replace('/tmp/esp32/', '/bin/esp32/')}/xs_${chip}.a`;

export interface Job {
  readonly program: string;
  readonly args: readonly string[];
  readonly source: string;
}

/**
 * The settings for the C library that the compiler brings: the one thing in which a stand-in for Espressif's
 * differs.
 */
function withLibrary(header: string, library: Compiler['library']): string {
  const text = readFileSync(header, 'utf8');
  if (library === 'newlib') return text;
  return text.replace(/^#define CONFIG_LIBC_NEWLIB 1$/m, '#define CONFIG_LIBC_PICOLIBC 1');
}

/** Flags that leave files of dependencies behind, in whatever folder. */
const DEPENDENCIES = ['-MMD', '-MP'];

/** `own`: where the build has its settings; they are taken from `objects`. */
function commandOf(line: string, compiler: Compiler, own: string, objects: string): Job {
  const words = line
    .slice(MARK.length)
    .trim()
    .split(/\s+/)
    .filter((word) => !DEPENDENCIES.includes(word))
    .map((word) => (word === `-I${own}` ? `-I${objects}` : word));
  const output = words.indexOf('-o');
  const source = words.find((word) => word.endsWith('.c')) ?? '';
  const target = compiler.emits ? ['-o', join(objects, basename(words[output + 1]))] : [];
  const isOurs = source.startsWith(join(ROOT, 'hal/'));
  const args = words.filter((_, i) => i !== output && i !== output + 1);
  // ESP-IDF's and the SDK's headers are not held to our warnings.
  const ours = isOurs
    ? args.map((word) => (word.startsWith('-I') ? `-isystem${word.slice(2)}` : word))
    : args;
  return {
    program: compiler.program,
    args: [...ours, ...(isOurs ? WARNINGS : ['-w']), ...compiler.flags, ...target],
    source,
  };
}

/**
 * Has ESP-IDF make its settings for the board of a build, as the SDK does before it compiles. Returns their
 * folder.
 */
export function makeSettings(sdk: Sdk, board: Board, build: string): string {
  const folder = configFolder(build, board);
  const header = join(folder, 'sdkconfig.h');
  const goals = ['dependencies', header, join(build, 'buildinfo.h')];
  for (const goal of goals) {
    const made: Ran = run(
      'make',
      ['-f', join(build, 'makefile'), `IDF_VERSION=v${IDF_SERIES}`, goal],
      sdk.env,
    );
    if (!made.ok) throw buildFailed(made.output);
  }
  if (!existsSync(header)) throw buildFailed(`ESP-IDF made no ${header}`);
  return folder;
}
