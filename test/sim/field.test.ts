import { describe, expect, it } from 'vitest';
import { opensslCrypto } from '../../hal/crypto/openssl.js';
import { FieldDriver } from '../../sim/field/driver.js';

const TOUCHES = 40;

/** `npm run fuzz:field` goes on from here. */
describe('payments among noise and strangers', () => {
  it.each([1, 2, 3, 4, 5])(
    'never hang or lie, keep all value, and are well again after it: seed %i',
    (seed) => {
      const lines: string[] = [];
      const driver = new FieldDriver({ crypto: opensslCrypto, seed, trace: (line) => lines.push(line) });
      driver.live(TOUCHES);
      expect(driver.touches).toBeGreaterThanOrEqual(TOUCHES);
      // The noise does something, and so do the strangers.
      expect(lines.filter((line) => line.includes('torn')).length).toBeGreaterThan(0);
      expect(
        lines.filter(
          (line) => line.includes('paid; beside it: tag') || line.includes('paid; beside it: card'),
        ).length,
      ).toBeGreaterThan(0);
    },
  );

  it('are the same again with the same seed', () => {
    const life = (): string[] => {
      const lines: string[] = [];
      new FieldDriver({ crypto: opensslCrypto, seed: 7, trace: (line) => lines.push(line) }).live(15);
      return lines;
    };
    expect(life()).toEqual(life());
  });
});
