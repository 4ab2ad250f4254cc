import { reference, testEverywhere } from './everywhere.js';
import { recordTranscripts, suite } from './suites/payments.js';

const seed = 2026;
const transcripts = recordTranscripts(reference, seed);

testEverywhere({
  module: './test/xs/suites/payments.js',
  suite,
  input: { seed, transcripts },
  // Of the chunks, 192 KB are three flashes in RAM; the slots and the stack hold two wallets, their bank and
  // all scenes, and the stack the variables of every module, which a board has in its program.
  memory: { chunkBytes: 530_000, slots: 30_000, stackSlots: 1_800 },
});
