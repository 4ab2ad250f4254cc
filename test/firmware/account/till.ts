import { platformIdOf } from '../../../firmware/account/account-certificate.js';
import { type Bill, BillKind, NO_HASH, terminalIdOf } from '../../../firmware/account/bill.js';
import { BillReceipt } from '../../../firmware/account/bill-receipt.js';
import type { Platform } from '../../../firmware/account/decision.js';
import { openBillLog } from '../../../firmware/account/open-bill-log.js';
import { Pos, type PosOptions, type Purchase, type Taken } from '../../../firmware/account/pos.js';
import { SerialSet } from '../../../firmware/account/serial-set.js';
import { sameBytes } from '../../../firmware/bytes.js';
import { AMOUNT_MAX } from '../../../firmware/limits.js';
import { crc32 } from '../../../hal/crc32.js';
import { opensslCrypto as crypto } from '../../../hal/crypto/openssl.js';
import { scanned } from '../../../sim/account/scanned.js';
import { NorFlash } from '../../../sim/chip/nor-flash.js';
import { ORDINARY } from '../../../sim/world/ordinary.js';
import { codeOf, NOW_S, PLATFORM_KEY } from './account-codes.js';

export const TERMINAL_KEY = crypto.ed25519KeyFromSeed(new Uint8Array(32).fill(3));
export const TERMINAL = terminalIdOf(crypto, TERMINAL_KEY.subarray(32));
export const SALE: Purchase = { kind: BillKind.sale, amount: 100, place: 5_812 };

export const PLATFORM: Platform = {
  id: platformIdOf(crypto, PLATFORM_KEY.subarray(32)),
  publicKey: PLATFORM_KEY.slice(32),
  operator: 1,
  denied: new SerialSet([]),
};
export const LIMITS = {
  ...ORDINARY,
  clocksApart_s: 30,
  offlineCountMax: AMOUNT_MAX,
  counterpartyCountMax: AMOUNT_MAX,
  counterpartyAmountMax: AMOUNT_MAX,
  balanceMax: AMOUNT_MAX,
};

export const flashOf = (sectorCount: number): NorFlash => new NorFlash({ sectorCount, unstableErases: true });

/** A terminal as it starts: what it knows is in its flash. */
export function boot(flash: NorFlash, options: Partial<PosOptions> = {}, now_s = NOW_S): Pos {
  const { clocksApart_s } = options.limits ?? LIMITS;
  const log = openBillLog(flash, crc32, { crypto, terminal: TERMINAL, clocksApart_s, now_s });
  return new Pos({
    crypto,
    key: TERMINAL_KEY,
    log,
    platforms: [PLATFORM],
    home: PLATFORM.publicKey,
    limits: LIMITS,
    scene: 0,
    tierMin: 0,
    ...options,
  });
}

/** What `run` hands to its callback at once. */
export function atOnce(run: (done: (taken: Taken) => void) => void): Taken {
  let taken: Taken | undefined;
  run((given) => {
    taken = given;
  });
  if (!taken) throw new Error('it has not answered');
  return taken;
}

export const scan = (pos: Pos, text: string, purchase = SALE, now_s = NOW_S): Taken =>
  atOnce((done) => pos.scan(purchase, now_s, scanned(text), done));

/** A bill for the code number `counter` of the ordinary user. */
export function sell(pos: Pos, counter: number, amount = SALE.amount, now_s = NOW_S): Bill {
  const { bill, refusal } = scan(pos, codeOf({ counter, created_s: now_s }).text, { ...SALE, amount }, now_s);
  if (!bill) throw new Error(`refused: ${refusal}`);
  return bill;
}

export function tidy(pos: Pos): void {
  for (let steps = 0; pos.log.tidy(); steps++) if (steps > 200) throw new Error('tidy does not end');
}

/** A platform's receipt for all bills up to `sequence`. */
export const receiptFor = (pos: Pos, sequence: number, time_s = NOW_S, key = PLATFORM_KEY): Uint8Array =>
  BillReceipt.build(crypto, key, {
    terminal: TERMINAL,
    sequence,
    head: sequence === 0 ? NO_HASH : pos.log.at(sequence).hash(crypto),
    time_s,
  }).bytes;

/** What is wrong with a log: the chain, a code twice, counts that are not those of its bills. */
export function faultOf({ log }: Pos): string | undefined {
  if (log.stopped !== undefined) return log.stopped;
  const codes = new Set<number>();
  let amount = 0;
  let payments = 0;
  for (let sequence = log.first; sequence <= log.last; sequence++) {
    const { bill, evidence } = log.booked(sequence);
    if (!bill.verify(crypto, TERMINAL_KEY.subarray(32))) return `bill ${sequence} is not signed`;
    const isNext = sequence === log.first || sameBytes(bill.previous, log.at(sequence - 1).hash(crypto));
    if (!isNext) return `bill ${sequence} does not come after the one before`;
    if (evidence.length > 0 && !sameBytes(crypto.sha256(evidence), bill.evidence))
      return `the evidence of bill ${sequence} is another`;
    const isRefund = bill.kind === BillKind.refund;
    if (!isRefund && codes.has(bill.counter)) return `code ${bill.counter} is booked twice`;
    if (!isRefund) codes.add(bill.counter);
    if (sequence <= log.receipted) continue;
    payments += isRefund ? 0 : 1;
    if (!isRefund) amount += bill.amount;
    else if (bill.refers > log.receipted) amount -= bill.amount;
  }
  if (log.last >= log.first && !sameBytes(log.head, log.at(log.last).hash(crypto)))
    return 'the head is another';
  return amount === log.counts.amount && payments === log.counts.payments
    ? undefined
    : `bills of ${amount} in ${payments}, counted ${log.counts.amount} in ${log.counts.payments}`;
}
