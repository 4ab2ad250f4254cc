import { AID, CLA_ISO, Ins } from '../../../firmware/protocol/apdu.js';
import { StatusWord } from '../../../firmware/protocol/status-word.js';
import { type ApduCommand, ApduLink } from '../../../firmware/terminal/apdu-link.js';
import type { NfcReader } from '../../../hal/nfc.js';
import { nodeEntropy } from '../../../sim/host/node-entropy.js';
import { t } from '../../../sim/texts/language.js';
import { bankAt } from '../bank/bank-at.js';
import { CliError } from '../cli-error.js';
import { Exit } from '../output/exit.js';
import type { Output } from '../output/terminal-output.js';
import { carry, SyncError, type SyncLine } from '../serial/sync.js';
import type { FrontEnd } from './front-end.js';
import { openReader, type ReaderFlags } from './open-reader.js';

export interface GatewayFlags extends ReaderFlags {
  readonly bank: string;
  readonly operator?: number;
  /** Seconds in which a card has to come, and a torn sync to be begun again. */
  readonly wait: number;
}

/** After a tear, for a card that has gone to be missed. */
const LOOK_MS = 100;

/**
 * Carries the sync of a card to its bank, in as many touches as it takes: it goes on where it was. It can
 * read none of it. Throws CliError, BankError.
 */
export async function carryForCard(out: Output, flags: GatewayFlags): Promise<Exit> {
  const bank = bankAt(flags.bank);
  await bank.about();
  const frontEnd = await openReader(flags);
  try {
    const { reader } = frontEnd.createChip(nodeEntropy);
    await frontEnd.ready();
    out.line(t`hold a card to the reader`);
    const until_ms = performance.now() + flags.wait * 1_000;
    for (let said: string | undefined; ; ) {
      try {
        await connect(frontEnd, reader, Math.max(0, until_ms - performance.now()));
        const messages = await carryOver(new ApduLink(reader), bank.openSync(flags.operator));
        const words = t`the card has synced with the bank at ${flags.bank}, ${messages} messages`;
        out.line(out.style('green', words));
        return Exit.fine;
      } catch (error) {
        if (!isTorn(error) || frontEnd.gone !== undefined || performance.now() >= until_ms) throw error;
        if (error.message !== said) out.line(t`torn: ${error.message}`);
        said = error.message;
      } finally {
        await new Promise<void>((done) => reader.release(() => done()));
      }
      await new Promise((again) => setTimeout(again, LOOK_MS));
    }
  } finally {
    frontEnd.close();
  }
}

/** A command that lost a piece between reader and card is a broken one for the card. */
const MANGLED: ReadonlySet<number> = new Set([
  StatusWord.wrongLength,
  StatusWord.lastExpected,
  StatusWord.unknownClass,
  StatusWord.unknownInstruction,
]);

const isTorn = (error: unknown): error is CliError =>
  (error instanceof SyncError && MANGLED.has(error.statusWord)) ||
  (error instanceof CliError && error.code === 'sync-torn');

async function carryOver(apdus: ApduLink, line: SyncLine): Promise<number> {
  await select(apdus);
  const envelope = (message: Uint8Array) => ({ ins: Ins.envelope, data: message, cla: CLA_ISO, long: true });
  return carry((message) => say(apdus, envelope(message)), line);
}

const connect = (frontEnd: FrontEnd, reader: NfcReader, timeout_ms: number): Promise<void> =>
  new Promise((resolve, reject) =>
    reader.connect(timeout_ms, (error) => {
      if (!error) return resolve();
      const { gone } = frontEnd;
      if (gone !== undefined) return reject(new CliError(Exit.absent, 'device-gone', gone));
      reject(new CliError(Exit.absent, 'no-card', `${error.message}: ${frontEnd.whereabouts}`));
    }),
  );

/** What does not answer to our name with "ok" is none of ours. */
async function select(apdus: ApduLink): Promise<void> {
  const { status } = await exchange(apdus, { ins: Ins.select, data: AID, cla: CLA_ISO, p1: 4 });
  if (status === StatusWord.ok) return;
  if (status === StatusWord.wrongLifecycle) throw new SyncError(status);
  throw new CliError(Exit.violated, 'foreign', 'the card is not one of ours');
}

async function say(apdus: ApduLink, command: ApduCommand): Promise<Uint8Array> {
  const { status, data } = await exchange(apdus, command);
  if (status !== StatusWord.ok) throw new SyncError(status);
  return data;
}

/** Whatever is lost on the way, the sync begins again where it was. */
const exchange = (
  apdus: ApduLink,
  command: ApduCommand,
): Promise<{ readonly status: number; readonly data: Uint8Array }> =>
  new Promise((resolve, reject) =>
    apdus.exchange(command, (error, status, data) => {
      if (!error) return resolve({ status, data });
      const words = `${error.message}; nothing is lost, hold it there again`;
      reject(new CliError(Exit.violated, 'sync-torn', words));
    }),
  );
