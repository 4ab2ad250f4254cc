import { chmodSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tapnote, temporary } from './run-cli.js';

const NOTHING = { PATH: dirname(process.execPath), MODDABLE: '' };

describe('tapnote flash', () => {
  it('knows its boards', async () => {
    const { status, err } = await tapnote(['flash', '--board', 'toaster']);
    expect(status).toBe(2);
    expect(err).toContain('esp32-c3-devkit');
  });

  it('says what is missing to build', async () => {
    const { status, err } = await tapnote(['flash', '--board', 'esp32-c3-devkit'], { MODDABLE: '' });
    expect(status).toBe(3);
    expect(err).toContain('MODDABLE is not set');
  });

  it('says what is missing to write an image', async () => {
    const image = temporary('image.bin', 'program');
    const { status, err } = await tapnote(['flash', '--board', 'esp32-c3-devkit', '--image', image], NOTHING);
    expect(status).toBe(3);
    expect(err).toContain('pip install esptool');
    const none = await tapnote(['flash', '--board', 'esp32-c3-devkit', '--image', '/nowhere'], NOTHING);
    expect(none.status).toBe(2);
  });

  it('writes an image with esptool, to the place of the program and nowhere else', async () => {
    const image = temporary('image.bin', 'program');
    const folder = temporary('bin');
    mkdirSync(folder, { recursive: true });
    const program = temporary('bin/esptool', '#!/bin/sh\necho "esptool $*"\n');
    chmodSync(program, 0o755);
    const path = { PATH: `${folder}:${process.env.PATH}` };
    const args = ['--board', 'esp32-c3-devkit', '--image', image, '--port', '/dev/ttyUSB7'];
    const { status, out } = await tapnote(['flash', ...args], path);
    expect(status).toBe(0);
    expect(out).toBe(`esptool --chip esp32c3 --port /dev/ttyUSB7 write_flash 0x20000 ${image}\n`);
  });
});
