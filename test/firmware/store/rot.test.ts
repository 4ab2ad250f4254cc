import { describe, expect, test } from 'vitest';
import { format, openStore } from '../../../firmware/store/open.js';
import { specimens, turnBits, turnKeys } from '../../../sim/store/rot.js';

for (const unit of [4, 16]) {
  describe(`a store over units of ${unit} bytes`, () => {
    const code = { format, openStore };
    for (const specimen of specimens(code, unit)) {
      test(`of ${specimen.name}: no bit that turns changes what is read and nobody says so`, () => {
        const verdicts = new Map<string, number>();
        turnBits(code, specimen, 3, verdicts);
        turnKeys(code, specimen, verdicts);
        expect([...verdicts.keys()].sort()).toEqual(['corrupt', 'damaged', 'ok']);
      });
    }
  });
}
