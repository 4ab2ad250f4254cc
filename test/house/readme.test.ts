import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const ROOT = new URL('../..', import.meta.url).pathname;

describe('the README', () => {
  it('shows lines that `npm start` really prints, in that order', () => {
    const readme = readFileSync(`${ROOT}/README.md`, 'utf8');
    const [, story] = /<!-- story:begin -->\n+```text\n([\s\S]*?)\n```/.exec(readme) ?? [];
    const output = execFileSync(
      'node',
      [`${ROOT}/tools/tapnote.mjs`, 'sim', `${ROOT}/sim/scenarios/market-day.json`],
      { encoding: 'utf8' },
    );
    const printed = output.split('\n').map((line) => line.trim());
    let at = 0;
    const shown = story.split('\n').filter((line) => line.trim() !== '' && line.trim() !== '…');
    expect(shown.length).toBeGreaterThan(10);
    for (const line of shown) {
      const found = printed.indexOf(line.trim(), at);
      expect(found, `"${line}" after line ${at}`).toBeGreaterThanOrEqual(at);
      at = found + 1;
    }
  });
});
