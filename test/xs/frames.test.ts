import { testEverywhere } from './everywhere.js';
import { suite } from './suites/frames.js';

testEverywhere({ module: './test/xs/suites/frames.js', suite, input: { seed: 532, streams: 400 } });
