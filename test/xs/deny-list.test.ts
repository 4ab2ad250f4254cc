import { reference, testEverywhere } from './everywhere.js';
import { recordParts, suite } from './suites/deny-list.js';

const parts = recordParts(reference.crypto);

testEverywhere({ module: './test/xs/suites/deny-list.js', suite, input: { parts } });
