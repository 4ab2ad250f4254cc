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

/** A line of ESP-IDF's partition table: magic, type, subtype, offset, size, label, flags. */
const LINE_BYTES = 32;
const LINE_MAGIC = 0x50aa;
const TYPE_APP = 0;

/** How large the program may be, by the table that is written with it. Throws CliError. */
function roomIn(table: Uint8Array, file: string): number {
  const view = new DataView(table.buffer, table.byteOffset, table.length);
  for (
    let at = 0;
    at + LINE_BYTES <= table.length && view.getUint16(at, true) === LINE_MAGIC;
    at += LINE_BYTES
  )
    if (view.getUint8(at + 2) === TYPE_APP && view.getUint32(at + 4, true) === PROGRAM_AT)
      return view.getUint32(at + 8, true);
  throw wrongImage(`${file} has no partition for a program at ${PROGRAM_AT}`);
}

/** Each part ends before the next one begins, and the program before the notes. Throws CliError. */
function requireRoom(bytes: number, room: number, file: string): void {
  if (bytes > room) throw wrongImage(`${file} has ${bytes} bytes, and there is room for ${room}`);
}

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
  const table = files.get(TABLE)!;
  requireRoom(files.get(BOOTLOADER)!.length, TABLE_AT - bootloaderAt, join(folder, BOOTLOADER));
  requireRoom(table.length, PROGRAM_AT - TABLE_AT, join(folder, TABLE));
  requireRoom(files.get(PROGRAM)!.length, roomIn(table, join(folder, TABLE)), join(folder, PROGRAM));
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
