/**
 * The constants of the chip's Ed25519 (`hal/crypto/curve25519/`), worked out from RFC 8032 with nothing but
 * whole numbers: as text of C, for `write-tables.ts` and for the test that holds the committed files to it.
 */

/** RFC 8032, section 5.1. */
export const PRIME = 2n ** 255n - 19n;
export const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

const mod = (a: bigint): bigint => ((a % PRIME) + PRIME) % PRIME;

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let bits = exponent, square = mod(base); bits > 0n; bits >>= 1n, square = mod(square * square))
    if (bits & 1n) result = mod(result * square);
  return result;
}

const invert = (a: bigint): bigint => power(a, PRIME - 2n);

const D = mod(-121665n * invert(121666n));
const ROOT_OF_MINUS_ONE = power(2n, (PRIME - 1n) / 4n);

export interface Affine {
  readonly x: bigint;
  readonly y: bigint;
}

/** The x that is even, of the point with y = 4 / 5. */
export const BASE: Affine = (() => {
  const y = mod(4n * invert(5n));
  const square = mod((y * y - 1n) * invert(D * y * y + 1n));
  const root = power(square, (PRIME + 3n) / 8n);
  const x = mod(root * root) === square ? root : mod(root * ROOT_OF_MINUS_ONE);
  return { x: x & 1n ? PRIME - x : x, y };
})();

function add(a: Affine, b: Affine): Affine {
  const product = D * mod(a.x * b.x) * mod(a.y * b.y);
  return {
    x: mod((a.x * b.y + a.y * b.x) * invert(1n + product)),
    y: mod((a.y * b.y + a.x * b.x) * invert(1n - product)),
  };
}

const negative = ({ x, y }: Affine): Affine => ({ x: mod(-x), y });

/**
 * A comb reads a number of 256 bits in `blocks` of `teeth` bits that lie `spacing` apart: tooth t of block b
 * at step s is bit (b * teeth + t) * spacing + s. Each bit stands for plus or minus one.
 */
export interface Comb {
  readonly blocks: number;
  readonly teeth: number;
  readonly spacing: number;
}

/** Few entries for the signer, who has to look at all of them; many for the verifier. */
export const SIGNING: Comb = { blocks: 8, teeth: 4, spacing: 8 };
export const VERIFYING: Comb = { blocks: 2, teeth: 8, spacing: 16 };

/**
 * The entries of each block: its highest tooth, and plus or minus each of the others, plus where the bit of
 * the entry's number is set.
 */
export function combTable(comb: Comb, base: Affine = BASE): Affine[][] {
  const { blocks, teeth, spacing } = comb;
  const table: Affine[][] = [];
  let power = base;
  for (let block = 0; block < blocks; block++) {
    const prongs: Affine[] = [];
    for (let tooth = 0; tooth < teeth; tooth++) {
      prongs.push(power);
      for (let i = 0; i < spacing; i++) power = add(power, power);
    }
    const highest = prongs.pop() as Affine;
    table.push(
      Array.from({ length: 2 ** prongs.length }, (_, entry) =>
        prongs.reduce((sum, prong, bit) => add(sum, (entry >> bit) & 1 ? prong : negative(prong)), highest),
      ),
    );
  }
  return table;
}

/** Ten limbs of 26 and 25 bits by turns. */
function limbs(value: bigint): string {
  const parts: bigint[] = [];
  let rest = mod(value);
  for (let i = 0; i < 10; i++) {
    const width = i % 2 === 0 ? 26n : 25n;
    parts.push(rest & ((1n << width) - 1n));
    rest >>= width;
  }
  return `{ { ${parts.join(',')} } }`;
}

const HALF = (PRIME + 1n) / 2n;

function entryText({ x, y }: Affine): string {
  const fields = [(y + x) * HALF, (y - x) * HALF, D * x * y];
  return `\t\t{ ${fields.map(limbs).join(',\n\t\t  ')} },`;
}

const MADE = '/* Made by tools/curve25519/write-tables.ts, which says how; not to be changed by hand. */';

function tableText(name: string, comb: Comb): string {
  const { blocks, teeth } = comb;
  const bodies = combTable(comb).map((entries) => ['\t{', ...entries.map(entryText), '\t},'].join('\n'));
  return [`const BaseAddend ${name}[${blocks}][${2 ** (teeth - 1)}] = {`, ...bodies, '};'].join('\n');
}

/** The files of C by their names. */
export function files(): Record<string, string> {
  const constant = (name: string, value: bigint) => `static const Field ${name} =\n\t${limbs(value)};`;
  return {
    'constants25519.h': [
      MADE,
      constant('curveD', D),
      constant('curve2D', 2n * D),
      constant('rootOfMinusOne', ROOT_OF_MINUS_ONE),
      '',
    ].join('\n'),
    'base25519.c': [
      MADE,
      '#include "comb25519.h"',
      '',
      tableText('baseForSigning', SIGNING),
      '',
      tableText('baseForVerifying', VERIFYING),
      '',
    ].join('\n'),
  };
}
