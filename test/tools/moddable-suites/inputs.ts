/**
 * `tsx inputs.ts FOLDER`: writes what each suite is given there, NAME.json, and prints how many cases each
 * has, as JSON.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from '../../../hal/crc32.js';
import { nobleCrypto } from '../../../hal/crypto/noble.js';
import { plainFrames } from '../../../hal/pn532/frame.js';
import { plainQr } from '../../../sim/account/qr.js';
import { randomCodes } from '../../../tools/codes/round-trip.js';
import { readVectors, vectorsPresent } from '../../support/vectors.js';
import { cryptoInput } from '../../xs/crypto-input.js';
import type { Hardware, Suite } from '../../xs/suite.js';
import { suite as channel, talk } from '../../xs/suites/channel.js';
import { suite as codec, recordObjects } from '../../xs/suites/codec.js';
import { suite as crypto } from '../../xs/suites/crypto.js';
import { suite as frames } from '../../xs/suites/frames.js';
import { type NoiseVector, suite as noise } from '../../xs/suites/noise.js';
import { suite as payments, recordTranscripts } from '../../xs/suites/payments.js';
import { suite as policy, verdicts } from '../../xs/suites/policy.js';
import { suite as qr, recordDrawn } from '../../xs/suites/qr.js';
import { suite as store } from '../../xs/suites/store.js';
import { suite as wallet } from '../../xs/suites/wallet.js';
import type { SuiteInput, SuiteName } from './main.js';

const SEED = 2026;
const [, , folder] = process.argv;
const reference: Hardware = { crypto: nobleCrypto, crc32, frames: plainFrames, qr: plainQr };
const counts: Partial<Record<SuiteName, number>> = {};

function add<Input>(name: SuiteName, suite: Suite<Input>, input: Input): void {
  writeFileSync(join(folder, `${name}.json`), JSON.stringify({ name, input } satisfies SuiteInput));
  counts[name] = suite(reference, input).length;
}

function noiseVector(): NoiseVector {
  const { vectors } = readVectors('noise/cacophony-nk.json');
  return vectors.find(({ protocol_name: name }: { protocol_name: string }) => name.startsWith('Noise_NK1_'));
}

add('channel', channel, { seed: SEED, talk: talk(nobleCrypto, SEED) });
add('codec', codec, { seed: SEED, objects: recordObjects(nobleCrypto, SEED) });
add('crypto', crypto, cryptoInput());
add('frames', frames, { seed: SEED, streams: 100 });
if (vectorsPresent) add('noise', noise, noiseVector());
add('payments', payments, { seed: SEED, transcripts: recordTranscripts(reference, SEED) });
add('policy', policy, { seed: SEED, verdicts: verdicts(SEED) });
const texts = randomCodes(SEED, 50);
add('qr', qr, { texts, drawn: recordDrawn(plainQr, texts) });
add('store', store, { seed: SEED, cuts: 50 });
add('wallet', wallet, { seed: SEED });
console.log(JSON.stringify(counts));
