/**
 * The chip's Ed25519 and X25519 against libsodium's, in one program of this machine: `differential.c`,
 * compiled with both.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fetchSources } from '../xs/build.js';
import { cacheFolder, halFolder } from '../xs/folders.js';
import { type Finished, finish, run } from '../xs/process.js';
import { SODIUM_FILES } from '../xs/targets.js';

const HERE = fileURLToPath(new URL('.', import.meta.url));

export const curveFolder = join(halFolder, 'crypto/curve25519');

/** Of libsodium, what makes the cases: sums of points and of scalars. */
const ALSO = [
  'crypto_core/ed25519/core_ed25519.c',
  'crypto_core/ed25519/core_ristretto255.c',
  'crypto_scalarmult/ed25519/ref10/scalarmult_ed25519_ref10.c',
];

/** Libsodium's folder of headers. */
export const sodiumHeaders = async (): Promise<string> => join((await fetchSources()).sodium, 'include');

/** The path of the program. `flags`: more of the compiler's; another set is another program. */
export async function buildDifferential(name: string, flags: readonly string[]): Promise<string> {
  const { sodium } = await fetchSources();
  const folder = join(cacheFolder, 'differential');
  mkdirSync(folder, { recursive: true });
  const program = join(folder, name);
  const ours = readdirSync(curveFolder).filter((file) => file.endsWith('.c'));
  await run('gcc', [
    ...['-std=gnu17', '-O2', '-w', '-DED25519_DEVICES=2', ...flags],
    ...['-DCONFIGURED=1', '-DNATIVE_LITTLE_ENDIAN=1', '-DHAVE_WEAK_SYMBOLS=1', '-DHAVE_TI_MODE=1'],
    ...['-I', curveFolder, '-I', join(sodium, 'include'), '-I', join(sodium, 'include/sodium')],
    join(HERE, 'differential.c'),
    ...ours.map((file) => join(curveFolder, file)),
    ...[...SODIUM_FILES, ...ALSO].map((file) => join(sodium, file)),
    ...['-o', program],
  ]);
  return program;
}

/**
 * Its output says what differs, if anything does; then the exit status is 1. `file`: where the cases and
 * libsodium's answers are written, where they are wanted.
 */
export const runDifferential = (
  program: string,
  cases: number,
  seed: number,
  ...file: string[]
): Promise<Finished> => finish(program, [`${cases}`, `${seed}`, ...file]);

/** What an implementation says of cases, beside libsodium. */
export interface Compared {
  /** What was compared; or what differs, and in which case. */
  readonly line: string;
  readonly isSame: boolean;
}

/** The name of the file of cases, in the folder of `withCases`: each a WholeCase of chip/whole.h. */
export const CASES_FILE = 'cases';

/**
 * Gives `work` a folder with a file of cases and libsodium's answers, on which this machine's C agrees.
 * Throws where it does not.
 */
export async function withCases<T>(
  cases: number,
  seed: number,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'tapnote-curve-'));
  try {
    const program = await buildDifferential('fast', []);
    const made = await runDifferential(program, cases, seed, join(folder, CASES_FILE));
    if (made.exitCode !== 0) throw new Error(made.stdout + made.stderr);
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
