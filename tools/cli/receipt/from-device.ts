import { concat, u32 } from '../../../firmware/bytes.js';
import { ConsoleCommand, ConsoleStatus } from '../../../firmware/console/codes.js';
import { U32_MAX } from '../../../firmware/objects/shape.js';
import { StandaloneReceipt } from '../../../firmware/objects/standalone-receipt.js';
import { type HistoryLine, parseHistory } from '../../../firmware/terminal/statement.js';
import { ExportRefusal } from '../../../firmware/wallet/receipt-export.js';
import { nameOf } from '../../../sim/words.js';
import { CliError } from '../cli-error.js';
import { Exit } from '../output/exit.js';
import { type ConsoleClient, ConsoleError } from '../serial/client.js';

/** Six signatures, and a search through the journal. */
const ANSWER_MS = 20_000;

const BANK = 'its bank can export it once both have synced: tapnote bank receipt';

const REFUSAL_WORDS: Readonly<Record<ExportRefusal, string>> = {
  [ExportRefusal.pin]: 'the PIN is wrong',
  [ExportRefusal.pinLocked]: 'the PIN is locked: only the PUK or the bank opens it',
  [ExportRefusal.pinUnset]: `the device has no PIN by which its owner could show who asks; ${BANK}`,
  [ExportRefusal.pinUncounted]: 'the flash has no room to count a try of the PIN: sync first',
  [ExportRefusal.noEntry]: `the journal has no entry of this number, or not any more; ${BANK}`,
  [ExportRefusal.noPayment]: 'the entry is no payment: a settlement, or a sale that was called off',
  [ExportRefusal.unanswered]: `the payee’s answer is not here; ${BANK}`,
  [ExportRefusal.transferGone]: `the transfer that was answered is not here any more; ${BANK}`,
  [ExportRefusal.certificateGone]: `the device does not remember the other’s certificate any more; ${BANK}`,
  [ExportRefusal.unproven]: `a certificate or an endorsement has been replaced since; ${BANK}`,
};

/** The receipt of the payment in entry `sequence` of a device's journal, by its cable. Throws CliError. */
export async function exportReceipt(
  client: ConsoleClient,
  sequence: number,
  pin: string,
): Promise<StandaloneReceipt> {
  const bytes = await askAsOwner(client, ConsoleCommand.receipt, sequence, pin);
  const receipt = StandaloneReceipt.parse(bytes);
  if (receipt) return receipt;
  throw new ConsoleError(ConsoleStatus.malformed, 'the device has sent something that is no receipt');
}

/**
 * The newest entries of the device's journal, newest first, at most `linesMax`: under which number a payment
 * is. Throws CliError.
 */
export async function readHistory(
  client: ConsoleClient,
  linesMax: number,
  pin: string,
): Promise<HistoryLine[]> {
  const lines: HistoryLine[] = [];
  for (let next = U32_MAX; next > 0 && lines.length < linesMax; ) {
    const page = parseHistory(await askAsOwner(client, ConsoleCommand.history, next, pin));
    const last = page?.at(-1);
    if (!page || (last && last.sequence > next))
      throw new ConsoleError(ConsoleStatus.malformed, 'the device has sent something that is no history');
    if (!last) break;
    lines.push(...page);
    next = last.sequence - 1;
  }
  return lines.slice(0, linesMax);
}

/** A question about an entry of the journal, which only the owner may ask. */
async function askAsOwner(
  client: ConsoleClient,
  command: number,
  sequence: number,
  pin: string,
): Promise<Uint8Array> {
  const entry = u32(sequence);
  try {
    return await client.ask(command, concat(entry, Buffer.from(pin, 'ascii')), { timeout_ms: ANSWER_MS });
  } catch (error) {
    throw isRefusal(error) ? refused(error.data[0]) : error;
  }
}

const isRefusal = (error: unknown): error is ConsoleError =>
  error instanceof ConsoleError && error.status === ConsoleStatus.failed && error.data.length === 1;

function refused(code: number): CliError {
  const words = (REFUSAL_WORDS as Readonly<Record<number, string>>)[code] ?? `reason ${code}`;
  return new CliError(Exit.violated, `receipt-${nameOf(ExportRefusal, code)}`, words);
}
