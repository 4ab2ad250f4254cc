import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { IMAGE_MARK } from '../../firmware/app/version.js';
import { SimEntropy } from '../../sim/chip/entropy.js';
import { temporary } from '../tools/run-cli.js';

let folders = 0;

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
  for (const name of ['bootloader.bin', 'partition-table.bin']) writeFileSync(join(folder, name), name);
  return folder;
}
