import { chmodSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { IMAGE_MARK } from '../../firmware/app/version.js';
import { isInstalled } from '../../tools/xs/process.js';
import { type Served, serve } from '../support/console.js';
import { skipWithout } from '../support/external.js';
import { tapnote, temporary } from './run-cli.js';

/** A pseudo-terminal is made by python3, and set up by stty. */
const missing = ['python3', 'stty'].find((program) => !isInstalled(program));
const skipped = skipWithout(missing === undefined, missing ?? '');

/** What `tapnote flash` looks at in a program: magic, chip (13: esp32c6, 5: esp32c3), mark. */
function program({ chip = 5, mark = IMAGE_MARK } = {}): Buffer {
  const header = Buffer.alloc(24);
  header[0] = 0xe9;
  header.writeUInt16LE(chip, 12);
  return Buffer.concat([header, Buffer.from(mark, 'latin1'), Buffer.alloc(8)]);
}

/** An esptool that says what it is asked. */
function withEsptool(): { PATH: string } {
  const folder = temporary('bin');
  mkdirSync(folder, { recursive: true });
  chmodSync(temporary('bin/esptool', '#!/bin/sh\necho "esptool $*"\n'), 0o755);
  return { PATH: `${folder}:${process.env.PATH}` };
}

const NOTHING = { PATH: dirname(process.execPath), MODDABLE: '' };

describe('tapnote flash', () => {
  it('knows its boards', async () => {
    const { status, err } = await tapnote(['flash', '--board', 'toaster']);
    expect(status).toBe(2);
    expect(err).toMatch(/^error: no board toaster; there are .*esp32-c3-devkit.* \[board\]\n$/);
  });

  it('says what is missing to build', async () => {
    const { status, err } = await tapnote(['flash', '--board', 'esp32-c3-devkit'], { MODDABLE: '' });
    expect(status).toBe(3);
    expect(err).toMatch(/^error: MODDABLE is not set.* \[sdk-missing\]\n$/);
  });

  it('says what is missing to write an image', async () => {
    const image = temporary('image.bin', program());
    const { status, err } = await tapnote(['flash', '--board', 'esp32-c3-devkit', '--image', image], NOTHING);
    expect(status).toBe(3);
    expect(err).toMatch(/^error: .*pip install esptool \[esptool-missing\]\n$/);
    const none = await tapnote(['flash', '--board', 'esp32-c3-devkit', '--image', '/nowhere'], NOTHING);
    expect(none.status).toBe(2);
  });

  it('writes an image with esptool, to the place of the program and nowhere else', async () => {
    const image = temporary('image.bin', program());
    const args = ['--board', 'esp32-c3-devkit', '--image', image, '--port', '/dev/ttyUSB7'];
    const { status, out, err } = await tapnote(['flash', ...args], withEsptool());
    expect(status).toBe(0);
    expect(err).toContain('no tapnote answers: only the program is written');
    expect(out).toBe(`esptool --chip esp32c3 --port /dev/ttyUSB7 write_flash 0x20000 ${image}\n`);
  });

  const wrong: readonly [string, Buffer, string][] = [
    [
      'a whole flash, which would end in the notes',
      Buffer.concat([program(), Buffer.alloc(0x2e0000)]),
      'notes',
    ],
    ['a text', Buffer.from('program'), 'is no program for an ESP32'],
    ['nothing', Buffer.alloc(0), 'is no program for an ESP32'],
    ['another chip’s program', program({ chip: 13 }), 'is for esp32c6, and the board has esp32c3'],
    ['another project’s program', program({ mark: 'hello world' }), 'is no tapnote firmware'],
  ];
  it.each(wrong)('writes no image that is %s', async (_, bytes, why) => {
    const image = temporary('wrong.bin', bytes);
    const { status, out, err } = await tapnote(
      ['flash', '--board', 'esp32-c3-devkit', '--image', image, '--port', '/dev/ttyUSB7'],
      withEsptool(),
    );
    expect([status, out]).toEqual([2, '']);
    expect(err).toContain(why);
    expect(err).toMatch(/^error: .* \[image\]\n$/);
  });
});

describe.skipIf(skipped)('tapnote flash, with a device that holds money', () => {
  let served: Served | undefined;
  afterEach(() => served?.kill());

  it('asks it, and writes nothing that it could not read, or that is older', async () => {
    served = await serve(['--simulate']);
    const at = ['--port', served.port];
    const bank = temporary('flash-bank');
    expect((await tapnote(['provision', ...at, '--new-bank', bank])).status).toBe(0);
    const write = (mark: string) => {
      const image = temporary('image.bin', program({ mark }));
      return tapnote(['flash', '--board', 'esp32-c3-devkit', '--image', image, ...at], withEsptool());
    };
    const other = await write('<tapnote firmware 9.0.0 store 200>');
    expect([other.status, other.out]).toEqual([1, '']);
    expect(other.err).toContain('sync and empty it first');
    const older = await write('<tapnote firmware 0.0.1 store 2>');
    expect([older.status, older.out]).toEqual([1, '']);
    expect(older.err).toContain('0.0.1 is older');
    const fine = await write(IMAGE_MARK);
    expect(fine.status).toBe(0);
    expect(fine.out).toContain('write_flash 0x20000');
  });
});
