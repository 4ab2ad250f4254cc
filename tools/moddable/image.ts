import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Board } from '../../hal/boards/board.js';
import { ROOT } from './boards.js';
import { buildFailed, run, type Sdk } from './sdk.js';

export interface ImageBuild {
  readonly sdk: Sdk;
  readonly name: string;
  readonly chip: Board['chip'];
  /** The board's folder, as it is or with what `--secure` adds. */
  readonly folder: string;
  readonly out: string;
  readonly debug: boolean;
  readonly flash: boolean;
  /** `NAME=VALUE`, for the firmware's config. */
  readonly settings: readonly string[];
}

const IMAGES = ['xs_esp32.bin', 'bootloader.bin', 'partition-table.bin'];
/**
 * Below ESP-IDF's folder of a build, what it makes the images as, and what it remembers that they are made
 * by. The SDK's target passes on no failure of idf.py, and copies what lies there: what an earlier build has
 * left must not be taken for this one's.
 */
const LEFT_OVERS = [
  'xs_esp32.bin',
  '.bin_timestamp',
  'bootloader/bootloader.bin',
  'bootloader/.bin_timestamp',
  'partition_table/partition-table.bin',
];

/**
 * Builds, and flashes where that is asked for. Returns the folder with the images. Throws when there are no
 * new ones.
 */
export function buildImage(build: ImageBuild): string {
  const { name, chip, out, debug } = build;
  const kind = join('esp32', name, debug ? 'debug' : 'release', 'tapnote');
  const made = join(out, 'bin', kind);
  mkdirSync(out, { recursive: true });
  for (const file of IMAGES) rmSync(join(made, file), { force: true });
  for (const file of LEFT_OVERS)
    rmSync(join(out, 'tmp', kind, `xsProj-${chip}/build`, file), { force: true });
  // By itself: the SDK's makefile lets ESP-IDF configure while the components that it needs are still being
  // added.
  step(build, 'dependencies');
  step(build, 'build');
  const missing = IMAGES.filter((file) => !existsSync(join(made, file)));
  if (missing.length > 0) {
    throw buildFailed(
      `ESP-IDF made no ${missing.join(' and no ')}: what it says above is the reason, although the SDK goes on.`,
    );
  }
  // Not the SDK's `all`: that one goes on to a monitor.
  if (build.flash) step(build, 'deploy');
  return made;
}

function step({ sdk, folder, out, debug, settings }: ImageBuild, target: string): void {
  const args = [
    ...(debug ? ['-d'] : []),
    ...['-m', '-p', `esp32:${folder}`, '-o', out, '-t', target],
    join(ROOT, 'manifest.json'),
    ...settings,
  ];
  const { ok, output } = run('mcconfig', args, sdk.env);
  process.stdout.write(output);
  if (!ok) throw buildFailed(`mcconfig ${args.join(' ')}: failed`);
}
