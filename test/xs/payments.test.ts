import { reference, testEverywhere } from './everywhere.js';
import { recordTranscripts, suite } from './suites/payments.js';

const seed = 2026;
const transcripts = recordTranscripts(reference, seed);

testEverywhere({ module: './test/xs/suites/payments.js', suite, input: { seed, transcripts } });
