import { testEverywhere } from './everywhere.js';
import { suite } from './suites/store.js';

testEverywhere({ module: './test/xs/suites/store.js', suite, input: { seed: 2026, cuts: 50 } });
