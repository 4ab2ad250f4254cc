import { expect, it } from 'vitest';
import { Lives } from '../../sim/fuzz/lives.js';

it.each([1, 2])('keeps every invariant in a country of honest and hostile devices: seed %i', async (seed) => {
  const lives = await Lives.open(seed);
  for (let i = 0; i < 250; i++) await lives.step();
  await lives.end();
  await lives.close();
  expect([...lives.counts.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(250);
});
