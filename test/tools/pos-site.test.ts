import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { denySizeLines } from '../../tools/cli/pos/deny-sizes.js';
import { failsWith, ROOT, type Started, startTapnote, tapnote, temporary } from './run-cli.js';

const keys = temporary('site-keys');
const platform = join(keys, 'platform-key');
const pos = (...args: string[]) => tapnote(['pos', ...args]);
const codeOf = async (serial: number, counter: number): Promise<string> =>
  (await pos('code', '--keys', keys, '--serial', `${serial}`, '--counter', `${counter}`)).out.trimEnd();
const scan = (code: string, ...args: string[]) =>
  pos('scan', code, '--platform', platform, '--amount', '9000', '--limit', 'paymentMax=20000', ...args);

describe('tapnote pos deny-list', () => {
  const make = (serials: string, version: number, name: string, ...args: string[]) => {
    const out = temporary(name);
    const given = ['--keys', keys, '--serials', temporary(`${name}.txt`, serials)];
    return pos('deny-list', 'make', ...given, '--edition', `${version}`, '--out', out, ...args);
  };
  const check = (names: readonly string[], ...args: string[]) =>
    pos('deny-list', 'check', ...names.map((name) => temporary(name)), '--platform', platform, ...args);

  it('signs lists of three kinds and deltas, which a terminal takes in their order', async () => {
    for (const kind of ['bitmap', 'list', 'filter']) {
      const made = await make('5\n7\n9\n', 1, kind, '--kind', kind);
      expect([made.err, made.out]).toEqual(['', expect.stringContaining(`a ${kind}, version 1, 3 denied`)]);
      const { out } = await check([kind], '--json', '-', '--serial', '7', '--serial', '8');
      expect(JSON.parse(out)).toMatchObject({
        version: 1,
        kinds: [kind],
        serials: [
          { serial: 7, denied: true },
          { serial: 8, denied: false },
        ],
      });
    }
    const before = temporary('list.txt');
    const delta = await make('5\n8\n9\n', 2, 'delta', '--before', before);
    expect([delta.err, delta.out]).toEqual(['', expect.stringContaining('a delta to version 2, 3 denied')]);
    for (const kind of ['bitmap', 'list', 'filter'])
      expect((await check([kind, 'delta'], '--serial', '7', '--serial', '8')).out).toMatch(
        /^version 2 of .*: 3 denied \(.*, delta\)\n7: not denied\n8: denied\n$/,
      );
    const code = await codeOf(7, 1);
    expect((await scan(code, '--deny', temporary('list'))).err).toEqual(failsWith('code-hot-listed'));
    const both = ['--deny', temporary('list'), '--deny', temporary('delta')];
    expect((await scan(code, ...both)).status).toBe(0);
  });

  it('reads each file once, so that it may be a pipe', async () => {
    const list = temporary('piped');
    expect((await make('5\n', 1, 'piped')).err).toBe('');
    const command = [
      process.execPath,
      join(ROOT, 'tools/tapnote.mjs'),
      'pos',
      'deny-list',
      'check',
      '/dev/stdin',
    ];
    const piped = ['-c', 'cat "$0" | "$@"', list, ...command, '--platform', platform];
    expect(execFileSync('sh', piped, { encoding: 'utf8' })).toMatch(/^version 1 of .*: 1 denied \(list\)\n$/);
  });

  it('says in one line what is no list, not in order, or another platform’s', async () => {
    await make('5\n', 1, 'one');
    await make('6\n', 3, 'three', '--before', temporary('one.txt'));
    const cut = readFileSync(temporary('one')).subarray(1);
    const refused: readonly (readonly [string, readonly string[], ...string[]])[] = [
      ['deny-base', ['one', 'three']],
      ['deny-base', ['three']],
      ['deny-old', ['one', 'one']],
      ['deny-malformed', ['cut']],
      ['deny-platform', ['one'], '--platform', '00'.repeat(32)],
      ['file-missing', ['nowhere']],
    ];
    temporary('cut', cut);
    for (const [code, names, ...args] of refused) {
      const { status, out, err } = await check(names, ...args);
      expect([status, out, err], code).toEqual([2, '', failsWith(code)]);
    }
    expect((await make('99999\n', 1, 'out', '--kind', 'bitmap')).err).toEqual(failsWith('deny-number'));
    expect((await make('x\n', 1, 'out')).err).toEqual(failsWith('serials'));
  });

  it('has the sizes that docs/accounts.md has', () => {
    const document = readFileSync(join(ROOT, 'docs/accounts.md'), 'utf8');
    expect(document).toContain(denySizeLines().join('\n'));
  });
});

describe('tapnote pos gateway', () => {
  const site = temporary('site');
  const terminals = temporary('terminals.txt');
  const tills = [temporary('till-a'), temporary('till-b')];
  const gatewayKey = join(site, 'gateway-key');
  const start = (...args: string[]): Promise<Started> =>
    startTapnote(
      ['pos', 'gateway', '--site', 'canteen', '--keys', site, '--terminals', terminals, ...args],
      /asked over (mqtt:\S+)/,
    );
  const joined = (till: string, url: string): string[] => [
    ...['--state', till, '--gateway', url, '--site', 'canteen', '--gateway-key', gatewayKey],
  ];

  beforeAll(async () => {
    // A terminal has its key from its first payment on.
    for (const till of tills) expect((await scan(await codeOf(1, 1), '--state', till)).status).toBe(0);
    writeFileSync(terminals, tills.map((till) => readFileSync(join(till, 'terminal-key'), 'utf8')).join(''));
  });

  it('pools codes and quota of its terminals, also what they took without it and after it was killed', async () => {
    const first = await start('--listen', '0');
    const [a, b] = tills;
    // 9,000 at each terminal before there was a gateway; the quota is 20,000.
    expect((await scan(await codeOf(1, 2), ...joined(a, first.found), '--amount', '100')).status).toBe(0);
    const later = await scan(await codeOf(1, 3), ...joined(b, first.found), '--amount', '1900');
    // The other terminal’s bill came with its own first word.
    expect([later.status, later.err]).toEqual([0, '']);
    const code = await codeOf(1, 4);
    expect((await scan(code, ...joined(a, first.found), '--amount', '1')).err).toEqual(
      failsWith('code-quota'),
    );
    expect(await first.end('SIGKILL')).toBe(null);
    const alone = await scan(code, ...joined(a, first.found), '--amount', '1');
    expect([alone.status, alone.err]).toEqual([0, '']);
    expect(alone.out).toContain('decided alone');

    const second = await start('--listen', new URL(first.found).port);
    const other = await codeOf(2, 5);
    expect((await scan(other, ...joined(a, second.found), '--amount', '1')).status).toBe(0);
    const elsewhere = await scan(other, ...joined(b, second.found), '--amount', '1');
    expect(elsewhere.err).toBe('error: it, or a later one of this user, was taken before [code-seen]\n');
    expect(await second.end('SIGINT')).toBe(0);
    expect(second.said()).toMatch(/6 bills of 2 users; 2 of 2 terminals have told all of theirs/);
    expect(second.said()).toMatch(/seen +1\n/);
  });

  it('goes to a broker that is there, and names it without the password', async () => {
    const first = await start('--listen', '0');
    const second = await start('--broker', first.found.replace('mqtt://', 'mqtt://me:hush@'));
    expect(second.said()).toContain(`asked over ${first.found}\n`);
    for (const gateway of [second, first]) expect(await gateway.end('SIGTERM')).toBe(0);
  });

  it('gives a terminal its deny list, whole and by deltas, and nothing that its platform has not signed', async () => {
    const list = (serials: string, version: number, ...args: string[]): Promise<unknown> => {
      const given = ['--keys', keys, '--serials', temporary(`site-${version}.txt`, serials)];
      const out = temporary(`site-deny-${version}`);
      return pos('deny-list', 'make', ...given, '--edition', `${version}`, '--out', out, ...args);
    };
    await list('7\n', 1);
    await list('7\n9\n', 2, '--before', temporary('site-1.txt'));
    await list('9\n', 4, '--before', temporary('site-2.txt'), '--base', '3');
    const deny = [1, 2, 4].flatMap((version) => ['--deny', temporary(`site-deny-${version}`)]);
    const gateway = await start('--listen', '0', ...deny);
    const kept = temporary('kept.deny');
    const fetch = (file: string, key: string, { found }: Started) =>
      pos('deny-list', 'fetch', file, '--platform', key, '--gateway', found, '--site', 'canteen');
    const first = await fetch(kept, platform, gateway);
    expect([first.err, first.out]).toEqual(['', expect.stringMatching(/: version 2 of .*, 2 denied\n$/)]);
    // A delta on a version that nobody has changes nothing.
    expect((await fetch(kept, platform, gateway)).out).toContain('nothing newer than version 2');
    for (const serial of [7, 9])
      expect((await scan(await codeOf(serial, 1), '--deny', kept)).err).toEqual(failsWith('code-hot-listed'));
    expect((await scan(await codeOf(8, 1), '--deny', kept)).status).toBe(0);
    await list('9\n', 3, '--before', temporary('site-2.txt'));
    const others = temporary('other-site-keys');
    await pos('code', '--keys', others);
    const other = join(others, 'platform-key');
    const none = temporary('none.deny');
    expect((await fetch(kept, other, gateway)).err).toEqual(failsWith('deny-platform'));
    expect((await fetch(none, other, gateway)).err).toEqual(failsWith('deny-none'));
    const nowhere = await pos('deny-list', 'fetch', none, '--platform', other);
    expect(nowhere.err).toEqual(failsWith('missing-option'));
    expect(existsSync(none)).toBe(false);
    await gateway.end('SIGINT');
    const later = await start('--listen', '0', ...deny.slice(0, 4), '--deny', temporary('site-deny-3'));
    expect((await fetch(kept, platform, later)).out).toMatch(/: version 3 of .*, 1 denied\n$/);
    expect((await scan(await codeOf(7, 2), '--deny', kept)).status).toBe(0);
    await later.end('SIGINT');
  });

  it('ends when its port is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const given = ['--site', 'canteen', '--keys', site, '--terminals', terminals, '--listen', `${port}`];
    expect((await pos('gateway', ...given)).err).toEqual(failsWith('port'));
    other.close();
  });

  it('keeps its key for its owner alone, and says in one line what it cannot use', async () => {
    expect(statSync(join(site, 'gateway-seed')).mode & 0o777).toBe(0o600);
    const gateway = (...args: string[]) => pos('gateway', '--site', 'canteen', '--keys', site, ...args);
    const refused: readonly (readonly [string, ...string[]])[] = [
      ['terminals', '--terminals', temporary('no-terminals', 'xyz\n')],
      ['terminals', '--terminals', temporary('none', '\n')],
      ['terminals', '--terminals', temporary('weak', `${'00'.repeat(32)}\n`), '--listen', '0'],
      ['invalid-argument', '--terminals', terminals, '--listen', 'a:b:c'],
      ['invalid-argument', '--terminals', terminals, '--broker', 'http://x'],
      ['invalid-argument', '--terminals', terminals, '--site', 'Canteen/#'],
      ['conflicting-options', '--terminals', terminals, '--broker', 'mqtt://x', '--listen', '1'],
      ['deny-malformed', '--terminals', terminals, '--deny', terminals],
    ];
    for (const [code, ...args] of refused) {
      const { status, out, err } = await gateway(...args);
      expect([status, out, err], code).toEqual([2, '', failsWith(code)]);
    }
    const third = await gateway('--terminals', temporary('third-line', `\n${'01'.repeat(32)}\nxyz\n`));
    expect(third.err).toContain('third-line: line 3 is no public key');
    const lone = await scan(await codeOf(3, 1), '--gateway', 'mqtt://127.0.0.1:9');
    expect(lone.err).toEqual(failsWith('missing-option'));
    expect(existsSync(temporary('till-c'))).toBe(false);
  });
});
