import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Board, LinkName } from '../../hal/boards/board.js';
import { CliError } from '../cli/cli-error.js';
import { Exit } from '../cli/output/exit.js';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const BOARDS = join(ROOT, 'hal/boards');
export const LINKS: readonly LinkName[] = ['hsu', 'i2c', 'spi'];

export interface BoardFolder {
  readonly name: string;
  readonly board: Board;
}

/** Every folder of hal/boards that has a manifest. */
export function boards(): BoardFolder[] {
  return readdirSync(BOARDS, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => {
      const manifest = JSON.parse(readFileSync(join(BOARDS, name, 'manifest.json'), 'utf8'));
      return { name, board: manifest.config.board as Board };
    });
}

/** Throws CliError when there is none of that name. */
export function boardNamed(name: string): BoardFolder {
  const all = boards();
  const found = all.find((each) => each.name === name);
  if (found) return found;
  const names = all.map((each) => each.name).join(', ');
  throw new CliError(Exit.usage, 'board', `no board ${name}; there are ${names}`);
}

/** A pin that the board uses, and what for. */
export interface PinUse {
  readonly pin: number;
  readonly use: string;
  readonly drives: boolean;
}

export function linkPins(board: Board, link: LinkName): PinUse[] {
  const irq = { pin: board[link].irq, use: 'IRQ', drives: false };
  if (link === 'hsu') {
    const { transmit, receive } = board.hsu;
    return [{ pin: transmit, use: 'TX', drives: true }, { pin: receive, use: 'RX', drives: false }, irq];
  }
  if (link === 'i2c') {
    const { data, clock } = board.i2c;
    return [{ pin: data, use: 'SDA', drives: true }, { pin: clock, use: 'SCL', drives: true }, irq];
  }
  const { clock, in: input, out, select } = board.spi;
  return [
    { pin: clock, use: 'SCK', drives: true },
    { pin: out, use: 'MOSI', drives: true },
    { pin: input, use: 'MISO', drives: false },
    { pin: select, use: 'SS', drives: true },
    irq,
  ];
}

/** Beside the link: lamp, buttons, display. */
export function ownPins(board: Board): PinUse[] {
  const display = Object.entries(board.display ?? {});
  return [
    ...board.buttons.map(({ pin, label }) => ({ pin, use: `button ${label}`, drives: false })),
    { pin: board.lamp.pin, use: `lamp (${board.lamp.kind})`, drives: true },
    ...display.map(([use, pin]) => ({ pin: pin as number, use: `display ${use}`, drives: true })),
  ];
}

/** What ESP-IDF's settings in a file say. Throws for a line that the SDK's merge would pass over. */
export function settingsIn(file: string): Map<string, string> {
  const lines = readFileSync(file, 'utf8').split('\n');
  const ignored = lines.find((line) => /^#\s*CONFIG_\w+ is not set/.test(line));
  if (ignored !== undefined) throw new Error(`${file}: "${ignored}" has no effect, =n has`);
  return new Map(
    lines.filter((line) => line.startsWith('CONFIG_')).map((line) => line.split('=') as [string, string]),
  );
}

export const settingsOf = (name: string): Map<string, string> =>
  settingsIn(join(BOARDS, name, 'sdkconfig/sdkconfig.defaults'));

export interface Partition {
  readonly name: string;
  readonly type: string;
  readonly subtype: string;
  readonly offset: number;
  readonly size: number;
  readonly flags: string;
}

export const partitions = (name: string): Partition[] =>
  partitionsIn(join(BOARDS, name, 'sdkconfig/partitions.csv'));

export function partitionsIn(file: string): Partition[] {
  const text = readFileSync(file, 'utf8');
  return text
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => {
      const [label, type, subtype, offset, size, flags] = line.split(',').map((field) => field.trim());
      return { name: label, type, subtype, offset: Number(offset), size: Number(size), flags: flags ?? '' };
    });
}
