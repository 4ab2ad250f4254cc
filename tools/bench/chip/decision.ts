/** What a terminal's decision about the code of an account takes. */
import { hex } from '../../../sim/bank/bytes.js';
import { ORDINARY } from '../../../sim/world/ordinary.js';
import { codeOf, keyOf, NOW_S } from '../../codes/decision-cost.js';
import { onChip } from './count.js';
import type { DecisionInput, DecisionOutput } from './engine/decision.js';

/** Certificates that the terminal's list denies. */
const DENIED = 500;

export function decision(): Promise<DecisionOutput> {
  const platform = keyOf(0);
  const input: DecisionInput = {
    platform: hex(platform.subarray(32)),
    texts: [codeOf(platform, 0), codeOf(platform, 1)],
    denied: Array.from({ length: DENIED }, (_, i) => 2 * i),
    limits: ORDINARY,
    now_s: NOW_S,
  };
  return onChip<DecisionOutput>('decision.ts', input);
}
