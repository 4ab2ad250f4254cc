import { reference, testEverywhere } from './everywhere.js';
import { recordCodes, suite } from './suites/account.js';

const texts = recordCodes(reference.crypto);

testEverywhere({ module: './test/xs/suites/account.js', suite, input: { texts } });
