import { expect, test } from 'vitest';
import { format, openStore } from '../../../firmware/store/open.js';
import { Driver } from '../../../sim/store/driver.js';
import { FAULT_NAMES, playFault } from '../../../sim/store/faults.js';

const code = { format, openStore };

test.each(FAULT_NAMES)('nothing that was acknowledged is lost when %s …', (name) => {
  expect(() => playFault(code, name)).not.toThrow();
});

test('a format over an older store that is cut in its newest sector leaves nothing that a boot writes to', () => {
  // The first life that was found to do so: its newest sector held the root, and half of it was erased.
  expect(() => new Driver(code, { seed: 12_621, unit: 16 }).live(5)).not.toThrow();
});
