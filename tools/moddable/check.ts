/**
 * `npm run check:moddable`: every board built with the Moddable SDK as far as that goes without ESP-IDF: the
 * manifest, tsc, xsc and xsl to linked bytecode, the headers that C modules want of one another, and our C
 * compiled against stubs; and on Linux the conformance suites run in the SDK's engine. With IDF_PATH set,
 * every C file of each build is compiled against ESP-IDF, with the board's settings and with those of
 * `--secure`.
 */
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { jsonText, OutputFile } from '../cli/files/output-file.js';
import { EXIT_HELP } from '../cli/output/exit.js';
import { commandLine, runCommand } from '../cli/run-command.js';
import { type BoardFolder, boardNamed, boards, ROOT } from './boards.js';
import { checkHost, type HostFigures, whyNoHost } from './host.js';
import { compileWithIdf, type IdfCompiled, makeSettings } from './idf.js';
import { missingModules, readMakefile } from './makefile.js';
import { compileNatives } from './native.js';
import { buildFailed, findSdk, needIdf, run, type Sdk } from './sdk.js';
import { secured } from './secure.js';

const OUT = join(ROOT, '.cache/moddable');

interface Figures {
  readonly board: string;
  readonly modules: number;
  /** Bytecode of this project's modules, before linking. */
  readonly ownBytes: number;
  /** Bytecode of the SDK's modules that are drawn in. */
  readonly sdkBytes: number;
  /**
   * Linked bytecode and preloaded objects, as they lie in flash; undefined on Xtensa, where Debian has no
   * compiler.
   */
  readonly linkedBytes: number | undefined;
  readonly nativeFiles: number;
  /** Compiled against ESP-IDF: with the board's settings, and with those of `--secure`. */
  readonly idf: readonly IdfCompiled[];
  readonly seconds: number;
}

/** What XSL links, compiled as the chip would: its read-only part is what lies in flash. */
function linkedBytes(sdk: Sdk, build: string): number | undefined {
  const object = join(build, 'check-linked.o');
  const include = ['xs/includes', 'xs/sources', 'xs/platforms/esp', 'xs/platforms/mc'].flatMap((folder) => [
    '-I',
    join(sdk.folder, folder),
  ]);
  const flags = ['-march=rv32imc_zicsr', '-mabi=ilp32', '--specs=picolibc.specs', '-Os', '-std=gnu17', '-w'];
  const stubs = ['-I', join(OUT, 'stubs'), '-I', join(ROOT, 'tools/moddable'), '-I', build];
  const source = join(build, 'mc.xs.c');
  const target = ['-D__ets__', '-DESP32=4', '-c', source, '-o', object];
  const compiled = run('riscv64-unknown-elf-gcc', [...flags, ...include, ...stubs, ...target], sdk.env);
  if (!compiled.ok) throw buildFailed(compiled.output);
  const [, sizes] = run('riscv64-unknown-elf-size', [object], sdk.env).output.trim().split('\n');
  return Number(sizes.trim().split(/\s+/)[0]);
}

/**
 * The modules that the makefile names, so that what an earlier build has left in the folder does not count.
 */
function bytecode(build: string): { own: boolean; bytes: number }[] {
  const makefile = readFileSync(join(build, 'makefile'), 'utf8');
  const [, list = ''] = /^MODULES =(\\\n(?:.*\\\n)*.*)$/m.exec(makefile) ?? [];
  return [...list.matchAll(/\$\(MODULES_DIR\)\/(\S+\.xsb)/g)].map(([, file]) => ({
    own: /^(firmware|hal)\//.test(file),
    bytes: statSync(join(build, 'modules', file)).size,
  }));
}

/** The SDK's makefile for a board in `folder`. Returns the folder that it is in. */
function configure(sdk: Sdk, name: string, folder: string, out: string): string {
  mkdirSync(out, { recursive: true });
  const configured = run(
    'mcconfig',
    ['-p', `esp32:${folder}`, '-o', out, join(ROOT, 'manifest.json')],
    sdk.env,
  );
  const build = join(out, 'tmp/esp32', name, 'release/tapnote');
  if (!configured.ok || !existsSync(join(build, 'makefile'))) throw buildFailed(configured.output);
  return build;
}

/** A build's C against ESP-IDF, with its own settings and with those that `--secure` makes of them. */
async function checkWithIdf(sdk: Sdk, { name, board }: BoardFolder, build: string): Promise<IdfCompiled[]> {
  const secure = configure(sdk, name, secured(name, OUT), join(OUT, 'out-secure'));
  const results: IdfCompiled[] = [];
  for (const each of [build, secure]) {
    const settings = makeSettings(sdk, board, each);
    results.push(await compileWithIdf({ sdk, board, build, settings }));
  }
  const errors = results.flatMap((result) => result.errors);
  if (errors.length > 0) throw buildFailed(errors.join('\n'));
  return results;
}

async function checkBoard(sdk: Sdk, folder: BoardFolder, withIdf: boolean): Promise<Figures> {
  const { name, board } = folder;
  const begun = Date.now();
  const build = configure(sdk, name, `./hal/boards/${name}`, join(OUT, 'out'));
  const lost = missingModules(readMakefile(join(build, 'makefile')), textOf);
  if (lost.length > 0) throw buildFailed(`modules that are not in the build:\n${lost.join('\n')}`);
  // ESP-IDF would make sdkconfig.h; nothing up to the bytecode reads it.
  const config = join(build, `xsProj-${board.chip}/build/config/sdkconfig.h`);
  const goals = [join(build, 'mc.xs.c'), join(build, 'mc.resources.c')];
  const variables = ['IDF_PATH=/nonexistent', 'IDF_VERSION=v6.0'];
  const made = run('make', ['-f', join(build, 'makefile'), ...variables, '-o', config, ...goals], sdk.env);
  if (!made.ok) throw buildFailed(made.output);
  // The linker's complaints are few and worth a look; the rest is one line a file.
  for (const line of made.output.split('\n'))
    if (line.includes('warning')) process.stdout.write(`  ${line}\n`);
  const natives = compileNatives(sdk, folder, build, OUT);
  const failed = natives.filter(({ ok }) => !ok);
  if (failed.length > 0)
    throw buildFailed(failed.map(({ source, output }) => `${source}\n${output}`).join('\n'));
  const modules = bytecode(build);
  const sum = (own: boolean) => modules.reduce((all, each) => all + (each.own === own ? each.bytes : 0), 0);
  return {
    board: name,
    modules: modules.length,
    ownBytes: sum(true),
    sdkBytes: sum(false),
    linkedBytes: board.chip === 'esp32' ? undefined : linkedBytes(sdk, build),
    nativeFiles: natives.length,
    idf: withIdf ? await checkWithIdf(sdk, folder, build) : [],
    seconds: Math.round((Date.now() - begun) / 1000),
  };
}

const textOf = (file: string): string | undefined =>
  existsSync(file) ? readFileSync(file, 'utf8') : undefined;

function table(all: readonly Figures[]): string {
  const head = [
    'board',
    'modules',
    'own bytecode',
    "the SDK's",
    'linked, in flash',
    'C, stubs',
    'C, ESP-IDF',
    'took',
  ];
  const rows = all.map((each) => [
    each.board,
    `${each.modules}`,
    `${each.ownBytes}`,
    `${each.sdkBytes}`,
    each.linkedBytes === undefined ? '-' : `${each.linkedBytes}`,
    `${each.nativeFiles}`,
    each.idf.map(({ files }) => files).join(' + ') || '-',
    `${each.seconds} s`,
  ]);
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column].length)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column])))
      .join('  ');
  return [head, ...rows].map(line).join('\n');
}

/** Unless single boards are asked for: it is the same for all of them. */
function runSuites(sdk: Sdk): HostFigures | undefined {
  const reason = whyNoHost(sdk);
  process.stdout.write(
    `\nconformance suites in the SDK's engine${reason ? `: left out, ${reason}` : ' ..'}\n`,
  );
  if (reason !== undefined) return undefined;
  const host = checkHost(sdk, OUT);
  for (const { suite, cases, failures, stackSlotsMax } of host.suites) {
    const verdict = failures.length === 0 ? 'pass' : `${failures.length} FAIL`;
    process.stdout.write(`  ${suite}: ${cases} cases, ${verdict}; stack ${stackSlotsMax} slots\n`);
  }
  const failures = host.suites.flatMap((each) => each.failures);
  if (failures.length > 0) throw buildFailed(failures.join('\n'));
  return host;
}

interface Options {
  readonly json?: string;
  readonly board?: readonly string[];
}

async function check(options: Options): Promise<void> {
  const wanted = options.board?.map(boardNamed) ?? boards();
  const file = options.json === undefined ? undefined : OutputFile.check('--json', options.json);
  const sdk = findSdk();
  const idf = process.env.IDF_PATH ? needIdf(sdk.env) : undefined;
  process.stdout.write(
    `Moddable SDK ${sdk.version}, ${idf ? `ESP-IDF ${idf}` : 'without ESP-IDF (IDF_PATH is not set)'}\n`,
  );
  const figures: Figures[] = [];
  for (const board of wanted) {
    process.stdout.write(`${board.name}: manifest, tsc, xsc, xsl, C ..\n`);
    figures.push(await checkBoard(sdk, board, idf !== undefined));
    for (const { compiler, files } of figures.at(-1)?.idf ?? [])
      process.stdout.write(`  ${files} C files against ESP-IDF with ${compiler}\n`);
  }
  process.stdout.write(`\n${table(figures)}\n`);
  const host = options.board ? undefined : runSuites(sdk);
  file?.write(jsonText({ sdk: sdk.version, idf, source: readVersion(), boards: figures, host }));
}

function readVersion(): string {
  return JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).version;
}

await runCommand(
  commandLine('check:moddable')
    .description('Builds the boards with the Moddable SDK, as far as that goes without ESP-IDF.')
    .option('--board <name...>', 'only these, and not the conformance suites')
    .option('-j, --json <file>', 'write all figures to a file')
    .addHelpText('after', EXIT_HELP)
    .action(check),
);
