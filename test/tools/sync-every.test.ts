import { describe, expect, it } from 'vitest';
import { serve } from '../support/console.js';
import { moneyIn } from './money-in.js';
import { startTapnote, tapnote, temporary } from './run-cli.js';

const SAID = /^bank: (\S+)\n.*Ctrl-C/ms;

describe('tapnote sync --every', () => {
  it('syncs by itself when its bank is back, and gets the money that waits there', async () => {
    const data = temporary('bank-of-every');
    const start = (port: string) => startTapnote(['bank', 'serve', '--data', data, '--port', port], SAID);
    const bank = await start('0');
    const wallet = temporary('wallet-of-every.bin');
    const board = await serve(['--simulate', '--flash', wallet]);
    const env = {
      TAPNOTE_COUNTER_TOKEN_FILE: `${data}/counter-token`,
      XDG_STATE_HOME: temporary('state-of-every'),
    };
    const counter = (...args: string[]) => tapnote(['bank', ...args, '--bank', bank.found], env);
    const at = ['--port', board.port, '--bank', bank.found];
    const made = await tapnote(['provision', ...at, '--amount', '700'], env);
    const [, id, account] = /device ([0-9a-f]{16}) is a wallet.*account (\d+)/s.exec(made.out)!;
    await counter('deposit', account, '300');
    await counter('load', account, id, '300');
    await bank.end('SIGTERM');

    const syncing = await startTapnote(['sync', ...at, '--every', '1'], /(not yet: [^\n]+)/);
    const again = await start(new URL(bank.found).port);
    while (!syncing.said().includes(`device ${id} has synced`))
      await new Promise((look) => setTimeout(look, 50));
    expect(syncing.said().match(/not yet: /g)).toHaveLength(1);
    expect(await syncing.end('SIGINT')).toBe(0);
    const { out: told } = await counter('statement', account, '--json');
    expect(JSON.parse(told)).toMatchObject({ available: 0, offline: 1_000 });
    const audit = await counter('audit', '--json');
    expect([audit.status, JSON.parse(audit.out).faults]).toEqual([0, []]);
    expect(await again.end('SIGTERM')).toBe(0);
    await board.kill();
    expect(await moneyIn(wallet)).toMatchObject({ held: 1_000, inFlight: 0 });
  });

  it('ends at once for what will not pass', async () => {
    const { status, err } = await tapnote(['sync', '--bank', 'nowhere', '--every', '1']);
    expect([status, err]).toEqual([2, expect.stringMatching(/\[bank-url\]\n$/)]);
    expect((await tapnote(['sync', '--bank', 'http://127.0.0.1:1', '--every', '0'])).status).toBe(2);
  });
});
