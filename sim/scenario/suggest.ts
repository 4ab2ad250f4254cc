/** Edits that turn one word into another: insert, delete, replace, swap neighbours. */
function distance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = rows[i - 1][j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, rows[i - 1][j] + 1, row[j - 1] + 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        row[j] = Math.min(row[j], rows[i - 2][j - 2] + 1);
      }
    }
    rows.push(row);
  }
  return rows[a.length][b.length];
}

/** The word that was probably meant, or undefined when none is near. */
export function nearest(word: string, words: Iterable<string>): string | undefined {
  let best: string | undefined;
  let fewest = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of words) {
    // Each letter more or less is an edit: so the work stays small however long the word is.
    if (Math.abs(word.length - candidate.length) >= fewest) continue;
    const edits = distance(word.toLowerCase(), candidate.toLowerCase());
    if (edits >= fewest) continue;
    fewest = edits;
    best = candidate;
  }
  return best;
}

const SHOWN_MAX = 12;

/** ` (did you mean "Mei"?)`, or the words that there are. */
export function hint(word: string, words: Iterable<string>): string {
  const all = [...words];
  const meant = nearest(word, all);
  if (meant !== undefined) return ` (did you mean ${JSON.stringify(meant)}?)`;
  if (all.length === 0) return ' (there is none)';
  const shown = all.slice(0, SHOWN_MAX).map((each) => JSON.stringify(each));
  return ` (there is ${shown.join(', ')}${all.length > SHOWN_MAX ? ', …' : ''})`;
}
