import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const run = async (name: string): Promise<string[]> => {
  const program = ['--import', 'tsx', `examples/${name}`];
  const { stdout } = await promisify(execFile)(process.execPath, program, { cwd: ROOT });
  return stdout.trimEnd().split('\n');
};

describe('the examples', () => {
  it('are the four of which the README tells', () => {
    expect(readdirSync(`${ROOT}/examples`).sort()).toEqual([
      'README.md',
      'bank-client.ts',
      'card.ts',
      'driver.ts',
      'terminal.ts',
    ]);
  });

  it('a terminal is paid by a card, and no money is made or lost', async () => {
    expect(await run('terminal.ts')).toEqual(['paid: the terminal holds 1250, the card 8750']);
  });

  it('a card answers APDUs', async () => {
    expect(await run('card.ts')).toEqual([
      'no SELECT  6985',
      expect.stringMatching(/^SELECT {5}0202[0-9a-f]{64}9000$/),
      expect.stringMatching(/^MAKE KEYS {2}[0-9a-f]{64}9000$/),
      'garbage    6700',
    ]);
  });

  it('the driver is a reader and a card', async () => {
    expect(await run('driver.ts')).toEqual([
      'card: a reader is here',
      'reader: 00a404009000',
      'card: removed',
      'reader: field off',
    ]);
  });

  it('a bank client enrols a device, loads it and syncs it', async () => {
    expect(await run('bank-client.ts')).toEqual([
      'the device holds 10000, the account 40000; the audit: true',
    ]);
  });
});
