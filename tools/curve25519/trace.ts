/**
 * Whether secrets change where the chip's program goes, reads or writes: `trace/`, a processor of our own,
 * runs the image of the chip and compares every address. noble says whether it has computed right.
 */
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nobleCrypto as noble } from '../../hal/crypto/noble.js';
import { cacheFolder } from '../xs/folders.js';
import { finish, run } from '../xs/process.js';
import type { ConstantTimeInput } from './constant-time-script.js';

export interface Traced {
  /** Of each primitive what was compared; or the first address that differs, and its function. */
  readonly lines: readonly string[];
  readonly isSame: boolean;
}

const HERE = fileURLToPath(new URL('trace', import.meta.url));
const ANSWERS = 'answers ';

async function buildTracer(): Promise<string> {
  const folder = join(cacheFolder, 'trace');
  mkdirSync(folder, { recursive: true });
  const program = join(folder, 'trace');
  const sources = readdirSync(HERE).filter((file) => file.endsWith('.c'));
  await run('gcc', [
    ...['-std=gnu17', '-O2', '-Wall', '-Wextra', '-Wno-missing-field-initializers', '-Werror'],
    ...sources.map((file) => join(HERE, file)),
    ...['-o', program],
  ]);
  return program;
}

/** `image`: of the chip, linked, with its symbols. Throws where an answer is not noble's. */
export async function traceSecrets(image: string, { secrets, seed }: ConstantTimeInput): Promise<Traced> {
  const { stdout, stderr, exitCode } = await finish(await buildTracer(), [image, `${secrets}`, `${seed}`]);
  if (exitCode > 1) throw new Error(stderr);
  const all = stdout.trim().split('\n');
  for (const line of all) if (line.startsWith(ANSWERS)) checkAnswers(line.slice(ANSWERS.length));
  return { lines: all.filter((line) => !line.startsWith(ANSWERS)), isSame: exitCode === 0 };
}

function checkAnswers(line: string): void {
  const [secret, peer, message, key, signature, publicKey, shared] = line
    .split(' ')
    .map((text) => new Uint8Array(Buffer.from(text, 'hex')));
  const right = [
    noble.ed25519KeyFromSeed(secret),
    noble.ed25519Sign(noble.ed25519KeyFromSeed(secret), message),
    noble.x25519PublicKey(secret),
    noble.x25519(secret, peer),
  ];
  [key, signature, publicKey, shared].forEach((bytes, i) => {
    if (!Buffer.from(right[i] ?? []).equals(bytes)) throw new Error(`not noble's answer: ${line}`);
  });
}
