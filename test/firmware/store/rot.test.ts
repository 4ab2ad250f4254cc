import { describe, expect, test } from 'vitest';
import { format, openStore } from '../../../firmware/store/open.js';
import { specimens, turnBits, turnHeaders, turnKeys, turnPairs } from '../../../sim/store/rot.js';

for (const unit of [4, 16]) {
  describe(`a store over units of ${unit} bytes`, () => {
    const code = { format, openStore };
    for (const specimen of specimens(code, unit)) {
      test(`of ${specimen.name}: no bit that turns changes what is read and nobody says so`, () => {
        const verdicts = new Map<string, number>();
        turnBits(code, specimen, 3, verdicts);
        turnKeys(code, specimen, verdicts);
        turnPairs(code, specimen, verdicts);
        expect([...verdicts.keys()].sort()).toEqual(['corrupt', 'damaged', 'ok']);
      });

      test(`of ${specimen.name}: a bit that turns in the header of a record is put right`, () => {
        const verdicts = new Map<string, number>();
        turnHeaders(code, specimen, verdicts);
        expect([...verdicts.keys()]).toEqual(['ok']);
        expect(verdicts.get('ok')).toBeGreaterThan(500);
      });
    }
  });
}
