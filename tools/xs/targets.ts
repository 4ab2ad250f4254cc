/** What is compiled for each target, and how. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { halFolder, platformFolder, rootFolder } from './folders.js';
import { engineFiles } from './patched.js';
import type { Sources } from './sources.js';

export type TargetName = 'host' | 'chip';

/** A part of the image, whose size is worth knowing by itself. */
export type Part = 'xs' | 'libsodium' | 'qrcodegen' | 'hal' | 'platform';

export interface Unit {
  readonly part: Part;
  readonly source: string;
  readonly flags: readonly string[];
}

export interface Target {
  readonly compiler: string;
  readonly program: string;
  readonly units: readonly Unit[];
  readonly linkFlags: readonly string[];
}

/**
 * Of libsodium, only what the firmware uses; the rest would be dropped at linking, but not before it was
 * compiled.
 */
export const SODIUM_FILES = [
  'crypto_aead/chacha20poly1305/sodium/aead_chacha20poly1305.c',
  'crypto_auth/hmacsha256/auth_hmacsha256.c',
  'crypto_core/ed25519/ref10/ed25519_ref10.c',
  'crypto_hash/sha256/cp/hash_sha256_cp.c',
  'crypto_hash/sha256/hash_sha256.c',
  'crypto_hash/sha512/cp/hash_sha512_cp.c',
  'crypto_hash/sha512/hash_sha512.c',
  'crypto_onetimeauth/poly1305/donna/poly1305_donna.c',
  'crypto_onetimeauth/poly1305/onetimeauth_poly1305.c',
  'crypto_scalarmult/crypto_scalarmult.c',
  'crypto_scalarmult/curve25519/ref10/x25519_ref10.c',
  'crypto_scalarmult/curve25519/scalarmult_curve25519.c',
  'crypto_sign/crypto_sign.c',
  'crypto_sign/ed25519/ref10/keypair.c',
  'crypto_sign/ed25519/ref10/open.c',
  'crypto_sign/ed25519/ref10/sign.c',
  'crypto_sign/ed25519/sign_ed25519.c',
  'crypto_stream/chacha20/ref/chacha20_ref.c',
  'crypto_stream/chacha20/stream_chacha20.c',
  'crypto_verify/sodium/verify.c',
  'sodium/utils.c',
];

/** The project's own C that script may call by `native`; more of it is added here. */
const HAL_FILES = [
  'crc32.c',
  'crypto/curve25519.c',
  'crypto/curve25519/base25519.c',
  'crypto/curve25519/comb25519.c',
  'crypto/curve25519/ed25519.c',
  'crypto/curve25519/encoding25519.c',
  'crypto/curve25519/field25519.c',
  'crypto/curve25519/invert25519.c',
  'crypto/curve25519/point25519.c',
  'crypto/curve25519/root25519.c',
  'crypto/curve25519/scalar25519.c',
  'crypto/curve25519/x25519.c',
  'crypto/sodium.c',
  'pn532-frames.c',
  'qr.c',
];

const PLATFORM_FILES = [
  'abort.c',
  'engine.c',
  'input.c',
  'jobs.c',
  'main.c',
  'memory.c',
  'natives.c',
  'script.c',
  'sodium-glue.c',
  'stack.c',
];

const PLATFORM_FILES_OF: Record<TargetName, readonly string[]> = {
  host: ['host.c', 'compile.c'],
  chip: ['chip.c', 'chip-file.c', 'chip-no-parser.c', 'chip-string.c', 'chip-board.c'],
};

const WARNINGS = ['-Wall', '-Wextra', '-Wno-unused-parameter', '-Wno-missing-field-initializers', '-Werror'];

const TUNING: Record<TargetName, readonly string[]> = {
  host: ['-O1', '-DTAPNOTE_XS_PARSER'],
  chip: ['--specs=picolibc.specs', '-march=rv32imc', '-mabi=ilp32', '-Os'],
};

/** The board that the chip stands for. */
const BOARD = 'hal/boards/esp32-c3-devkit/manifest.json';

/**
 * What the SDK compiles for a board, the engine and our C: flags of its own, and those that the board's
 * manifest adds. They are the last, as there.
 */
const SDK_TUNING: Record<TargetName, readonly string[]> = {
  host: [],
  chip: ['-fno-inline-functions', '-fno-jump-tables', ...boardFlags()],
};

/** libsodium is a component of ESP-IDF: CONFIG_COMPILER_OPTIMIZATION_PERF of the boards' sdkconfig. */
const IDF_TUNING: Record<TargetName, readonly string[]> = { host: [], chip: ['-O2'] };

const COMMON = ['-std=gnu17', '-ffunction-sections', '-fdata-sections', '-fno-common'];

function manifest(path: string) {
  return JSON.parse(readFileSync(join(rootFolder, path), 'utf8'));
}

function boardFlags(): string[] {
  return manifest(BOARD).build.C_FLAGS_SUBPLATFORM.split(' ');
}

/** What a board's task of the engine has: `creation.nativeStack` of the root manifest, bytes. */
function nativeStackBytes(): number {
  return manifest('manifest.json').creation.nativeStack as number;
}

const RAM_BEGIN = 0x80400000;
const RAM_BYTES = 0x3c00000;
const hex = (value: number): string => `0x${value.toString(16)}`;

/**
 * Memory of the chip as QEMU's `virt` board has it; far more than a microcontroller's, so that limits are the
 * engine's own.
 */
const CHIP_LINK = [
  '--specs=picolibc.specs',
  '-march=rv32imc',
  '-mabi=ilp32',
  '--crt0=semihost',
  '--oslib=semihost',
  '-Wl,--defsym=__flash=0x80000000,--defsym=__flash_size=0x400000',
  `-Wl,--defsym=__ram=${hex(RAM_BEGIN)},--defsym=__ram_size=${hex(RAM_BYTES)}`,
  // The C stack at the end of RAM is a board's own.
  `-Wl,--defsym=__heap_end=${hex(RAM_BEGIN + RAM_BYTES - nativeStackBytes())}`,
];

export function target(name: TargetName, sources: Sources, nativeTable: string): Target {
  const { xs, sodium, qr } = sources;
  const platform = [
    '-DINCLUDE_XSPLATFORM',
    '-DXSPLATFORM="xs-platform.h"',
    '-DmxRun=1',
    '-DmxParse=1',
    // A measurement has both sides of a touch in one engine.
    '-DED25519_DEVICES=2',
    ...include(platformFolder),
  ];
  const xsFolders = ['includes', 'platforms', 'sources'].map((part) => join(xs, part));
  const engine = [...SDK_TUNING[name], ...platform, ...xsFolders.flatMap(include), '-w'];
  const foreign = [...xsFolders, join(sodium, 'include'), qr].flatMap(system);
  const own = [...platform, ...foreign, ...WARNINGS];
  const base = [...COMMON, ...TUNING[name]];
  const unit = (part: Part, flags: readonly string[]) => (source: string) => ({
    part,
    source,
    flags: [...base, ...flags],
  });
  const sodiumFlags = [
    ...IDF_TUNING[name],
    '-w',
    '-DCONFIGURED=1',
    '-DNATIVE_LITTLE_ENDIAN=1',
    '-DHAVE_WEAK_SYMBOLS=1',
    ...include(join(sodium, 'include')),
    ...include(join(sodium, 'include/sodium')),
  ];
  return {
    compiler: name === 'host' ? 'gcc' : 'riscv64-unknown-elf-gcc',
    program: name === 'host' ? 'xs' : 'xs.elf',
    units: [
      ...engineFiles(xs).map(unit('xs', engine)),
      ...SODIUM_FILES.map((file) => join(sodium, file)).map(unit('libsodium', sodiumFlags)),
      unit('qrcodegen', [...SDK_TUNING[name], '-w'])(join(qr, 'qrcodegen.c')),
      ...nativeSources(name).map((source) =>
        source.startsWith(halFolder)
          ? unit('hal', [...SDK_TUNING[name], ...own])(source)
          : unit('platform', own)(source),
      ),
      unit('platform', own)(nativeTable),
    ],
    linkFlags: [...(name === 'host' ? [] : CHIP_LINK), '-Wl,--gc-sections', '-lm'],
  };
}

/** The project's own C files. */
export function nativeSources(name: TargetName): string[] {
  return [
    ...HAL_FILES.map((file) => join(halFolder, file)),
    ...[...PLATFORM_FILES, ...PLATFORM_FILES_OF[name]].map((file) => join(platformFolder, file)),
  ];
}

const include = (folder: string) => ['-I', folder];

/** A system header's warnings are not ours. */
const system = (folder: string) => ['-isystem', folder];
