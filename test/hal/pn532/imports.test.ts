import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const FOLDER = new URL('../../../hal/pn532/', import.meta.url);

/** What each file of the driver imports from the others, types too. */
function imports(): Map<string, string[]> {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.ts'));
  return new Map(
    files.map((name) => {
      const text = readFileSync(new URL(name, FOLDER), 'utf8');
      return [name, [...text.matchAll(/from '\.\/([^']+)\.js'/g)].map(([, other]) => `${other}.ts`)];
    }),
  );
}

test('the driver’s files import each other in one direction only', () => {
  const graph = imports();
  expect(graph.size).toBeGreaterThan(10);
  // Takes away what imports nothing that is left, again and again: a circle stays.
  for (let before = -1; before !== graph.size; ) {
    before = graph.size;
    for (const [name, others] of [...graph]) {
      if (others.every((other) => !graph.has(other))) graph.delete(name);
    }
  }
  expect([...graph.keys()]).toEqual([]);
});
