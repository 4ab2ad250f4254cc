import { describe, expect, it } from 'vitest';
import { startTapnote, tapnote, temporary } from './run-cli.js';

const SAID = /^bank: (\S+)\n.*Ctrl-C/ms;

describe('the rule for what is on lost devices', () => {
  it('is kept: another one is refused', async () => {
    const data = temporary('bank-of-rules');
    const serving = ['bank', 'serve', '--data', data, '--port', '0'];
    await (await startTapnote([...serving, '--lost-money', 'forfeited'], SAID)).end('SIGTERM');
    const wrong = await tapnote([...serving, '--lost-money', 'recovered']);
    expect([wrong.status, wrong.err]).toEqual([
      2,
      expect.stringContaining('what is on a lost device is forfeited at this bank'),
    ]);
    await (await startTapnote([...serving, '--lost-money', 'forfeited'], SAID)).end('SIGTERM');
  });
});
