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

/** Where the program lies in every partition table of ours; test/hal/boards.test.ts holds them to it. */
export const PROGRAM_AT = 0x20000;

/** What is in the tree, and comes out of a build. */
export const ownFirmware = (): Firmware => firmwareIn(IMAGE_MARK)!;

function firmwareIn(text: string): Firmware | undefined {
  const [, version, format] = MARK.exec(text) ?? [];
  return version === undefined ? undefined : { version, storeFormat: Number(format) };
}

/** A program: what it is of, and the chip that it is for. */
export interface Program {
  readonly chip: Board['chip'];
  readonly firmware: Firmware;
}

/** The program in these bytes. Throws CliError, with `name` for what they are, when it is none of ours. */
export function programIn(bytes: Uint8Array, name: string): Program {
  if (bytes.length <= CHIP_AT + 1 || bytes[0] !== IMAGE_MAGIC)
    throw wrongImage(`${name} is no program for an ESP32`);
  const id = bytes[CHIP_AT] | (bytes[CHIP_AT + 1] << 8);
  const [chip] = Object.entries(CHIP_IDS).find(([, each]) => each === id) ?? [];
  if (chip === undefined) throw wrongImage(`${name} is for chip ${id}, which no board of ours has`);
  const firmware = firmwareIn(new TextDecoder('latin1').decode(bytes));
  if (!firmware) throw wrongImage(`${name} is no tapnote firmware`);
  return { chip: chip as Board['chip'], firmware };
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
