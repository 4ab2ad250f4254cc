import { expect, test } from 'vitest';
import { SimEntropy } from '../../../sim/chip/entropy.js';

function take(entropy: SimEntropy, length: number): Uint8Array {
  const target = new Uint8Array(length);
  entropy.fill(target);
  return target;
}

test('the same seed and name give the same bytes, another seed or name gives others', () => {
  const bytes = take(new SimEntropy(1, 'card'), 64);
  expect(take(new SimEntropy(1, 'card'), 64)).toEqual(bytes);
  for (const other of [new SimEntropy(2, 'card'), new SimEntropy(1, 'carc'), new SimEntropy(1)]) {
    expect(take(other, 64)).not.toEqual(bytes);
  }
});

test('a stream goes on, and its bytes spread', () => {
  const entropy = new SimEntropy(0);
  expect(take(entropy, 32)).not.toEqual(take(entropy, 32));
  const counts = new Uint32Array(256);
  for (const byte of take(entropy, 65_536)) counts[byte]++;
  // 256 expected of each; six standard deviations.
  expect(Math.min(...counts)).toBeGreaterThan(160);
  expect(Math.max(...counts)).toBeLessThan(352);
});

test('neighbouring seeds give streams that have nothing in common', () => {
  const first = new Set<number>();
  for (let seed = 0; seed < 10_000; seed++) first.add(new SimEntropy(seed).uint32());
  expect(first.size).toBeGreaterThan(9_980);
});
