import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { IMAGE_MARK } from '../../firmware/app/version.js';
import { SimEntropy } from '../../sim/chip/entropy.js';
import { PROGRAM_AT } from '../../tools/cli/serial/firmware-image.js';
import { temporary } from '../tools/run-cli.js';

let folders = 0;
/** Of the partition of the program. */
export const ROOM_BYTES = 0x100000;

/** ESP-IDF's, with one line: the program. */
export function partitionTable(): Buffer {
  const table = Buffer.alloc(0xc00, 0xff);
  table.writeUInt16LE(0x50aa, 0);
  table.writeUInt16LE(0, 2);
  table.writeUInt32LE(PROGRAM_AT, 4);
  table.writeUInt32LE(ROOM_BYTES, 8);
  return table;
}

/**
 * What a build for an ESP32-C3 leaves, as far as a page looks at it: no SDK is needed to stand for one.
 * `codeBytes`: how much of the program is code, which does not compress.
 */
export function fakeBuild({ mark = IMAGE_MARK, codeBytes = 0 } = {}): string {
  const folder = temporary(`build-${folders++}`);
  mkdirSync(folder);
  const head = Buffer.alloc(24);
  head[0] = 0xe9;
  head.writeUInt16LE(5, 12);
  const code = new Uint8Array(codeBytes);
  new SimEntropy(1, 'code').fill(code);
  writeFileSync(join(folder, 'xs_esp32.bin'), Buffer.concat([head, Buffer.from(mark, 'latin1'), code]));
  writeFileSync(join(folder, 'bootloader.bin'), 'bootloader.bin');
  writeFileSync(join(folder, 'partition-table.bin'), partitionTable());
  return folder;
}
