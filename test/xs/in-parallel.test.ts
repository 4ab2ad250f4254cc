import { expect, it } from 'vitest';
import { inParallel } from '../../tools/xs/in-parallel.js';

it('works on so many items side by side, and gives results in the order of the items', async () => {
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const all = inParallel([3, 1, 2, 4], 2, async (item) => {
    begun.push(item);
    await new Promise<void>((end) => ends.push(end));
    return item * 10;
  });
  expect(begun).toEqual([3, 1]);
  for (const begunThen of [
    [3, 1, 2],
    [3, 1, 2, 4],
    [3, 1, 2, 4],
    [3, 1, 2, 4],
  ]) {
    ends.pop()?.();
    await new Promise(setImmediate);
    expect(begun).toEqual(begunThen);
  }
  expect(await all).toEqual([30, 10, 20, 40]);
});

it('rejects when the work on an item does', async () => {
  const failing = inParallel([1, 2], 1, async (item) => {
    if (item === 2) throw new Error('two');
  });
  await expect(failing).rejects.toThrow('two');
});
