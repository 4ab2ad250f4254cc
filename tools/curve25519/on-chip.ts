/**
 * The chip's Ed25519 and X25519 as compiled for the chip, on the emulated one, against what libsodium says on
 * this machine: operations on field elements, and whole operations on hostile cases.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildForChip, fetchSources } from '../xs/build.js';
import { cacheFolder } from '../xs/folders.js';
import { type Finished, finish, run } from '../xs/process.js';
import { emulated } from '../xs/run.js';
import { CASES_FILE, type Compared, curveFolder, withCases } from './differential.js';

const HERE = fileURLToPath(new URL('chip', import.meta.url));
/** Of field-operations.h. */
const BLOCK = 10_000;
/** Of libsodium, the field and what it needs. */
const FIELD_FILES = [
  'crypto_core/ed25519/ref10/ed25519_ref10.c',
  'crypto_verify/sodium/verify.c',
  'sodium/utils.c',
];

const buildOnChip = (): Promise<string> =>
  buildForChip(
    'curve25519.elf',
    ({ part, source }) => part === 'libsodium' || source.startsWith(`${curveFolder}/`),
    ['main.c', 'field-chip.c'].map((file) => join(HERE, file)),
  );

async function buildFieldOfLibsodium(): Promise<string> {
  const { sodium } = await fetchSources();
  const folder = join(cacheFolder, 'differential');
  mkdirSync(folder, { recursive: true });
  const program = join(folder, 'field');
  await run('gcc', [
    ...['-std=gnu17', '-O2', '-w', '-DCONFIGURED=1', '-DNATIVE_LITTLE_ENDIAN=1', '-DHAVE_TI_MODE=1'],
    ...['-I', join(sodium, 'include'), '-I', join(sodium, 'include/sodium')],
    join(HERE, 'field-sodium.c'),
    ...FIELD_FILES.map((file) => join(sodium, file)),
    ...['-o', program],
  ]);
  return program;
}

function runOnChip(program: string, args: readonly string[], cwd: string): Promise<Finished> {
  const [command, ...rest] = emulated(program, args);
  return finish(command, rest, { cwd });
}

/** Operations on field elements; `seed` gives the operands. */
export async function compareFields(operations: number, seed: number): Promise<Compared> {
  const args = [`${operations}`, `${seed}`];
  const [chip, libsodium] = [await buildOnChip(), await buildFieldOfLibsodium()];
  const theirs = await run(libsodium, args);
  const { stdout, stderr, exitCode } = await runOnChip(chip, ['field', ...args], HERE);
  const [ours, right] = [stdout + stderr, theirs].map((text) => text.trim().split('\n'));
  if (exitCode !== 0) throw new Error(ours.join('\n'));
  const block = right.findIndex((digest, i) => ours[i] !== digest);
  const isSame = block === -1 && ours.length === right.length;
  const line = isSame
    ? `on the chip: ${operations} operations on field elements, no difference from libsodium`
    : `on the chip: an operation on field elements after the first ${block * BLOCK} differs from libsodium's`;
  return { line, isSame };
}

/** Cases of a key, a signature, two verdicts, an X25519 key and a shared secret. */
export async function compareWhole(cases: number, seed: number): Promise<Compared> {
  const chip = await buildOnChip();
  const { stdout, stderr, exitCode } = await withCases(cases, seed, (folder) =>
    runOnChip(chip, ['whole', CASES_FILE], folder),
  );
  const said = (stdout + stderr).trim();
  if (exitCode > 1) throw new Error(said);
  const isSame = exitCode === 0;
  return { line: `on the chip: ${said}${isSame ? ', no difference from libsodium' : ''}`, isSame };
}
