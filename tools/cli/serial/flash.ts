import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { boards, ROOT } from '../../moddable/boards.js';
import { isInstalled } from '../../xs/process.js';
import { Exit } from '../output/exit.js';

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
 * Builds and flashes with the SDK, or writes an image that is built already. Never touches the partition of
 * the notes, nor a fuse.
 */
export function flash({ board, link, port, image }: FlashOptions): Exit {
  const known = boards().find(({ name }) => name === board);
  if (!known)
    return fail(
      `no board ${board}; there are ${boards()
        .map(({ name }) => name)
        .join(', ')}`,
      Exit.usage,
    );
  return image === undefined ? build(board, link, port) : write(CHIPS[known.board.chip], image, port);
}

function build(board: string, link: string | undefined, port: string | undefined): Exit {
  const args = ['run', '--silent', 'build:board', '--', board, '--flash', ...(link ? ['--link', link] : [])];
  // What the SDK's makefile takes for the port.
  const env = port ? { ...process.env, UPLOAD_PORT: port } : process.env;
  const { status, error } = spawnSync('npm', args, { cwd: ROOT, stdio: 'inherit', env });
  if (error) return fail(`npm: ${error.message}`, Exit.absent);
  return status === 0 ? Exit.fine : status === 2 ? Exit.absent : Exit.violated;
}

function write(chip: string, image: string, port: string | undefined): Exit {
  const file = existsSync(join(image, 'xs_esp32.bin')) ? join(image, 'xs_esp32.bin') : image;
  if (!existsSync(file)) return fail(`${image} is not there`, Exit.usage);
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

function fail(message: string, exit: Exit): Exit {
  process.stderr.write(`error: ${message}\n`);
  return exit;
}
