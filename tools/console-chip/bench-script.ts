/** Runs in XS on the chip: the measurements of the console, in instructions. Prints one line of JSON. */
import { bench } from '../../firmware/console/bench.js';
import { BenchUnit } from '../../firmware/console/codes.js';
import { crc32 } from '../../hal/crc32-native.js';
import { sodiumCrypto as crypto } from '../../hal/crypto/sodium.js';
import { SimEntropy } from '../../sim/chip/entropy.js';
import { instructions, print } from '../xs/engine.js';

const turns: (() => void)[] = [];
const clock = {
  ticks_ms: () => 0,
  uptime_s: () => 0,
  schedule: (_: number, callback: () => void) => {
    turns.push(callback);
    return { cancel() {} };
  },
};
const parts = {
  crypto,
  crc32,
  entropy: new SimEntropy(1, 'bench'),
  clock,
  meter: { unit: BenchUnit.instructions, now: instructions },
};

const results: { name: string; value: number }[] = [];
for (let index = 0; ; index++) {
  const exists = bench(parts, index, (name, value) => {
    if (value !== undefined) results.push({ name, value });
  });
  for (let turn = turns.shift(); turn; turn = turns.shift()) turn();
  if (!exists) break;
}
print(JSON.stringify(results));
