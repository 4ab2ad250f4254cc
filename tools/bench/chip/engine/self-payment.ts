/**
 * Runs in XS on the chip: what the payment of the device's own bench takes, beside the wallet that is open
 * meanwhile. Prints JSON.
 */

import { BenchUnit } from '../../../../firmware/console/codes.js';
import { payOurselves } from '../../../../firmware/selftest/bench-payment.js';
import { crc32 } from '../../../../hal/crc32-native.js';
import { curve25519Crypto as crypto } from '../../../../hal/crypto/curve25519.js';
import { SimEntropy } from '../../../../sim/chip/entropy.js';
import { collectGarbage, instructions, print } from '../../../xs/engine.js';
import { EventQueue } from '../../../xs/event-queue.js';
import { Scale, used } from './scale.js';

const queue = new EventQueue();
const meter = { unit: BenchUnit.instructions, now: instructions };
const parts = { crypto, crc32, entropy: new SimEntropy(1, 'bench'), clock: queue.clock, meter };

collectGarbage();
const scale = new Scale(used());
let isPaid = false;
scale.weigh(() =>
  payOurselves(parts, (paid) => {
    isPaid = paid !== undefined;
  }),
);
queue.run((turn) => scale.weigh(turn));
print(JSON.stringify(isPaid ? scale.most : undefined));
