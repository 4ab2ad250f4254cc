import { type Bill, BillKind, Means } from '../../../firmware/account/bill.js';
import { Pos } from '../../../firmware/account/pos.js';
import { isCorrupt } from '../../../firmware/store/errors.js';
import { opensslCrypto as crypto } from '../../../hal/crypto/openssl.js';
import { codeRefusalCode, codeRefusalWords } from '../../../sim/account/refusal-words.js';
import { UploadError, uploadBills } from '../../../sim/account/upload-bills.js';
import { hex } from '../../../sim/bank/bytes.js';
import { nameOf, utc } from '../../../sim/words.js';
import { ORDINARY } from '../../../sim/world/ordinary.js';
import { bankAt } from '../bank/bank-at.js';
import { CliError } from '../cli-error.js';
import { jsonOutput, STANDARD_OUTPUT } from '../files/output-file.js';
import { publicKey } from '../files/public-key.js';
import { Exit } from '../output/exit.js';
import { table } from '../output/table.js';
import type { Output } from '../output/terminal-output.js';
import { openTill, type Till } from './till-folder.js';

const NO_KEY = new Uint8Array(32);

/**
 * A terminal that takes nothing new: its log is what it is opened for. Codes are remembered as long as any
 * terminal would have to.
 */
function posOf(till: Till, home: Uint8Array = NO_KEY): Pos {
  const log = till.log(0, ORDINARY.clocksApart_s);
  const rules = { platforms: [], limits: ORDINARY, scene: 0, tierMin: 0 };
  return new Pos({ crypto, key: till.key, log, home, ...rules });
}

/** The bills at hand, the oldest first, as far as they read. */
function* billsOf({ log }: Pos): Iterable<Bill> {
  for (let sequence = log.first; sequence <= log.last; sequence++) {
    try {
      yield log.at(sequence);
    } catch (error) {
      if (!isCorrupt(error)) throw error;
    }
  }
}

/** `tapnote pos bills`: what a terminal has booked and still has at hand. */
export function listBills(out: Output, folder: string, flags: { readonly json?: string }): void {
  const write = jsonOutput(flags.json);
  const till = openTill('DIR', folder);
  try {
    const pos = posOf(till);
    const { receipted, lastSync_s, stopped } = pos.log;
    const bills = [...billsOf(pos)].map((bill) => plainBill(bill, receipted));
    if (flags.json !== STANDARD_OUTPUT) {
      const head = ['bill', 'time', 'kind', 'by', 'certificate', 'amount', 'of bill', 'uploaded'];
      const rows = bills.map(rowOf);
      if (rows.length > 0) for (const line of table([head, ...rows])) out.line(line);
      else out.line('no bills at hand');
      // Until then `lastSync_s` is when the terminal was first used.
      const synced = receipted === 0 ? 'no bill is uploaded yet' : `last sync ${utc(lastSync_s)}`;
      out.line(`terminal ${hex(till.terminal)}, ${synced}`);
      out.line(`to upload: ${pos.log.last - receipted}`);
    }
    write?.({ terminal: till.terminal, lastSync_s, receipted, bills });
    if (stopped !== undefined) throw new CliError(Exit.violated, 'bills-stopped', stopped);
  } finally {
    till.close();
  }
}

const plainBill = (bill: Bill, receipted: number) => {
  const { sequence, time_s, kind, means, platform, pseudonym, serial, counter, amount, place, refers } = bill;
  return {
    ...{ sequence, time_s, kind: nameOf(BillKind, kind), means: nameOf(Means, means), platform, pseudonym },
    ...{ serial, counter, amount, place, refers, isUploaded: sequence <= receipted },
  };
};

const rowOf = (bill: ReturnType<typeof plainBill>): string[] => [
  `${bill.sequence}`,
  utc(bill.time_s),
  bill.kind,
  bill.means,
  `${bill.serial}`,
  `${bill.amount}`,
  bill.refers === 0 ? '' : `${bill.refers}`,
  bill.isUploaded ? 'yes' : 'no',
];

/** `tapnote pos refund`: gives back of an earlier bill. Throws CliError, for a refusal too. */
export function refund(
  out: Output,
  folder: string,
  sequence: number,
  flags: { readonly amount?: number; readonly time?: number },
): void {
  const till = openTill('DIR', folder);
  try {
    const pos = posOf(till);
    const now_s = flags.time ?? Math.floor(Date.now() / 1_000);
    const { refusal, bill } = pos.refund(sequence, now_s, flags.amount);
    if (!bill) {
      throw new CliError(Exit.violated, codeRefusalCode(refusal), codeRefusalWords(refusal));
    }
    out.line(`bill ${bill.sequence}: ${bill.amount} of bill ${sequence} goes back to its user`);
    while (pos.log.tidy());
  } finally {
    till.close();
  }
}

/** `tapnote pos upload`: the bills go to the platform, whose receipt begins the counts anew. */
export async function upload(
  out: Output,
  folder: string,
  flags: { readonly bank: string; readonly platform: string },
): Promise<void> {
  const bank = bankAt(flags.bank);
  const home = publicKey('platform', flags.platform, 'tapnote bank platform');
  const till = openTill('DIR', folder);
  try {
    const pos = posOf(till, home);
    const before = pos.log.receipted;
    const { taken, asides } = await uploadBills(pos, till.terminal, (request) => bank.uploadBills(request));
    for (const [sequence, reason] of asides) out.line(`bill ${sequence} is set aside: ${reason}`);
    const setAside = asides.filter(([sequence]) => sequence > before).length;
    const bills = `${taken} ${taken === 1 ? 'bill' : 'bills'}`;
    const words = setAside === 0 ? bills : `${bills}, ${setAside} set aside`;
    out.line(`uploaded: ${words}; last sync ${utc(pos.lastSync_s)}`);
    while (pos.log.tidy());
  } catch (error) {
    if (error instanceof UploadError)
      throw new CliError(Exit.violated, `upload-${error.code}`, error.message);
    throw error;
  } finally {
    till.close();
  }
}
