import { describe, it } from 'vitest';
import { TEARS, tearEveryByte, tearEveryProgram } from '../support/torn.js';

describe('a PULL torn at every byte on the air', () => {
  it.each(TEARS)('loses nothing and doubles nothing: %s', (what) => tearEveryByte('pull', what));
});

describe('a PULL torn in every flash operation', () => {
  it('loses nothing and doubles nothing on the terminal', () => tearEveryProgram('pull', 'stall', 6));
  it('loses nothing and doubles nothing on the card', () => tearEveryProgram('pull', 'watch', 6));
});
