import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { launchChromium } from '../../tools/page/chromium.js';
import { skipsPage, TownPage } from '../support/page.js';
import { ROOT, startTapnote, tapnote, temporary } from './run-cli.js';

const serve = () => startTapnote(['page', '--port', '0'], /(http:\/\/127\.0\.0\.1:\d+\/)/);

describe('tapnote page', () => {
  it('plays the market day in plain lines where no terminal is, and with --headless', async () => {
    const [alone, headless, played] = await Promise.all([
      tapnote(['page']),
      tapnote(['page', '--headless', '--port', '0']),
      tapnote(['sim', 'sim/scenarios/market-day.json']),
    ]);
    expect(played.status).toBe(0);
    expect(alone).toEqual(played);
    expect(headless).toEqual(played);
  });

  it('serves the page to this machine, and nothing beside it', async () => {
    const { found: url, end } = await serve();
    const index = await fetch(url);
    expect(index.status).toBe(200);
    expect(index.headers.get('content-type')).toContain('text/html');
    expect(await index.text()).toContain('<script type="module" src="main.js">');
    expect((await fetch(new URL('pglite.wasm', url), { method: 'HEAD' })).headers.get('content-type')).toBe(
      'application/wasm',
    );
    expect((await fetch(new URL('../package.json', url))).status).toBe(404);
    expect((await fetch(new URL('%2e%2e/package.json', url))).status).toBe(404);
    expect((await fetch(url, { method: 'POST' })).status).toBe(405);
    expect(await end('SIGINT')).toBe(0);
  });

  it('ends at Ctrl-C although a browser holds its connection', async () => {
    const { found: url, end } = await serve();
    const browser = connect(Number(new URL(url).port), '127.0.0.1');
    browser.write('GET / HTTP/1.1\r\nhost: here\r\n\r\n');
    await new Promise((resolve) => browser.once('data', resolve));
    const closed = new Promise((resolve) => browser.once('close', resolve));
    browser.resume();
    expect(await end('SIGINT')).toBe(0);
    await closed;
  });

  it('says in one line that its port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    const { status, out, err } = await tapnote(['page', '--port', String(port)]);
    other.close();
    expect(status).toBe(2);
    expect(out).toBe('');
    expect(err).toMatch(/^error: --port \d+: it is in use; 0 takes any that is free \[port\]\n$/);
  });

  it('opens the browser at a terminal with a display, and says the address', async () => {
    const folder = temporary('page-programs');
    mkdirSync(folder, { recursive: true });
    const asked = temporary('page-address');
    const browser = temporary(
      'page-programs/xdg-open',
      `#!/bin/sh\nprintf %s "$1" > ${asked}.new && mv ${asked}.new ${asked}\n`,
    );
    chmodSync(browser, 0o755);
    const { found: url, end } = await startTapnote(['page'], /(http:\/\/127\.0\.0\.1:\d+\/)/, {
      inside: ['python3', '-c', IN_TERMINAL],
      env: { DISPLAY: ':99', PATH: `${folder}:${process.env.PATH}` },
    });
    while (!existsSync(asked)) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(readFileSync(asked, 'utf8')).toBe(url);
    expect(await end('SIGINT')).toBe(0);
  });
});

/** Runs its arguments in a pseudo-terminal, as `script` does, and hands them its signal. */
const IN_TERMINAL = `
import os, pty, signal, sys
pid, terminal = pty.fork()
if pid == 0: os.execvp(sys.argv[1], sys.argv[1:])
signal.signal(signal.SIGINT, lambda *_: os.kill(pid, signal.SIGINT))
while True:
    try: told = os.read(terminal, 4096)
    except OSError: break
    if not told: break
    sys.stdout.buffer.write(told); sys.stdout.buffer.flush()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

describe('npm run build:page', () => {
  it.skipIf(skipsPage)(
    'writes a folder that a plain host serves, and that plays on without a network',
    async () => {
      const folder = temporary('page-folder');
      const build = [join(ROOT, 'tools/program.mjs'), 'tools/page/main.ts', '--out', folder];
      const said = execFileSync(process.execPath, build, { cwd: ROOT, encoding: 'utf8' });
      expect(said).toMatch(/: \d+ files, [\d,]+ bytes\n$/);
      const plain = ['-u', '-m', 'http.server', '0', '--bind', '127.0.0.1', '--directory', folder];
      const host = spawn('python3', plain, { stdio: ['ignore', 'pipe', 'ignore'] });
      const [line] = await once(host.stdout, 'data');
      const browser = await launchChromium();
      const town = await TownPage.open(browser, /http:\/\/[^)]+/.exec(String(line))?.[0] ?? '');
      await town.page.context().setOffline(true);
      expect(await town.pay('Mei', 'Noodle stall', '12.50')).toContain('paid in');
      expect(await town.play('Sync: Noodle stall')).toContain('12.50 received is settled');
      expect(town.complaints).toEqual([]);
      await browser.close();
      host.kill();
    },
  );
});
