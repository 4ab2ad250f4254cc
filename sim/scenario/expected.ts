import type { Play } from './play.js';

/** What a step says is to come of it: an outcome, or a refusal by its name. */
type Expected = string | number | { readonly refused: string } | undefined;

/** Compares what has come of a step of `who` with what it expects, where it expects anything. */
export function checkExpected(
  play: Pick<Play, 'unmet'>,
  expected: Expected,
  {
    refused,
    outcome,
    who,
  }: { refused?: string | undefined; outcome?: string | number | undefined; who?: string },
): void {
  if (expected === undefined) return;
  const wanted = typeof expected === 'object' ? `refused: ${expected.refused}` : expected;
  const got = refused === undefined ? outcome : `refused: ${refused}`;
  if (wanted === got) return;
  play.unmet(`expected ${wanted}${who === undefined ? '' : ` for ${who}`}, got ${got ?? 'nothing'}`);
}
