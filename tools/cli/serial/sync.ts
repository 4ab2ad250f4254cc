import { getU16 } from '../../../firmware/bytes.js';
import { ConsoleCommand, ConsoleStatus } from '../../../firmware/console/codes.js';
import { StatusWord } from '../../../firmware/protocol/status-word.js';
import { CliError } from '../cli-error.js';
import { Exit } from '../output/exit.js';
import { type ConsoleClient, ConsoleError } from './client.js';

/** The bank's end of one sync: a message of the device in, the bank's out. */
export interface SyncLine {
  step(message: Uint8Array): Promise<Uint8Array>;
}

/** The device has ended a sync: it refuses what it got, or was refused. Nothing is lost. */
export class SyncError extends CliError {
  constructor(
    readonly statusWord: number,
    why = statusWord === StatusWord.wrongLifecycle
      ? 'it has no certificate yet: run `tapnote provision`'
      : `status word ${statusWord.toString(16)}. Nothing is lost`,
  ) {
    super(Exit.violated, 'sync-ended', `the device has ended the sync: ${why}`);
  }
}

/** The bank's first message, in which it shows who it is, was refused: no other says anything of that. */
const unbelieved = (error: unknown): unknown =>
  error instanceof SyncError && error.statusWord === StatusWord.badMessage
    ? new SyncError(
        error.statusWord,
        'this is not a bank that it believes, most likely not its own. Nothing is lost',
      )
    : error;

/** Signatures, and flash that is erased, on the device's side. */
const STEP_MS = 20_000;
/** A journal of 10,000 entries goes up in fewer. */
const MESSAGES_MAX = 10_000;

/**
 * Carries a sync over a cable. Returns how many messages the device sent. Throws SyncError, ConsoleError,
 * PortError, BankError.
 */
export const carrySync = (client: ConsoleClient, line: SyncLine): Promise<number> =>
  carry((message) => ask(client, message), line);

/**
 * Carries a sync: `device` takes a message of the bank's, nothing at first, and gives its own, at last none.
 * They are sealed from end to end, and what carries them can read none. Returns how many the device sent.
 */
export async function carry(
  device: (message: Uint8Array) => Promise<Uint8Array>,
  line: SyncLine,
): Promise<number> {
  let message: Uint8Array = new Uint8Array(0);
  for (let messages = 0; messages < MESSAGES_MAX; messages++) {
    const ours = await device(message).catch((error: unknown) => {
      throw messages === 1 ? unbelieved(error) : error;
    });
    if (ours.length === 0 && messages === 0)
      throw new CliError(Exit.violated, 'no-sync', 'the device begins no sync');
    if (ours.length === 0) return messages;
    message = Uint8Array.from(await line.step(ours));
  }
  throw new CliError(Exit.violated, 'sync-endless', `no end after ${MESSAGES_MAX} messages`);
}

async function ask(client: ConsoleClient, message: Uint8Array): Promise<Uint8Array> {
  try {
    return await client.ask(ConsoleCommand.sync, message, { timeout_ms: STEP_MS });
  } catch (error) {
    const isEnded = error instanceof ConsoleError && error.status === ConsoleStatus.failed;
    throw isEnded && error.data.length === 2 ? new SyncError(getU16(error.data, 0)) : error;
  }
}
