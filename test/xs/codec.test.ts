import { reference, testEverywhere } from './everywhere.js';
import { recordObjects, suite } from './suites/codec.js';

const seed = 2026;
const objects = recordObjects(reference.crypto, seed);

testEverywhere({ module: './test/xs/suites/codec.js', suite, input: { seed, objects } });
