import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = new URL('../..', import.meta.url).pathname;
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const tracked = (...patterns: string[]): string[] =>
  execFileSync('git', ['ls-files', '-co', '--exclude-standard', ...patterns], { cwd: ROOT, encoding: 'utf8' })
    .split('\n')
    .filter((file) => file !== '' && existsSync(join(ROOT, file)));

/** The rows of all tables in a document, cell by cell, heads and rules left out. */
function rows(document: string): string[][] {
  const lines = read(document).split('\n');
  return lines
    .filter(
      (line, i) => line.startsWith('|') && !/^\|[-: |]+$/.test(line) && !/^\|[-: |]+$/.test(lines[i + 1]),
    )
    .map((line) =>
      line
        .slice(1, line.lastIndexOf('|'))
        .split('|')
        .map((cell) => cell.trim()),
    );
}

/** Files that a document names in backticks, with or without their folders. */
const pathsIn = (text: string): string[] =>
  [...text.matchAll(/`([\w./-]+\.(?:ts|c|js|json|md|svg|sh))`/g)].map(([, path]) => path);

/** P30 to P72 are pins of the PN532. */
const ROW = /\b[RN]\d{1,2}\b|\bP\d\b|\bP1\d\b/g;

describe('docs/requirements.md', () => {
  const table = rows('docs/requirements.md');

  it('has each row of R1 to R34, P1 to P11 and N1 to N13 once', () => {
    const upTo = (letter: string, last: number) =>
      Array.from({ length: last }, (_, i) => `${letter}${i + 1}`);
    expect(table.map(([row]) => row)).toEqual([...upTo('R', 34), ...upTo('P', 11), ...upTo('N', 13)]);
  });

  it('names a file and a test for each row, or says that it is not there yet', () => {
    const bare = table.filter(([, , by, shown]) => {
      const isShown = pathsIn(shown).some((path) => path.startsWith('test/') && existsSync(join(ROOT, path)));
      return !(isShown && by !== '–') && !shown.includes('**not yet**');
    });
    expect(bare).toEqual([]);
  });

  it('has every row that code and tests cite', () => {
    const known = new Set(table.map(([row]) => row));
    const sources = tracked('firmware/*.ts', 'hal/*.ts', 'sim/*.ts', 'tools/*.ts', 'test/*.ts');
    const cited = sources.flatMap((file) =>
      (read(file).match(ROW) ?? []).filter((row) => !known.has(row)).map((row) => `${file}: ${row}`),
    );
    expect(cited).toEqual([]);
  });
});

describe('hal/pn532/README.md', () => {
  const bounds = rows('hal/pn532/README.md').filter((row) => row.length === 4);
  const fileOf = (name: string): string => `${name.includes('/') ? name : `test/hal/pn532/${name}`}.test.ts`;

  it('names a test for each bound, and that test is there', () => {
    expect(bounds.length).toBeGreaterThan(20);
    const bare = bounds.filter(([, , , shown]) => {
      const tests = [...shown.matchAll(/`([\w/-]+)`: ([^;]+)/g)];
      const isThere = ([, file, name]: string[]) =>
        existsSync(join(ROOT, fileOf(file))) && read(fileOf(file)).includes(name.trim());
      return tests.length === 0 || !tests.every(isThere);
    });
    expect(bare).toEqual([]);
  });
});

describe('docs/glossary.md', () => {
  const table = rows('docs/glossary.md');

  it('maps each word to a file, and to a word that is in it', () => {
    const wrong = table.filter(([, , place]) => {
      const [, file, word] = /^`([^`]+)` `([^`]+)`$/.exec(place) ?? [];
      return !word || !existsSync(join(ROOT, file)) || !read(file).includes(word);
    });
    expect(wrong).toEqual([]);
  });

  it('has the words by which a newcomer looks for a room', () => {
    const words = table.map(([word]) => word);
    expect(words).toEqual(
      expect.arrayContaining([
        'a daily limit',
        'the PIN',
        'the hot list',
        "a torn touch's resume",
        'the WTX',
        'the flash layout',
        "an operator's quota",
        'the naming of a double spender',
        "a board's pins",
        "the benchmark's budget",
      ]),
    );
  });

  it('gives each word one meaning', () => {
    const words = table.map(([word]) => word);
    expect(words).toEqual([...new Set(words)]);
  });
});

describe('docs/architecture.md', () => {
  /** Arrows between rooms of the firmware, as drawn: `a --> b & c`, `a --> b --> c`. */
  function drawn(): Map<string, string[]> {
    const [, drawing] =
      /subgraph firmware\[[^\n]*\n([\s\S]*?)\n {2}end/.exec(read('docs/architecture.md')) ?? [];
    const arrows = new Map<string, string[]>();
    for (const line of drawing.replaceAll(/\["[^"]*"\]/g, '').split('\n')) {
      const ends = line.split('-->').map((end) => end.split('&').map((room) => room.trim()));
      for (let i = 1; i < ends.length; i++)
        for (const from of ends[i - 1]) arrows.set(from, [...(arrows.get(from) ?? []), ...ends[i]]);
    }
    // One box for two rooms.
    return arrows.set('selftest', ['console']);
  }

  function reached(
    arrows: ReadonlyMap<string, string[]>,
    from: string,
    seen = new Set<string>(),
  ): Set<string> {
    for (const room of arrows.get(from) ?? []) {
      if (!seen.has(room)) reached(arrows, room, seen.add(room));
    }
    return seen;
  }

  it('draws every import between rooms of the firmware, and no circle', () => {
    const arrows = drawn();
    const roomOf = (path: string) => /^firmware\/(\w+)\//.exec(path)?.[1];
    const missing = tracked('firmware/*.ts').flatMap((file) => {
      const room = roomOf(file);
      if (room === undefined) return [];
      const allowed = reached(arrows, room)
        .add(room)
        .add(room === 'console' ? 'selftest' : room);
      return [...read(file).matchAll(/from '(\.[^']+)'/g)]
        .map(([, target]) => roomOf(join(file, '..', target)))
        .filter((target) => target !== undefined && !allowed.has(target))
        .map((target) => `${file}: ${target}`);
    });
    expect(missing).toEqual([]);
    expect([...arrows.keys()].filter((room) => reached(arrows, room).has(room))).toEqual([]);
  });
});

describe('findings/', () => {
  it('has scripts of one form, each with a row in its README', () => {
    const scripts = tracked('findings/*.sh');
    const listed = rows('findings/README.md').map(([name]) => `findings/${name.replaceAll('`', '')}`);
    expect(listed.sort()).toEqual(scripts.sort());
    const odd = scripts.filter((file) => {
      const text = read(file);
      const isExecutable = (statSync(join(ROOT, file)).mode & 0o111) === 0o111;
      const cleansUp = text.includes('mktemp -d') && text.includes(`trap 'rm -rf "$folder"' EXIT`);
      return !(isExecutable && cleansUp && text.startsWith('#!/usr/bin/env bash\n# '));
    });
    expect(odd).toEqual([]);
  });
});

describe('the documents', () => {
  const documents = tracked('*.md');

  it('name only files that exist', () => {
    // A path may leave out the folders in front that the text has named already. The SDK makes `mc.xs.c`.
    const files = [...tracked(), 'mc.xs.c'].map((file) => `/${file}`);
    const missing = documents
      .filter((document) => document !== 'CHANGELOG.md')
      .flatMap((document) =>
        pathsIn(read(document))
          .filter((path) => !files.some((file) => file.endsWith(`/${path}`)))
          .map((path) => `${document}: ${path}`),
      );
    expect(missing).toEqual([]);
  });

  it('link only to documents and headings that exist', () => {
    const anchors = (file: string): string[] =>
      [...read(file).matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
        heading
          .toLowerCase()
          .replace(/[^\p{L}\p{N} _-]/gu, '')
          .replaceAll(' ', '-'),
      );
    const broken = documents.flatMap((document) =>
      [
        ...read(document)
          .replaceAll(/```[\s\S]*?```/g, '')
          .matchAll(/\]\(([^)\s]+)\)/g),
      ]
        .map(([, target]) => target)
        .filter((target) => !/^[a-z]+:/.test(target))
        .filter((target) => {
          const [path, anchor] = target.split('#');
          const file = path === '' ? document : join(document, '..', path);
          if (!existsSync(join(ROOT, file))) return true;
          return anchor !== undefined && file.endsWith('.md') && !anchors(file).includes(anchor);
        })
        .map((target) => `${document}: ${target}`),
    );
    expect(broken).toEqual([]);
  });
});
