import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CliError } from '../../tools/cli/cli-error.js';
import { OutputFile } from '../../tools/cli/files/output-file.js';
import { readUserText } from '../../tools/cli/files/user-file.js';
import { ROOT, tapnote, temporary } from './run-cli.js';

const fresh = (): string => mkdtempSync(join(tmpdir(), 'tapnote-files-'));

function refusal(work: () => unknown): CliError {
  try {
    work();
  } catch (error) {
    if (error instanceof CliError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

describe('a file that a command writes', () => {
  it('is not there before it is written, and then whole', () => {
    const folder = fresh();
    const path = join(folder, 'out.json');
    const file = OutputFile.check('--json', path);
    expect(readdirSync(folder)).toEqual([]);
    file.write('one');
    OutputFile.check('--json', path).write('two');
    expect(readFileSync(path, 'utf8')).toBe('two');
    expect(readdirSync(folder)).toEqual(['out.json']);
  });

  it('keeps what it had until then, and a link stays a link', () => {
    const folder = fresh();
    const [path, link] = [join(folder, 'out'), join(folder, 'link')];
    writeFileSync(path, 'old');
    symlinkSync(path, link);
    const file = OutputFile.check('--json', link);
    expect(readFileSync(path, 'utf8')).toBe('old');
    file.write('new');
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(readdirSync(folder).sort()).toEqual(['link', 'out']);
  });

  it('is refused at once where it cannot be', () => {
    const folder = fresh();
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const say = (path: string) => refusal(() => OutputFile.check('--json', path)).message;
    expect(say(folder)).toBe(`--json ${folder}: it is a folder`);
    expect(say(join(file, 'x'))).toBe(
      `--json ${join(file, 'x')}: a part of the path is a file, not a folder`,
    );
    expect(say(join(folder, 'no', 'x'))).toContain('there is no such file or folder');
    expect(refusal(() => OutputFile.checkFolder('--flash', join(file, 'x'))).message).toContain(
      'a file of that name',
    );
    expect(readdirSync(folder)).toEqual(['file']);
  });

  it('leaves nothing behind when the run is broken off by Ctrl-C', async () => {
    const folder = fresh();
    const args = ['sim', 'market-day', '--json', join(folder, 'out.json'), '--flash', join(folder, 'images')];
    const child = spawn(process.execPath, [join(ROOT, 'tools/tapnote.mjs'), ...args], { cwd: ROOT });
    await once(child.stdout, 'data');
    child.kill('SIGINT');
    const [, signal] = await once(child, 'exit');
    expect(signal).toBe('SIGINT');
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('a file that a command reads', () => {
  it('is bounded, whatever its size is said to be', () => {
    const path = join(fresh(), 'large');
    writeFileSync(path, '');
    truncateSync(path, 3 * 1024 ** 3);
    expect(refusal(() => readUserText(path, 1_000)).message).toBe(`${path}: it has more than 1,000 bytes`);
    expect(refusal(() => readUserText('/dev/zero', 1_000)).code).toBe('file-size');
  });

  it('of 3 GB is refused by every command in one line, with status 2', async () => {
    const path = temporary('large.json', '');
    truncateSync(path, 3 * 1024 ** 3);
    const all = await Promise.all([
      tapnote(['sim', path]),
      tapnote(['scenario', 'check', path]),
      tapnote(['inspect', path]),
    ]);
    for (const { status, out, err } of all) {
      expect({ status, out }).toEqual({ status: 2, out: '' });
      expect(err).toMatch(/^error: .*large\.json: it has more than [\d,]+ bytes \[file-size\]\n$/);
    }
  });
});

describe('the images of a scenario', () => {
  const scenario = (...names: string[]): string =>
    temporary(
      `${names.join('+').replaceAll('/', '_')}.json`,
      JSON.stringify({
        title: 'x',
        start: '2026-05-16T08:30:00Z',
        people: names.map((name) => ({ name })),
        steps: [{ do: 'settle' }],
      }),
    );

  it('do not overwrite each other: two names that would be one file are refused', async () => {
    const folder = join(fresh(), 'images');
    const file = scenario('Mei Li', 'mei/li');
    const { status, err } = await tapnote(['sim', file, '--flash', folder]);
    expect(status).toBe(2);
    expect(err).toBe(
      `error: --flash ${folder}: "Mei Li" and "mei/li" would both be mei-li.bin [file-name-twice]\n`,
    );
  });

  it('below what is a file are refused in one line, by every command', async () => {
    const below = join(fresh(), 'file');
    writeFileSync(below, '');
    for (const args of [
      ['ledger', 'show', `${below}/x`],
      ['ledger', 'audit', below, '--supervisor', below],
      ['card', '--port', '/dev/null', '--flash', `${below}/x`],
      ['console', '--flash', `${below}/x`],
    ]) {
      const { err, status } = await tapnote(args);
      expect(err, args.join(' ')).toMatch(/^error: [^\n]+ \[[a-z-]+\]\n$/);
      expect(err).not.toContain('[bug]');
      expect([2, 3]).toContain(status);
    }
  });

  it('are not written into a file', async () => {
    const file = temporary('not-a-folder', '');
    const { status, err } = await tapnote(['sim', scenario('Mei'), '--flash', file]);
    expect(status).toBe(2);
    expect(err).toBe(`error: --flash ${file}: there is a file of that name [file-unwritable]\n`);
  });
});

describe('terminal escapes', () => {
  it('in a file’s name do not reach the terminal', async () => {
    const folder = fresh();
    const name = join(folder, 'a\u001b[2Jb.json');
    mkdirSync(name);
    const { err } = await tapnote(['sim', name]);
    expect(err).toContain('a\\u001b[2Jb.json: it is a folder');
    expect(err).not.toContain('\u001b');
  });
});
