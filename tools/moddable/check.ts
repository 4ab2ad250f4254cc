/**
 * `npm run check:moddable`: every board built with the Moddable SDK as far as that goes without ESP-IDF: the
 * manifest, tsc, xsc and xsl to linked bytecode, and our C compiled against stubs; and on Linux the
 * conformance suites run in the SDK's engine.
 */
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type BoardFolder, boards, ROOT } from './boards.js';
import { checkHost, type HostFigures, whyNoHost } from './host.js';
import { compileNatives } from './native.js';
import { findSdk, run, type Sdk, SetupError } from './sdk.js';

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
  if (!compiled.ok) throw new Error(compiled.output);
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

function checkBoard(sdk: Sdk, { name, board }: BoardFolder): Figures {
  const begun = Date.now();
  const out = join(OUT, 'out');
  mkdirSync(out, { recursive: true });
  const target = ['-p', `esp32:./hal/boards/${name}`, '-o', out];
  const configured = run('mcconfig', [...target, join(ROOT, 'manifest.json')], sdk.env);
  const build = join(out, 'tmp/esp32', name, 'release/tapnote');
  if (!configured.ok || !existsSync(join(build, 'makefile'))) throw new Error(configured.output);
  // ESP-IDF would make sdkconfig.h; nothing up to the bytecode reads it.
  const config = join(build, `xsProj-${board.chip}/build/config/sdkconfig.h`);
  const goals = [join(build, 'mc.xs.c'), join(build, 'mc.resources.c')];
  const variables = ['IDF_PATH=/nonexistent', 'IDF_VERSION=v6.0'];
  const made = run('make', ['-f', join(build, 'makefile'), ...variables, '-o', config, ...goals], sdk.env);
  if (!made.ok) throw new Error(made.output);
  // The linker's complaints are few and worth a look; the rest is one line a file.
  for (const line of made.output.split('\n'))
    if (line.includes('warning')) process.stdout.write(`  ${line}\n`);
  const natives = compileNatives(sdk, board, build, OUT);
  const failed = natives.filter(({ ok }) => !ok);
  if (failed.length > 0)
    throw new Error(failed.map(({ source, output }) => `${source}\n${output}`).join('\n'));
  const modules = bytecode(build);
  const sum = (own: boolean) => modules.reduce((all, each) => all + (each.own === own ? each.bytes : 0), 0);
  return {
    board: name,
    modules: modules.length,
    ownBytes: sum(true),
    sdkBytes: sum(false),
    linkedBytes: board.chip === 'esp32' ? undefined : linkedBytes(sdk, build),
    nativeFiles: natives.length,
    seconds: Math.round((Date.now() - begun) / 1000),
  };
}

function table(all: readonly Figures[]): string {
  const head = ['board', 'modules', 'own bytecode', "the SDK's", 'linked, in flash', 'C files', 'took'];
  const rows = all.map((each) => [
    each.board,
    `${each.modules}`,
    `${each.ownBytes}`,
    `${each.sdkBytes}`,
    each.linkedBytes === undefined ? '-' : `${each.linkedBytes}`,
    `${each.nativeFiles}`,
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
  if (failures.length > 0) throw new Error(failures.join('\n'));
  return host;
}

function main(): void {
  const { values } = parseArgs({
    options: { json: { type: 'string' }, board: { type: 'string', multiple: true } },
  });
  const sdk = findSdk();
  const wanted = boards().filter(({ name }) => !values.board || values.board.includes(name));
  if (wanted.length === 0) {
    throw new SetupError(
      `no such board; there are ${boards()
        .map(({ name }) => name)
        .join(', ')}`,
    );
  }
  process.stdout.write(`Moddable SDK ${sdk.version}, without ESP-IDF\n`);
  const figures: Figures[] = [];
  for (const board of wanted) {
    process.stdout.write(`${board.name}: manifest, tsc, xsc, xsl, C ..\n`);
    figures.push(checkBoard(sdk, board));
  }
  process.stdout.write(`\n${table(figures)}\n`);
  const host = values.board ? undefined : runSuites(sdk);
  if (values.json) {
    const report = { sdk: sdk.version, source: readVersion(), boards: figures, host };
    writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
  }
}

function readVersion(): string {
  return JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).version;
}

try {
  main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = error instanceof SetupError ? 2 : 1;
}
