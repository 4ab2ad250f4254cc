import { testEverywhere } from './everywhere.js';
import { suite } from './suites/wallet.js';

testEverywhere({ module: './test/xs/suites/wallet.js', suite, input: { seed: 2026 } });
