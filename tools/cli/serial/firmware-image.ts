import { readFileSync, statSync } from 'node:fs';
import { IMAGE_MARK } from '../../../firmware/app/version.js';
import type { Identity } from '../../../firmware/console/identity.js';
import { Lifecycle } from '../../../firmware/payment/lifecycle.js';
import type { Board } from '../../../hal/boards/board.js';
import { CliError } from '../cli-error.js';
import { Exit } from '../output/exit.js';

/** What a program is, as far as a device that holds money has to know before it is written. */
export interface Firmware {
  readonly version: string;
  readonly storeFormat: number;
}

/** An image that must not be written. */
export const wrongImage = (message: string): CliError => new CliError(Exit.usage, 'image', message);

/**
 * The first byte of every program for these chips, and where its header names the chip (ESP-IDF,
 * esp_app_format.h).
 */
const IMAGE_MAGIC = 0xe9;
const CHIP_AT = 12;
const CHIP_IDS: Readonly<Record<Board['chip'], number>> = { esp32: 0, esp32c3: 5, esp32c6: 13 };
const MARK = /<tapnote firmware (\d+\.\d+\.\d+\S*) store (\d+)>/;

/** What is in the tree, and comes out of a build. */
export const ownFirmware = (): Firmware => firmwareIn(IMAGE_MARK)!;

function firmwareIn(text: string): Firmware | undefined {
  const [, version, format] = MARK.exec(text) ?? [];
  return version === undefined ? undefined : { version, storeFormat: Number(format) };
}

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
  const bytes = readFileSync(file);
  if (bytes.length <= CHIP_AT + 1 || bytes[0] !== IMAGE_MAGIC)
    throw wrongImage(`${file} is no program for an ESP32`);
  const wanted = CHIP_IDS[chip];
  const found = bytes.readUInt16LE(CHIP_AT);
  if (found !== wanted) {
    const name = Object.entries(CHIP_IDS).find(([, id]) => id === found)?.[0] ?? `chip ${found}`;
    throw wrongImage(`${file} is for ${name}, and the board has ${chip}`);
  }
  const firmware = firmwareIn(bytes.toString('latin1'));
  if (!firmware) throw wrongImage(`${file} is no tapnote firmware`);
  return firmware;
}

/** Why `next` must not be written over the firmware of a device; undefined when it may. */
export function refuseUpdate(device: Identity, next: Firmware): string | undefined {
  const { otherFormat, formatVersion, lifecycle, holdsMoney, firmware } = device;
  if (otherFormat !== 0) {
    // Back to the firmware that wrote it, whatever its number: that one can sync and empty it.
    if (next.storeFormat === otherFormat) return undefined;
    return `its flash holds a wallet of store format ${otherFormat}, and the new firmware has format ${next.storeFormat}: flash the firmware that wrote it, then sync and empty it first`;
  }
  if (lifecycle === Lifecycle.blank) return undefined;
  if (isOlder(next.version, firmware))
    return `it has firmware ${firmware}, and ${next.version} is older: what was mended since would be open again`;
  if (holdsMoney && next.storeFormat !== formatVersion)
    return `it may hold money in store format ${formatVersion}, and the new firmware has format ${next.storeFormat}: sync and empty it first`;
  return undefined;
}

function isOlder(version: string, than: string): boolean {
  const [a, b] = [version, than].map((each) => each.split('.').map((part) => Number.parseInt(part, 10)));
  for (let i = 0; i < 3; i++) if (a[i] !== b[i]) return a[i] < b[i];
  return false;
}
