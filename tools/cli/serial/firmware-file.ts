import { readFileSync, statSync } from 'node:fs';
import type { Board } from '../../../hal/boards/board.js';
import { type Firmware, programIn, wrongImage } from './firmware-image.js';

/**
 * The program in a file. Throws CliError for what is no program of ours for that chip, or is larger than
 * its partition: a whole flash, written where a program belongs, would end in the notes.
 */
export function readImage(file: string, chip: Board['chip'], bytesMax: number): Firmware {
  const stat = statSync(file);
  if (!stat.isFile()) throw wrongImage(`${file} is no file`);
  const { size } = stat;
  if (size > bytesMax)
    throw wrongImage(
      `${file} has ${size} bytes, and the program’s partition ${bytesMax}: it would run into the notes. Take xs_esp32.bin, not an image of a whole flash`,
    );
  const program = programIn(readFileSync(file), file);
  if (program.chip !== chip) throw wrongImage(`${file} is for ${program.chip}, and the board has ${chip}`);
  return program.firmware;
}
