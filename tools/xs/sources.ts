/**
 * The C sources that the engine is built from, fetched once into a folder that git ignores: XS out of npm's
 * `@agoric/xsnap`, libsodium and the QR code generator as Debian ships their sources. None is part of this
 * project; all are checked against a pinned hash.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { aptGetSource } from './debian-source.js';
import { cacheFolder } from './folders.js';
import { run } from './process.js';

const XS = {
  version: '0.15.0',
  file: 'agoric-xsnap-0.15.0.tgz',
  sha256: 'ba82e67dc4bf31a4f0084cd7eb251d0a9c9a671c914494d1f6c2fe61272ceceb',
};

const SODIUM = {
  version: '1.0.18',
  /** Of the shared library, as libsodium's own configure script sets it. */
  library: { major: 10, minor: 3 },
  file: 'libsodium_1.0.18.orig.tar.gz',
  sha256: 'd59323c6b712a1519a5daf710b68f5e7fde57040845ffec53850911f10a5d4f4',
};

/** What the Moddable SDK has as modules/data/qrcode/qrcodegen.c. */
const QR = {
  version: '1.8.0',
  file: 'qr-code-generator_1.8.0.orig.tar.gz',
  sha256: '2ec0a4d33d6f521c942eeaf473d42d5fe139abcfa57d2beffe10c5cf7d34ae60',
};

export interface Sources {
  /** Holds includes/, platforms/ and sources/. */
  readonly xs: string;
  /** libsodium's src/libsodium. */
  readonly sodium: string;
  /** Nayuki's generator in C: qrcodegen.c and its header. */
  readonly qr: string;
}

export async function ensureSources(): Promise<Sources> {
  const xs = await unpacked(`xsnap-${XS.version}`, XS, async (folder) => {
    await run('npm', ['pack', `@agoric/xsnap@${XS.version}`, '--ignore-scripts', '--silent'], {
      cwd: folder,
    });
  });
  const sodium = await unpacked(`libsodium-${SODIUM.version}`, SODIUM, (folder) =>
    aptGetSource('libsodium', folder),
  );
  const qr = await unpacked(`qrcodegen-${QR.version}`, QR, (folder) =>
    aptGetSource('qr-code-generator', folder),
  );
  return {
    xs: join(xs, 'moddable/xs'),
    sodium: withVersionHeader(join(sodium, 'src/libsodium')),
    qr: join(qr, 'c'),
  };
}

/**
 * The one folder in the archive `file`, which `fetchInto` brings. It appears under its name only when it is
 * whole.
 */
async function unpacked(
  name: string,
  { file, sha256 }: { file: string; sha256: string },
  fetchInto: (folder: string) => Promise<void>,
): Promise<string> {
  const target = join(cacheFolder, name);
  if (existsSync(target)) return target;
  const folder = join(cacheFolder, `fetch-${name}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await fetchInto(folder);
  const archive = join(folder, file);
  if (!existsSync(archive)) throw new Error(`${name}: what was fetched has no ${file}`);
  const found = createHash('sha256').update(readFileSync(archive)).digest('hex');
  if (found !== sha256) throw new Error(`${file}: SHA-256 is ${found}, must be ${sha256}`);
  const content = join(folder, 'content');
  mkdirSync(content);
  await run('tar', ['-xzf', archive, '-C', content]);
  renameSync(join(content, readdirSync(content)[0]), target);
  rmSync(folder, { recursive: true });
  return target;
}

/** Its configure script would fill this in. */
function withVersionHeader(sodium: string): string {
  const header = join(sodium, 'include/sodium/version.h');
  const text = readFileSync(`${header}.in`, 'utf8')
    .replace('@VERSION@', SODIUM.version)
    .replace('@SODIUM_LIBRARY_VERSION_MAJOR@', String(SODIUM.library.major))
    .replace('@SODIUM_LIBRARY_VERSION_MINOR@', String(SODIUM.library.minor))
    .replace('@SODIUM_LIBRARY_MINIMAL_DEF@', '');
  if (!existsSync(header)) writeFileSync(header, text);
  return sodium;
}
