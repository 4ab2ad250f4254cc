import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Notice } from '../../../firmware/ui/user-interface.js';
import type { Flash } from '../../../hal/flash.js';
import type { SimulatedBoard } from '../../../sim/device/board.js';
import type { Fault } from '../../../sim/device/faults.js';
import { CliError } from '../cli-error.js';
import { Exit } from '../output/exit.js';
import type { Output } from '../output/terminal-output.js';
import { actAsOwner } from './board-owner.js';
import { type Running, type Simulated, simulateBoard } from './console.js';
import { cutAt } from './cut.js';

export interface ConsoleFlags {
  readonly fault: Fault;
  readonly flash?: string;
  readonly emulate?: boolean;
  readonly pair?: boolean;
  readonly otherFlash?: string;
  /** The write to flash in which the plug is pulled. */
  readonly cut?: number;
}

/** Whoever has a simulated board in hand. */
type Owned = Running & { readonly board: SimulatedBoard };

/** A device without a board, or two that lie on each other, until it is ended. */
export async function serveConsole(out: Output, flags: ConsoleFlags): Promise<void> {
  const mortal = cutAt(flags.cut);
  const [first, board] = await open(out, flags, mortal).catch((error: Error) => {
    throw error instanceof CliError ? error : new CliError(Exit.absent, 'no-console', error.message);
  });
  const other = flags.pair ? await openBeside(out, first, flags.otherFlash, mortal) : undefined;
  out.line(`port: ${first.path}`);
  if (other) out.line(`other port: ${other.path}`);
  out.line(`Next, in another terminal: npx tapnote doctor --port ${first.path}`);
  out.line('Ctrl-C ends it.');
  hearOwners(out, first, board, other?.board);
  const stop = (): void => {
    void Promise.all([first.stop(), other?.stop()]).then(() => process.exit(Exit.fine));
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

const freshImage = (): string => join(mkdtempSync(join(tmpdir(), 'tapnote-')), 'flash.bin');

type Mortal = (flash: Flash) => Flash;

/** The owner of an emulated one cannot be played: it has no buttons. */
async function open(
  out: Output,
  { emulate, fault, flash = freshImage() }: ConsoleFlags,
  mortal: Mortal,
): Promise<[Simulated, SimulatedBoard | undefined]> {
  if (emulate) {
    const { emulateBoard } = await import('../../console-chip/emulator.js');
    return [await emulateBoard({ flash }), undefined];
  }
  const running = await simulateBoard({ fault, flash, mortal, onNotice: telling(out, 'owner') });
  return [running, running.board];
}

/** A second board whose antenna lies on that of the first. */
async function openBeside(
  out: Output,
  { clock, chip, catchUp }: Simulated,
  flash = freshImage(),
  mortal: Mortal,
): Promise<Owned> {
  chip.enterField();
  const place = { clock, field: chip.field, catchUp };
  return simulateBoard({ fault: 'none', flash, mortal, place, onNotice: telling(out, 'other owner') });
}

const telling =
  (out: Output, who: string) =>
  (notice: Notice, amount: number | undefined): void =>
    out.line(`${who}: ${notice}${amount === undefined ? '' : ` ${amount}`}`);

/** The owners, and whose hands hold the boards, are at standard input. */
function hearOwners(
  out: Output,
  { chip, catchUp }: Simulated,
  board: SimulatedBoard | undefined,
  other: SimulatedBoard | undefined,
): void {
  createInterface({ input: process.stdin }).on('line', (line) => {
    catchUp();
    const [, isOther, words = ''] = /^\s*(other\s+)?(.*)$/.exec(line) ?? [];
    if (other && words === 'apart') return chip.leaveField();
    if (other && words === 'together') return chip.enterField();
    const owned = isOther ? other : board;
    const wrong = owned?.owner ? actAsOwner(owned, words) : 'nobody is there';
    if (wrong !== undefined) out.line(wrong);
  });
}
