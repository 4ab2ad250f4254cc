/** Runs in XS on the chip: the measurements of the console, in instructions. Prints one line of JSON. */

import { BenchUnit } from '../../firmware/console/codes.js';
import { bench, MEASUREMENTS } from '../../firmware/selftest/bench.js';
import { crc32 } from '../../hal/crc32-native.js';
import { curve25519Crypto as crypto } from '../../hal/crypto/curve25519.js';
import { SimEntropy } from '../../sim/chip/entropy.js';
import { instructions, print } from '../xs/engine.js';
import { EventQueue } from '../xs/event-queue.js';

const queue = new EventQueue();
const parts = {
  crypto,
  crc32,
  entropy: new SimEntropy(1, 'bench'),
  clock: queue.clock,
  meter: { unit: BenchUnit.instructions, now: instructions },
};

const results: { name: string; value: number }[] = [];
for (let index = 0; index < MEASUREMENTS; index++) {
  bench(parts, index, (name, value) => {
    if (value !== undefined) results.push({ name, value });
  });
  queue.run();
}
print(JSON.stringify(results));
