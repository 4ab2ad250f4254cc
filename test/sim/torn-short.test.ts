import { describe, expect, it } from 'vitest';
import { measure, TEARS, tearEveryByte } from '../support/torn.js';

/** A reader that carries short APDUs only. */
const SHORT = { apduBytesMax: 261 };
/** A prime: over all tears and kinds it comes to places of every sort. */
const STEP = 11;

describe('a payment over a reader for 261 bytes', () => {
  it('passes both ways, by command chaining and GET RESPONSE', async () => {
    for (const kind of ['pull', 'push'] as const) {
      const [long, short] = [await measure(kind), await measure(kind, SHORT)];
      // One GET RESPONSE (5) and one status word more, or a head for the second half of a command; Lc and Le
      // of one byte.
      expect(Math.abs(short.apduBytes - long.apduBytes), kind).toBeLessThan(16);
    }
  });
});

describe.each(['pull', 'push'] as const)('a %s over a reader for 261 bytes, torn on the air', (kind) => {
  it.each(TEARS)('in the middle of a chain or elsewhere loses nothing and doubles nothing: %s', (what) =>
    tearEveryByte(kind, what, { ...SHORT, step: STEP }),
  );
});
