import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = new URL('../..', import.meta.url).pathname;
const COLUMNS_MAX = 110;
/** A tab is as wide as the formatter makes it. */
const TAB = '  ';

function tracked(...patterns: string[]): string[] {
  const options = ['ls-files', '-co', '--exclude-standard', ...patterns];
  const listed = execFileSync('git', options, { cwd: ROOT, encoding: 'utf8' });
  return listed.split('\n').filter((file) => file !== '' && existsSync(join(ROOT, file)));
}

/** Lines beyond the limit for which `counts` holds, as FILE:LINE. */
function wide(files: readonly string[], counts: (line: string, file: string) => boolean): string[] {
  return files.flatMap((file) => {
    let [isGenerated, isFenced] = [false, false];
    return readFileSync(join(ROOT, file), 'utf8')
      .split('\n')
      .map((line) => line.replaceAll('\t', TAB))
      .flatMap((line, i) => {
        // What a command writes into a document, and what is fenced, is not prose.
        if (file.endsWith('.md')) {
          const [, mark] = /^<!-- [\w-]+:(begin|end) -->$/.exec(line) ?? [];
          if (mark !== undefined) isGenerated = mark === 'begin';
          if (line.trimStart().startsWith('```')) isFenced = !isFenced;
        }
        const isWide = line.length > COLUMNS_MAX && !isGenerated && !isFenced;
        return isWide && counts(line, file) ? [`${file}:${i + 1}`] : [];
      });
  });
}

const STRING = /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/g;

describe('lines have at most 110 columns', () => {
  it('in prose: tables, drawings and lines that end in one long address aside', () => {
    const isProse = (line: string) => !/^ *\|/.test(line) && !/^ {4}/.test(line) && !/\S{80,}$/.test(line);
    expect(wide(tracked('*.md'), isProse)).toEqual([]);
  });

  it('in comments', () => {
    const sources = tracked(
      '*.ts',
      '*.tsx',
      '*.css',
      '*.js',
      '*.mjs',
      '*.c',
      '*.h',
      '*.sh',
      '*.py',
      '.ci/run',
    );
    const isComment = (line: string, file: string) =>
      /^\s*(\/\/|\/\*|\*|--)/.test(line) || (/\.(sh|py)$|^\.ci\//.test(file) && /^\s*#/.test(line));
    expect(wide(sources, isComment)).toEqual([]);
  });

  it('in code in C; what is longer by a string stays in one line, so that it can be searched for', () => {
    const isCode = (line: string) => line.replace(STRING, '').length > COLUMNS_MAX;
    expect(wide(tracked('*.c', '*.h'), isCode)).toEqual([]);
  });

  // In TypeScript and JavaScript the formatter breaks code at this width; only literals are longer.
  it('in code that the formatter lays out', () => {
    const { formatter } = JSON.parse(readFileSync(join(ROOT, 'biome.json'), 'utf8'));
    expect(formatter.lineWidth).toBe(COLUMNS_MAX);
  });
});
