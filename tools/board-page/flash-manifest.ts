import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Board } from '../../hal/boards/board.js';
import { PROGRAM_AT, programIn, wrongImage } from '../cli/serial/firmware-image.js';

/** As ESP Web Tools calls the chips, and where each one's ROM looks for the bootloader (ESP-IDF). */
const CHIPS: Readonly<Record<Board['chip'], { readonly family: string; readonly bootloaderAt: number }>> = {
  esp32: { family: 'ESP32', bootloaderAt: 0x1000 },
  esp32c3: { family: 'ESP32-C3', bootloaderAt: 0 },
  esp32c6: { family: 'ESP32-C6', bootloaderAt: 0 },
};
/** CONFIG_PARTITION_TABLE_OFFSET of every board. */
export const TABLE_AT = 0x10000;

/** What a build leaves in its folder. */
const [PROGRAM, BOOTLOADER, TABLE] = ['xs_esp32.bin', 'bootloader.bin', 'partition-table.bin'];

/**
 * The images of a build, and the manifest by which ESP Web Tools write them. The partition of the notes is no
 * part of it, and nothing is erased unless the user says so: without that setting a board would be erased
 * whole. Throws CliError for a folder that holds no build of ours.
 */
export function flashFiles(folder: string): Map<string, Uint8Array> {
  const read = (name: string): Uint8Array => {
    const file = join(folder, name);
    if (!existsSync(file)) throw wrongImage(`${file} is not there: npm run build:board -- NAME makes it`);
    return readFileSync(file);
  };
  const files = new Map([PROGRAM, BOOTLOADER, TABLE].map((name) => [name, read(name)]));
  const { chip, firmware } = programIn(files.get(PROGRAM)!, join(folder, PROGRAM));
  const { family, bootloaderAt } = CHIPS[chip];
  const manifest = {
    name: 'tapnote',
    version: firmware.version,
    new_install_prompt_erase: true,
    // The firmware speaks no Improv, and its console would take that for noise.
    new_install_improv_wait_time: 0,
    builds: [
      {
        chipFamily: family,
        parts: [
          { path: BOOTLOADER, offset: bootloaderAt },
          { path: TABLE, offset: TABLE_AT },
          { path: PROGRAM, offset: PROGRAM_AT },
        ],
      },
    ],
  };
  return files.set('manifest.json', new TextEncoder().encode(`${JSON.stringify(manifest, undefined, 2)}\n`));
}
