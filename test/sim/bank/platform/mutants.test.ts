import { expect, it } from 'vitest';
import { changed } from '../../../../tools/fuzz/mutant.js';
import { PLATFORM_MUTANTS } from './mutants.js';

it('mutants of the platform are each another line of the code as it is now', () => {
  expect(new Set(PLATFORM_MUTANTS.map(changed)).size).toBe(PLATFORM_MUTANTS.length);
});
