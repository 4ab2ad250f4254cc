import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const ROOT = new URL('../..', import.meta.url).pathname;

/** What stands between the two marks of that name in a document. */
function marked(document: string, name: string): string {
  const text = readFileSync(`${ROOT}/${document}`, 'utf8');
  const [, found] = new RegExp(`<!-- ${name}:begin -->\\n([\\s\\S]*?)<!-- ${name}:end -->`).exec(text) ?? [];
  expect(found, `${document} has the marks of ${name}`).toBeDefined();
  return found;
}

describe('the README', () => {
  it('says of a payment what docs/benchmarks.md says', () => {
    const figures = marked('README.md', 'how-fast').match(/\d+ ms/g) ?? [];
    const [purchase] = marked('docs/benchmarks.md', 'how-fast').match(/^\| a purchase .*$/m) ?? [];
    const [, hsu] = (purchase ?? '').split('|').slice(2);
    const [withDriver] =
      marked('docs/benchmarks.md', 'how-fast')
        .match(/takes (\d+ ms)\.$/m)
        ?.slice(1) ?? [];
    expect(figures).toEqual([`${hsu.trim()} ms`, withDriver]);
  });
});
