import { describe, it } from 'vitest';
import { TEARS, tearEveryByte, tearEveryProgram } from '../support/torn.js';

describe('a PUSH torn at every byte on the air', () => {
  it.each(TEARS)('loses nothing and doubles nothing: %s', (what) => tearEveryByte('push', what));
});

describe('a PUSH torn in every flash operation', () => {
  it('loses nothing and doubles nothing on the terminal', () => tearEveryProgram('push', 'stall', 6));
  it('loses nothing and doubles nothing on the card', () => tearEveryProgram('push', 'watch', 6));
});
