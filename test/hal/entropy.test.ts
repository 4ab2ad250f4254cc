import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../../tools/moddable/boards.js';
import { isInstalled } from '../../tools/xs/process.js';
import { skipWithout } from '../support/external.js';

const define = (name: string): number => {
  const text = readFileSync(join(ROOT, 'hal/esp32/noise.h'), 'utf8');
  return Number(new RegExp(`#define ${name} (\\d+)`).exec(text)?.[1]);
};

const WORD_US = define('NOISE_WORD_US');
const POOL_WORDS = define('NOISE_POOL_WORDS');
const BLOCK_BYTES = define('NOISE_BLOCK_BYTES');
/** ESP-IDF v6.0.2, bootloader_random.c: the ADC feeds a bit in 40 cycles of the APB clock. */
const APB_CYCLES_PER_BIT = 40;
const APB_MHZ = 80;

describe('the account of entropy (hal/README.md)', () => {
  const bitsPerUs = APB_MHZ / APB_CYCLES_PER_BIT;

  it('waits for a word as long as ESP-IDF does for keys of its own: 5,120 cycles at 80 MHz', () => {
    expect(WORD_US * 80).toBe(5_120);
  });

  it('counts for each word no more than it can hold, four times less than came', () => {
    expect(bitsPerUs * WORD_US).toBe(4 * 32);
  });

  it('hashes at least 64 bits more than come out (SP 800-90C, full entropy), were half of them true', () => {
    const into = POOL_WORDS * 32;
    expect(into).toBeGreaterThanOrEqual(8 * BLOCK_BYTES + 64);
    expect(into / 2).toBeGreaterThanOrEqual(8 * BLOCK_BYTES);
  });

  it('is what esp_random alone is not: a key of 32 bytes read at once carries some 20 to 30 bits', () => {
    const words = 32 / 4;
    const read_us = [1.25, 2];
    expect(read_us.map((us) => words * us * bitsPerUs)).toEqual([20, 32]);
  });

  it('takes about a millisecond for a key', () => {
    expect(POOL_WORDS * WORD_US).toBe(1_024);
  });
});

const HEADERS = [
  'bootloader_random.h',
  'esp_cpu.h',
  'esp_random.h',
  'esp_rom_sys.h',
  'soc/soc.h',
  'soc/wdev_reg.h',
];
const skipped = skipWithout(isInstalled('gcc'), 'gcc');

describe.skipIf(skipped)('noise.c, compiled for this machine', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tapnote-noise-'));
    for (const name of HEADERS) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), '#include "esp-idf-stub.h"\n');
    }
    writeFileSync(
      join(folder, 'sodium.h'),
      '#pragma once\n#include <stddef.h>\n#define crypto_hash_sha256_BYTES 32\n' +
        'int crypto_hash_sha256(unsigned char *, const unsigned char *, unsigned long long);\n' +
        'void sodium_memzero(void *, size_t);\n',
    );
    const include = [folder, join(ROOT, 'tools/moddable')].flatMap((each) => ['-I', each]);
    const args = ['-std=gnu17', '-Wall', '-Wextra', '-Werror', ...include];
    const source = join(ROOT, 'test/hal/noise-host.c');
    const { status, stderr } = spawnSync('gcc', [...args, source, '-o', join(folder, 'noise')], {
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const draw = (mhz: number, readCycles: number, isStuck: boolean, bytes: number) => {
    const args = [mhz, readCycles, isStuck ? 1 : 0, bytes].map(String);
    return JSON.parse(spawnSync(join(folder, 'noise'), args, { encoding: 'utf8' }).stdout);
  };

  it.each([80, 160, 240])('gives each word its noise at %i MHz, all reads in it', (mhz) => {
    const readCycles = 200;
    const drawn = draw(mhz, readCycles, false, 40);
    expect(drawn).toMatchObject({ sound: 1, words: 2 * POOL_WORDS, hashed: 2, on: 0, differ: 1 });
    expect(drawn.shortest).toBeGreaterThanOrEqual(WORD_US * mhz);
    expect(drawn.reads).toBe(2 * POOL_WORDS * Math.ceil((WORD_US * mhz) / readCycles));
    // Two blocks, of the second 8 bytes, and nothing after them.
    expect(drawn.target).toBe(`${'01'.repeat(32)}${'02'.repeat(8)}ee`);
  });

  it('reads at least once where a read takes longer than the wait', () => {
    expect(draw(160, 20_000, false, 32)).toMatchObject({ sound: 1, reads: POOL_WORDS });
  });

  it('gives zeros, not a hash, when the register stands still', () => {
    const drawn = draw(160, 200, true, 40);
    expect(drawn).toMatchObject({ sound: 0, on: 0, words: 3 });
    expect(drawn.target).toBe(`${'00'.repeat(40)}ee`);
  });
});
