import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Exit } from '../../tools/cli/output/exit.js';
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
    expect(status).toBe(Exit.absent);
    expect(stderr).toMatch(/^error: MODDABLE is not set.*xs-dev.* \[sdk-missing\]\n$/);
  });

  it('the check says that a folder is no SDK', () => {
    const { status, stderr } = tool('check', [], nowhere);
    expect(status).toBe(Exit.absent);
    expect(stderr).toContain(`MODDABLE is ${nowhere}, and there is no Moddable SDK`);
    expect(stderr).toMatch(/^error: MODDABLE is .* \[sdk-missing\]\n$/);
  });

  it('the check says at once that its figures cannot be written', () => {
    const { status, stderr } = tool('check', ['--json', join(nowhere, 'none/figures')], nowhere);
    expect(status).toBe(Exit.usage);
    expect(stderr).toMatch(/^error: .*figures.* \[[a-z-]+\]\n$/);
  });

  it('the build names the boards that there are', () => {
    const { status, stderr } = tool('build', ['esp8266']);
    expect(status).toBe(Exit.usage);
    expect(stderr).toContain(
      'esp32-c3-devkit, esp32-c3-supermini, esp32-c6-devkit, esp32-devkit, m5stick-c-plus',
    );
  });

  it.each([
    [
      ['esp32-devkit', '--link', 'usb'],
      Exit.usage,
      "argument 'usb' is invalid. Allowed choices are hsu, i2c, spi",
    ],
    [['esp32-devkit', 'loud'], Exit.usage, 'error: loud is no setting: NAME=VALUE [setting]\n'],
    [['esp32-devkit', 'bitRate=848'], Exit.usage, 'bitRate=848 is no bit rate: 106, 212, 424 kbit/s'],
    [['esp32-devkit', 'crypto=own'], Exit.usage, 'crypto=own is no provider of crypto'],
    [['esp32-devkit'], Exit.absent, 'MODDABLE is not set'],
  ])('the build refuses %j', (args, exit, why) => {
    const { status, stderr } = tool('build', args);
    expect(status).toBe(exit);
    expect(stderr).toMatch(/^error: .* \[[a-z-]+\]\n$/);
    expect(stderr).toContain(why);
  });

  it('the build never flashes an image that burns fuses', () => {
    const { status, stderr } = tool('build', ['esp32-devkit', '--secure', '--flash']);
    expect(status).toBe(Exit.usage);
    expect(stderr).toContain('burns fuses, for good');
  });
});
