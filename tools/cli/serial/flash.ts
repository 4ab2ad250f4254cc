import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Identity } from '../../../firmware/console/identity.js';
import { boardNamed, partitions, ROOT } from '../../moddable/boards.js';
import { findSdk, needIdf } from '../../moddable/sdk.js';
import { isInstalled } from '../../xs/process.js';
import { CliError } from '../cli-error.js';
import { Exit } from '../output/exit.js';
import { PortError } from './byte-port.js';
import { findDevice } from './find-device.js';
import { readImage } from './firmware-file.js';
import { type Firmware, ownFirmware, PROGRAM_AT, refuseUpdate, wrongImage } from './firmware-image.js';

export interface FlashOptions {
  readonly board: string;
  readonly link?: string;
  readonly port?: string;
  readonly image?: string;
}

/** Version 5 and before it. */
const ESPTOOLS = ['esptool', 'esptool.py'];

/**
 * Builds and flashes with the SDK, or writes an image that is built already. Asks the device first: one that
 * holds money keeps a firmware that reads it. Never touches the partition of the notes, nor a fuse.
 */
export async function flash({ board, link, port, image }: FlashOptions): Promise<void> {
  const { chip } = boardNamed(board).board;
  if (image === undefined) {
    needIdf(findSdk().env);
    await askDevice(port, ownFirmware());
    return build(board, link, port);
  }
  const file = programIn(image);
  const programBytes = partitions(board).find(({ type }) => type === 'app')!.size;
  const next = readImage(file, chip, programBytes);
  const esptool = findEsptool();
  await askDevice(port, next);
  write(esptool, chip, file, port);
}

function findEsptool(): string {
  const esptool = ESPTOOLS.find(isInstalled);
  if (esptool) return esptool;
  const why = 'esptool is needed to write an image, and is not on PATH: pip install esptool';
  throw new CliError(Exit.absent, 'esptool-missing', why);
}

function programIn(image: string): string {
  const file = existsSync(join(image, 'xs_esp32.bin')) ? join(image, 'xs_esp32.bin') : image;
  if (!existsSync(file)) throw wrongImage(`${image} is not there`);
  return file;
}

/** Throws CliError when the device at the port must keep its firmware. One that is silent may get any. */
async function askDevice(port: string | undefined, next: Firmware): Promise<void> {
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
    return;
  }
  const refused = refuseUpdate(identity, next);
  if (refused !== undefined)
    throw new CliError(
      Exit.violated,
      'keeps-firmware',
      `the device at ${path} keeps its firmware: ${refused}`,
    );
  if (next.storeFormat !== identity.formatVersion && identity.otherFormat === 0)
    say(
      `the new firmware has store format ${next.storeFormat}, and the device ${identity.formatVersion}: it will say so, and wait for the partition notes to be erased`,
    );
}

function build(board: string, link: string | undefined, port: string | undefined): void {
  const args = ['run', '--silent', 'build:board', '--', board, '--flash', ...(link ? ['--link', link] : [])];
  // What the SDK's makefile takes for the port.
  const env = port ? { ...process.env, UPLOAD_PORT: port } : process.env;
  const { status, error } = spawnSync('npm', args, { cwd: ROOT, stdio: 'inherit', env });
  if (error) throw new CliError(Exit.absent, 'npm', `npm: ${error.message}`);
  if (status !== 0)
    throw new CliError(Exit.violated, 'build', `the build gave up with status ${status}; see above`);
}

function write(esptool: string, chip: string, file: string, port: string | undefined): void {
  // The old spelling, which version 5 still takes.
  const args = [
    '--chip',
    chip,
    ...(port ? ['--port', port] : []),
    'write_flash',
    `0x${PROGRAM_AT.toString(16)}`,
    file,
  ];
  const { status, error } = spawnSync(esptool, args, { stdio: 'inherit' });
  if (error) throw new CliError(Exit.absent, 'esptool', `${esptool}: ${error.message}`);
  if (status !== 0) {
    const hint = 'Hold BOOT while the board is reset, and try again; is another program at the port?';
    throw new CliError(Exit.violated, 'esptool', `${esptool} gave up with status ${status}. ${hint}`);
  }
}

function say(message: string): void {
  process.stderr.write(`${message}\n`);
}
