import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { tapnote, temporary } from './run-cli.js';

describe('tapnote', () => {
  it('shows its commands, examples and exit status', async () => {
    const { status, out, err } = await tapnote(['--help']);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    for (const word of ['Usage: tapnote', 'sim ', 'scenario ', 'Examples:', 'Exit status:', 'NO_COLOR']) {
      expect(out).toContain(word);
    }
  });

  it.each([['sim'], ['scenario'], ['scenario', 'check'], ['scenario', 'schema']])(
    'shows the help of %s %s',
    async (...command) => {
      const { status, out } = await tapnote([...command.filter(Boolean), '--help']);
      expect(status).toBe(0);
      expect(out).toContain(`Usage: tapnote ${command.filter(Boolean).join(' ')}`);
    },
  );

  it('says its version, which is the package’s', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect((await tapnote(['--version'])).out).toBe(`${version}\n`);
  });

  it.each([
    [['sym'], "unknown command 'sym'", 'Did you mean sim?'],
    [['scenario', 'chek'], "unknown command 'chek'", 'Did you mean check?'],
    [['sim', 'x.json', '--sead', '1'], "unknown option '--sead'", 'Did you mean --seed?'],
    [['sim', 'x.json', '--seed', '1.5'], '--seed', 'Expected a whole number from 0 to 4294967295'],
    [['sim', 'x.json', '--seed', '-1'], '--seed', 'Expected a whole number'],
    [['sim', 'x.json', 'y.json'], 'too many arguments', 'tapnote sim --help', '[excess-argument]'],
    [['sim'], "missing argument 'FILE'", 'sim --list'],
    [['scenario', 'check'], "missing required argument 'FILE'", 'tapnote scenario check --help'],
    [['sim', 'no-such.json'], 'error: no-such.json: there is no such file', '[file-missing]'],
    [['sim', 'market-dya'], 'did you mean "market-day"?', '[file-missing]'],
    [['sim', 'sim'], 'error: sim: it is a folder [file-folder]', ''],
    [
      ['sim', 'market-day', '--json', '/no/such/folder/x'],
      '--json /no/such/folder/x: there is no such',
      '[file-unwritable]',
    ],
  ])('ends %j with status 2 and says why', async (args, ...words) => {
    const { status, out, err } = await tapnote(args);
    expect({ status, out }).toEqual({ status: 2, out: '' });
    for (const word of words) expect(err).toContain(word);
    expect(err, 'one line that ends with its code').toMatch(/^error: .* \[[a-z-]+\]\n$/);
  });

  it('shows what there is, with status 2, when it is not told what to do', async () => {
    const { status, err } = await tapnote([]);
    expect(status).toBe(2);
    expect(err).toContain('Commands:');
    expect(err).toMatch(/\nerror: which command\? .* \[missing-command\]\n$/);
  });

  it('prints the schema that scenarios name', async () => {
    const { status, out } = await tapnote(['scenario', 'schema']);
    expect(status).toBe(0);
    expect(JSON.parse(out).title).toBe('tapnote scenario');
  });

  it('lists the scenarios that come with it', async () => {
    const { out } = await tapnote(['sim', '--list']);
    for (const name of ['market-day', 'torn-touch', 'clones-and-limits']) {
      expect(out).toMatch(new RegExp(`^${name} +\\S.* sim/scenarios/${name}\\.json$`, 'm'));
    }
  });

  it('checks several scenario files and names each mistake by its place', async () => {
    const broken = temporary('broken.json', '{\n  "title": "x",,\n}\n');
    const { status, out, err } = await tapnote([
      'scenario',
      'check',
      broken,
      'sim/scenarios/torn-touch.json',
    ]);
    expect(status).toBe(2);
    expect(out).toContain('sim/scenarios/torn-touch.json: fine');
    expect(err).toBe(`${broken}:2:16: not JSON: expected a name in double quotes, got "," [json-syntax]\n`);
  });
});
