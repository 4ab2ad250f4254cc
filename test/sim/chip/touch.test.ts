import { describe, expect, test } from 'vitest';
import { NFC_APDU_BYTES_MAX } from '../../../hal/nfc.js';
import { Bench, pattern } from './bench.js';

describe('two drivers on two simulated chips', () => {
  test.each([1, 2, 61, 62, 122, 244, 245, 261, 262, 263, 305, 306, 524, 525, 1000, NFC_APDU_BYTES_MAX])(
    'a command and a response of %i bytes arrive whole',
    (length) => {
      const bench = new Bench();
      const terminal = bench.board('terminal');
      const card = bench.board('card');
      const log = bench.listen(card, () => pattern(length, 2));
      expect(bench.connect(terminal)).toBeUndefined();
      expect(bench.transceive(terminal, pattern(length))).toEqual(pattern(length, 2));
      expect(log.commands).toEqual([pattern(length)]);
      expect(bench.release(terminal)).toBeUndefined();
      bench.until(() => log.deactivations.length === 1);
      expect(log.deactivations).toEqual(['removed']);
      expect([...terminal.module.chip.warnings, ...card.module.chip.warnings]).toEqual([]);
    },
  );
});
