import { randomFillSync } from 'node:crypto';
import type { Entropy } from '../../hal/entropy.js';

/** Of this machine. */
export const nodeEntropy: Entropy = { fill: (target) => void randomFillSync(target) };
