import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ROOT } from '../../tools/moddable/boards.js';

const nowhere = mkdtempSync(join(tmpdir(), 'tapnote-no-sdk-'));
afterAll(() => rmSync(nowhere, { recursive: true }));

function tool(name: string, args: readonly string[], MODDABLE?: string) {
  const { MODDABLE: _ours, IDF_PATH: _theirs, ...env } = process.env;
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', join(ROOT, 'tools/moddable', `${name}.ts`), ...args],
    { cwd: ROOT, encoding: 'utf8', env: MODDABLE ? { ...env, MODDABLE } : env },
  );
  return { status, stderr };
}

describe('without the SDK', () => {
  it('the check says what is missing and how to get it', () => {
    const { status, stderr } = tool('check', []);
    expect(status).toBe(2);
    expect(stderr).toMatch(/MODDABLE is not set.*xs-dev/);
  });

  it('the check says that a folder is no SDK', () => {
    const { status, stderr } = tool('check', [], nowhere);
    expect(status).toBe(2);
    expect(stderr).toContain(`MODDABLE is ${nowhere}, and there is no Moddable SDK`);
  });

  it('the build names the boards that there are', () => {
    const { status, stderr } = tool('build', ['esp8266']);
    expect(status).toBe(2);
    expect(stderr).toContain(
      'esp32-c3-devkit, esp32-c3-supermini, esp32-c6-devkit, esp32-devkit, m5stick-c-plus',
    );
  });

  it.each([
    [['esp32-devkit', '--link', 'usb'], 'no link usb'],
    [['esp32-devkit', 'loud'], 'loud is no setting'],
    [['esp32-devkit', 'bitRate=848'], 'bitRate=848 is no bit rate: 106, 212, 424 kbit/s'],
    [['esp32-devkit'], 'MODDABLE is not set'],
  ])('the build refuses %j', (args, why) => {
    const { status, stderr } = tool('build', args);
    expect(status).toBe(2);
    expect(stderr).toContain(why);
  });

  it('the build never flashes an image that burns fuses', () => {
    const { status, stderr } = tool('build', ['esp32-devkit', '--secure', '--flash']);
    expect(status).toBe(2);
    expect(stderr).toContain('burns fuses, for good');
  });
});
