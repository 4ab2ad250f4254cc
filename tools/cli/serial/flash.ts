import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Identity } from '../../../firmware/console/identity.js';
import { boards, partitions, ROOT } from '../../moddable/boards.js';
import { isInstalled } from '../../xs/process.js';
import { Exit } from '../output/exit.js';
import { findDevice } from './doctor.js';
import { type Firmware, ImageError, ownFirmware, readImage, refuseUpdate } from './firmware-image.js';
import { PortError } from './port.js';

export interface FlashOptions {
  readonly board: string;
  readonly link?: string;
  readonly port?: string;
  readonly image?: string;
}

/** Where the program lies in every partition table of ours; test/hal/boards.test.ts holds them to it. */
const PROGRAM_AT = '0x20000';
/** As esptool names the chips. */
const CHIPS = { esp32: 'esp32', esp32c3: 'esp32c3', esp32c6: 'esp32c6' } as const;
/** Version 5 and before it. */
const ESPTOOLS = ['esptool', 'esptool.py'];

/**
 * Builds and flashes with the SDK, or writes an image that is built already. Asks the device first: one that
 * holds money keeps a firmware that reads it. Never touches the partition of the notes, nor a fuse.
 */
export async function flash({ board, link, port, image }: FlashOptions): Promise<Exit> {
  const known = boards().find(({ name }) => name === board);
  if (!known)
    return fail(
      `no board ${board}; there are ${boards()
        .map(({ name }) => name)
        .join(', ')}`,
      Exit.usage,
    );
  const { chip } = known.board;
  try {
    const file = image === undefined ? undefined : programIn(image);
    const programBytes = partitions(board).find(({ type }) => type === 'app')!.size;
    const next = file === undefined ? ownFirmware() : readImage(file, chip, programBytes);
    const refused = await askDevice(port, next);
    if (refused !== undefined) return fail(refused, Exit.violated);
    return file === undefined ? build(board, link, port) : write(CHIPS[chip], file, port);
  } catch (error) {
    if (error instanceof ImageError) return fail(error.message, Exit.usage);
    throw error;
  }
}

function programIn(image: string): string {
  const file = existsSync(join(image, 'xs_esp32.bin')) ? join(image, 'xs_esp32.bin') : image;
  if (!existsSync(file)) throw new ImageError(`${image} is not there`);
  return file;
}

/** Why the device at the port must keep its firmware; undefined when it need not, or when none answers. */
async function askDevice(port: string | undefined, next: Firmware): Promise<string | undefined> {
  let identity: Identity;
  let path: string;
  try {
    const client = await findDevice(port);
    try {
      path = client.port.path;
      identity = await client.identify();
    } finally {
      client.close();
    }
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    // A new board, or one that sleeps or is dead. A firmware that finds a store that it does not read leaves
    // it alone.
    say('no tapnote answers: only the program is written, and a wallet that may be there stays as it is');
    return undefined;
  }
  const refused = refuseUpdate(identity, next);
  if (refused !== undefined) return `the device at ${path} keeps its firmware: ${refused}.`;
  if (next.storeFormat !== identity.formatVersion && identity.otherFormat === 0)
    say(
      `the new firmware has store format ${next.storeFormat}, and the device ${identity.formatVersion}: it will say so, and wait for the partition notes to be erased`,
    );
  return undefined;
}

function build(board: string, link: string | undefined, port: string | undefined): Exit {
  const args = ['run', '--silent', 'build:board', '--', board, '--flash', ...(link ? ['--link', link] : [])];
  // What the SDK's makefile takes for the port.
  const env = port ? { ...process.env, UPLOAD_PORT: port } : process.env;
  const { status, error } = spawnSync('npm', args, { cwd: ROOT, stdio: 'inherit', env });
  if (error) return fail(`npm: ${error.message}`, Exit.absent);
  return status === 0 ? Exit.fine : status === 2 ? Exit.absent : Exit.violated;
}

function write(chip: string, file: string, port: string | undefined): Exit {
  const esptool = ESPTOOLS.find(isInstalled);
  if (!esptool) {
    return fail('esptool is needed to write an image, and is not on PATH: pip install esptool', Exit.absent);
  }
  // The old spelling, which version 5 still takes.
  const args = ['--chip', chip, ...(port ? ['--port', port] : []), 'write_flash', PROGRAM_AT, file];
  const { status, error } = spawnSync(esptool, args, { stdio: 'inherit' });
  if (error) return fail(`${esptool}: ${error.message}`, Exit.absent);
  if (status === 0) return Exit.fine;
  return fail(
    `${esptool} gave up with status ${status}. Hold BOOT while the board is reset, and try again; is another program at the port?`,
    Exit.violated,
  );
}

function say(message: string): void {
  process.stderr.write(`${message}\n`);
}

function fail(message: string, exit: Exit): Exit {
  process.stderr.write(`error: ${message}\n`);
  return exit;
}
