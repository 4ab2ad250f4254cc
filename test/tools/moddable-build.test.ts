import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { IMAGE_MARK } from '../../firmware/app/version.js';
import { Exit } from '../../tools/cli/output/exit.js';
import { ROOT } from '../../tools/moddable/boards.js';
import { partitionTable } from '../support/board-build.js';

/**
 * Programs that stand for the SDK's and ESP-IDF's: what is tested is what `build:board` makes of how they
 * end.
 */
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapnote-build-'));
  write('sdk/tools/VERSION', '8.2.3');
  write('sdk/build/bin/any/release/xsc', '#!/bin/sh\n');
  write('bin/idf.py', '#!/bin/sh\nexit 0\n');
  idf('6.0.2');
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string | Uint8Array): void {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  chmodSync(file, 0o755);
}

function idf(version: string): void {
  const [major, minor, patch] = version.split('.');
  write(
    'idf/tools/cmake/version.cmake',
    `set(IDF_VERSION_MAJOR ${major})\nset(IDF_VERSION_MINOR ${minor})\nset(IDF_VERSION_PATCH ${patch})\n`,
  );
}

const IMAGES = 'out/bin/esp32/esp32-devkit/release/tapnote';
const BUILT = 'out/tmp/esp32/esp32-devkit/release/tapnote/xsProj-esp32/build';

/** mcconfig: notes its target, and does what a shell script says for it. */
function mcconfig(script: string): void {
  const target = 'while [ $# -gt 0 ]; do if [ "$1" = -t ]; then target=$2; fi; shift; done';
  write(
    'sdk/build/bin/any/release/mcconfig',
    `#!/bin/sh\n${target}\necho $target >> ${folder}/targets\n${script}\n`,
  );
}

function build(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', 'tools/moddable/build.ts', 'esp32-devkit', '--out', join(folder, 'out'), ...args],
    {
      cwd: ROOT,
      encoding: 'utf8',
      env: {
        ...process.env,
        MODDABLE: join(folder, 'sdk'),
        IDF_PATH: join(folder, 'idf'),
        PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
      },
    },
  );
  return { status, stdout, stderr };
}

const targets = (): string[] => readFileSync(join(folder, 'targets'), 'utf8').trim().split('\n');
/** What a build for an ESP32 makes, as far as anybody looks at it. */
function images(): string {
  const head = Buffer.alloc(24);
  head[0] = 0xe9;
  write('made/xs_esp32.bin', Buffer.concat([head, Buffer.from(IMAGE_MARK, 'latin1')]));
  write('made/bootloader.bin', 'bootloader');
  write('made/partition-table.bin', partitionTable());
  const out = `${folder}/out/${IMAGES}`;
  return `mkdir -p ${out}; cp ${folder}/made/*.bin ${out}`;
}

describe('npm run build:board', () => {
  it('adds the components before ESP-IDF configures, then builds', () => {
    mcconfig(`if [ $target = build ]; then ${images()}; fi`);
    const { status, stdout } = build();
    expect(status).toBe(0);
    expect(targets()).toEqual(['dependencies', 'build']);
    expect(stdout).toContain(`image: ${join(folder, 'out', IMAGES)}\n`);
    const page = join(folder, 'out', IMAGES, 'page');
    expect(stdout).toContain(`page: ${page}\n`);
    const manifest = JSON.parse(readFileSync(join(page, 'manifest.json'), 'utf8'));
    const [{ chipFamily, parts }] = manifest.builds;
    expect([chipFamily, ...parts.map(({ offset }: { offset: number }) => offset)]).toEqual([
      'ESP32',
      0x1000,
      0x10000,
      0x20000,
    ]);
    for (const name of [...parts.map(({ path }: { path: string }) => path), 'index.html', 'main.js'])
      expect(existsSync(join(page, name)), name).toBe(true);
  });

  it('flashes what it has built, and goes on to no monitor', () => {
    mcconfig(`if [ $target = build ]; then ${images()}; fi`);
    expect(build('--flash').status).toBe(0);
    expect(targets()).toEqual(['dependencies', 'build', 'deploy']);
  });

  it('fails when ESP-IDF has failed and the SDK has not, although an older image lies there', () => {
    for (const file of ['xs_esp32.bin', 'bootloader.bin', 'partition-table.bin'])
      write(`out/${IMAGES}/${file}`, 'old');
    for (const file of [
      'xs_esp32.bin',
      '.bin_timestamp',
      'bootloader/bootloader.bin',
      'bootloader/.bin_timestamp',
      'partition_table/partition-table.bin',
    ])
      write(`out/${BUILT}/${file}`, 'old');
    mcconfig(
      `if [ $target = build ]; then cp ${folder}/out/${BUILT}/*.bin ${folder}/out/${BUILT}/partition_table/*.bin ${folder}/out/${IMAGES}; exit 0; fi`,
    );
    const { status, stderr } = build('--flash');
    expect(status).toBe(1);
    expect(stderr).toContain('ESP-IDF made no xs_esp32.bin and no bootloader.bin and no partition-table.bin');
    expect(targets()).toEqual(['dependencies', 'build']);
    expect(existsSync(join(folder, 'out', BUILT, '.bin_timestamp'))).toBe(false);
  });

  it('takes every patch of ESP-IDF 6.0, and says so at once of another', () => {
    mcconfig(`if [ $target = build ]; then ${images()}; fi`);
    idf('6.1.0');
    const { status, stderr } = build();
    expect(status).toBe(Exit.absent);
    expect(stderr).toMatch(
      /^error: .*ESP-IDF 6\.1\.0; the Moddable SDK takes 6\.0\.x only.* \[idf-missing\]\n$/,
    );
    idf('6.0.0');
    expect(build().status).toBe(0);
  });
});
