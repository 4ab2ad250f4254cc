import { reference, testEverywhere } from './everywhere.js';
import { suite, talk } from './suites/channel.js';

const seed = 2026;

testEverywhere({
  module: './test/xs/suites/channel.js',
  suite,
  input: { seed, talk: talk(reference.crypto, seed) },
});
