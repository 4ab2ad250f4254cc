import { expect, it } from 'vitest';
import { Lives } from './lives.js';

const STEPS = Number(process.env.TAPNOTE_STEPS ?? 120);
const SEEDS = process.env.TAPNOTE_SEED === undefined ? [1, 2, 3] : [Number(process.env.TAPNOTE_SEED)];

it.each(SEEDS)('every fen of bills is somewhere and somebody’s, whatever comes: seed %i', async (seed) => {
  const lives = await Lives.open(seed);
  for (let step = 0; step < STEPS; step++)
    await lives.step().catch((error: Error) => {
      throw new Error(`seed ${seed}, step ${step}: ${error.message}`, { cause: error });
    });
  expect(lives.counts.get('upload')).toBeGreaterThan(0);
});
