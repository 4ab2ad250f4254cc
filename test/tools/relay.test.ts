import { execFile } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { ROOT, tapnote } from './run-cli.js';

interface Ended {
  readonly status: number;
  readonly out: string;
}

const bench = (...args: string[]): Promise<Ended> =>
  new Promise((resolve) => {
    const run = ['--import', 'tsx', 'tools/bench/relay/main.ts', ...args];
    execFile(process.execPath, run, { cwd: ROOT }, (error, out) =>
      resolve({ status: error ? Number(error.code) : 0, out }),
    );
  });

describe('npm run bench:relay', () => {
  it('counts honest and relayed touches over each kind of wires, and ends well when the bars are met', async () => {
    const { status, out } = await bench('--touches', '3', '--relayed', '3', '--json', '-');
    expect(status).toBe(0);
    const { rows } = JSON.parse(out) as { rows: { honest: object; relayed: object }[] };
    expect(rows).toHaveLength(10);
    for (const { honest, relayed } of rows) {
      expect(honest).toMatchObject({ touches: 3, refused: 0 });
      expect(relayed).toMatchObject({ touches: 3, refused: 3 });
    }
  });

  it('ends with status 1 when the bound refuses honest touches, and when it refuses no relay', async () => {
    expect((await bench('--touches', '2', '--relayed', '0', '--bound', '1')).status).toBe(1);
    expect((await bench('--touches', '0', '--relayed', '1', '--bound', '60000')).status).toBe(1);
  });
});

it('a scenario carries a touch over a relay, and tells by how much it was too slow', async () => {
  const { status, out } = await tapnote(['sim', 'relay']);
  expect(status).toBe(0);
  expect(out).toMatch(/Mei → Old stall {2}\(over a relay\) +10\.00 {2}paid/);
  expect(out.replace(/\s+/g, ' ')).toMatch(
    /torn, the terminal saw: an answer that takes too long.* \d\.\d ms too long/,
  );
});
