import { describe } from 'vitest';
import { skipWithout } from '../support/external.js';
import { readVectors, vectorsPresent } from '../support/vectors.js';
import { testEverywhere } from './everywhere.js';
import { type NoiseVector, suite } from './suites/noise.js';

describe.skipIf(skipWithout(vectorsPresent, 'the vectors'))('Noise NK1 of cacophony', () => {
  const { vectors } = vectorsPresent ? readVectors('noise/cacophony-nk.json') : { vectors: [] };
  const input = vectors.find(({ protocol_name: name }: { protocol_name: string }) =>
    name.startsWith('Noise_NK1_'),
  ) as NoiseVector;
  testEverywhere({ module: './test/xs/suites/noise.js', suite, input });
});
