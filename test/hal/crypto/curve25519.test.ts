import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ed25519 } from '@noble/curves/ed25519.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { countSecrets } from '../../../tools/curve25519/constant-time.js';
import {
  buildDifferential,
  curveFolder,
  runDifferential,
  sodiumHeaders,
} from '../../../tools/curve25519/differential.js';
import { compareFields, compareWhole } from '../../../tools/curve25519/on-chip.js';
import {
  BASE,
  type Comb,
  combTable,
  files,
  ORDER,
  PRIME,
  SIGNING,
  VERIFYING,
} from '../../../tools/curve25519/tables.js';
import { compareNoble } from '../../../tools/curve25519/third-voice.js';
import { traceSecrets } from '../../../tools/curve25519/trace.js';
import { buildChipWith, buildEngine } from '../../../tools/xs/build.js';
import { isInstalled } from '../../../tools/xs/process.js';
import { whyNotOn } from '../../../tools/xs/run.js';
import { skipWithout } from '../../support/external.js';

const source = (name: string): string => readFileSync(join(curveFolder, name), 'utf8');

/** The words of a constant of C, the lowest first. */
function wordsOf(file: string, name: string): bigint {
  const body = new RegExp(`${name}[^=]*= \\{([^;]*)\\};`).exec(source(file))?.[1] ?? '';
  const words = [...body.matchAll(/0x[0-9a-f]+/g)].map(([word]) => BigInt(word));
  return words.reduceRight((all, word) => (all << 32n) | word, 0n);
}

describe('the constants of the chip’s Ed25519', () => {
  test('are what their script makes', () => {
    for (const [name, text] of Object.entries(files())) expect(source(name) === text, name).toBe(true);
  });

  test.each<[string, Comb]>([
    ['signing', SIGNING],
    ['verifying', VERIFYING],
  ])('are multiples of the base point as noble has them: %s', (_, comb) => {
    const { Point } = ed25519;
    expect({ ...Point.BASE.toAffine() }).toEqual(BASE);
    const { teeth, spacing } = comb;
    combTable(comb).forEach((entries, block) => {
      for (const entry of [0, 1, Math.floor(entries.length / 2) + 1, entries.length - 1]) {
        let multiple = 0n;
        for (let tooth = 0; tooth < teeth; tooth++) {
          const isPlus = tooth === teeth - 1 || (entry >> tooth) & 1;
          multiple += (isPlus ? 1n : -1n) << BigInt((block * teeth + tooth) * spacing);
        }
        const point = Point.BASE.multiply(((multiple % ORDER) + ORDER) % ORDER);
        expect({ ...point.toAffine() }).toEqual(entries[entry]);
      }
    });
  });

  test('of reductions are right', () => {
    expect(wordsOf('scalar25519.c', 'order')).toBe(ORDER);
    expect(wordsOf('scalar25519.c', 'reciprocal')).toBe(2n ** 512n / ORDER);
    const inverse = BigInt(/PRIME_INVERSE (\d+)u/.exec(source('invert25519.c'))?.[1] ?? 0);
    expect((inverse * PRIME) % 2n ** 30n).toBe(1n);
  });
});

const whyNotHost = await whyNotOn('host');

describe.skipIf(skipWithout(whyNotHost === undefined, `the sources of libsodium (${whyNotHost})`))(
  'the C of the chip’s Ed25519 and X25519, on this machine',
  () => {
    let folder = '';
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'tapnote-curve-'));
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    test('gives libsodium’s answers, and does nothing that C leaves undefined', async () => {
      const seed = 20_000 + (Date.now() % 10_000);
      const sanitizer = ['-fsanitize=undefined', '-fno-sanitize-recover'];
      const program = await buildDifferential('checked', sanitizer);
      const { stdout, stderr, exitCode } = await runDifferential(program, 400, seed);
      expect(exitCode, `${stdout}${stderr}npm run check:curve25519 -- --seed ${seed} --cases 400`).toBe(0);
      expect(stdout).toContain('400 cases');
    });

    test('gives noble’s answers', async () => {
      const seed = 20_000 + (Date.now() % 10_000);
      const { line, isSame } = await compareNoble(100, seed);
      expect(isSame, `${line} (seed ${seed})`).toBe(true);
      expect(line).toMatch(/^noble: 100 cases, [1-9]\d of the signatures valid/);
    });

    test.skipIf(skipWithout(isInstalled('g++'), 'g++'))(
      'keeps every limb, column and carry within its bits, on intervals',
      async () => {
        const program = join(folder, 'bounds');
        const compiled = spawnSync('g++', [
          ...['-std=gnu++20', '-Wall', '-Wextra', '-Werror', '-Wno-missing-field-initializers'],
          ...['-I', curveFolder, '-isystem', await sodiumHeaders()],
          join(import.meta.dirname, 'bounds.cpp'),
          ...['-o', program],
        ]);
        expect(`${compiled.stderr}`).toBe('');
        const proof = spawnSync(program);
        expect([`${proof.stdout}`, proof.status]).toEqual(['columns below 2^58.97, limits kept\n', 0]);
        const refuted = spawnSync(program, ['too much']);
        expect([`${refuted.stdout}`, refuted.status]).toEqual(['out of bounds: a word\n', 1]);
      },
    );
  },
);

const whyNotChip = await whyNotOn('chip');

describe.skipIf(skipWithout(whyNotChip === undefined, `the emulated chip (${whyNotChip})`))(
  'on the chip',
  () => {
    test('the same is computed for each of 100 secrets, to the instruction', async () => {
      const counts = await countSecrets({ secrets: 100, seed: 1 });
      expect(Object.keys(counts)).toEqual(['Ed25519 key', 'Ed25519 sign', 'X25519 key', 'X25519']);
      for (const [name, { secrets, instructions }] of Object.entries(counts))
        expect([secrets, instructions.length], name).toEqual([100, 1]);
    });

    test('no address depends on a secret, and the answers are noble’s', async () => {
      const { lines, isSame } = await traceSecrets(await buildEngine('chip'), { secrets: 8, seed: 1 });
      expect(isSame, lines.join('\n')).toBe(true);
      expect(
        lines.map((line) => /^(.*): the same \d{6,} addresses .* each of 8 secrets$/.exec(line)?.[1]),
      ).toEqual(['Ed25519 key', 'Ed25519 sign', 'X25519 key', 'X25519']);
    });

    test('libsodium’s answers come, of the field and as a whole', async () => {
      const seed = 20_000 + (Date.now() % 10_000);
      const all = [await compareFields(20_000, seed), await compareWhole(50, seed)];
      for (const { line, isSame } of all) expect(isSame, `${line} (seed ${seed})`).toBe(true);
      expect(all.map(({ line }) => /^on the chip: (\d+) operations/.exec(line)?.[1])).toEqual([
        '20000',
        '300',
      ]);
    });

    test.each([
      {
        leak: 'a table is read at a secret index',
        file: 'comb25519.c',
        from: 'to->sum.limb[i] |= entries[each].sum.limb[i] & mask;',
        to: 'to->sum.limb[i] = entries[entry].sum.limb[i];',
        found:
          /^Ed25519 key: secret 1 differs .* at combBase\+\S+ .* takes baseForSigning\+\S+, the first took base/,
      },
      {
        leak: 'a branch is taken on a secret bit',
        file: 'field25519.c',
        from: 'void fieldSwap(Field *a, Field *b, uint32_t yes) {',
        to: 'void fieldSwap(Field *a, Field *b, uint32_t yes) {\n\tif (!*(volatile uint32_t *)&yes) return;',
        found: /^Ed25519 key: secret 1 differs from the first at fieldSwap\+/,
      },
      {
        leak: 'a number is divided',
        file: 'scalar25519.c',
        from: 'void scalarFromBytes(Scalar *to, const uint8_t *bytes) {',
        to: 'void scalarFromBytes(Scalar *to, const uint8_t *bytes) {\n\t*(volatile uint32_t *)to = bytes[0] % (bytes[1] | 1u);',
        found: /^Ed25519 key: scalarFromBytes\+\S+ divides/,
      },
    ])('it is found out when $leak', async ({ file, from, to, found }) => {
      const original = source(file);
      expect(original.split(from).length).toBe(2);
      const mutant = await buildChipWith('leaky.elf', join(curveFolder, file), original.replace(from, to));
      const { lines, isSame } = await traceSecrets(mutant, { secrets: 8, seed: 1 });
      expect(isSame).toBe(false);
      expect(lines.join('\n')).toMatch(found);
    });
  },
);
