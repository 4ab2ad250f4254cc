import { platformIdOf } from '../../../firmware/account/account-certificate.js';
import type { AccountCode } from '../../../firmware/account/account-code.js';
import { Bill, BillKind, Means, NO_HASH } from '../../../firmware/account/bill.js';
import { BillReceipt } from '../../../firmware/account/bill-receipt.js';
import { nobleCrypto as crypto } from '../../../hal/crypto/noble.js';
import { hex } from '../../../sim/bank/bytes.js';
import { objectLines } from '../output/object-lines.js';

/** A first bill for `code`, signed by `terminalKey` (64 bytes), and its receipt: for docs/accounts.md. */
export function billLines(platformKey: Uint8Array, terminalKey: Uint8Array, code: AccountCode): string[] {
  const { pseudonym, serial } = code.certificate;
  const bill = Bill.build(crypto, terminalKey, {
    sequence: 1,
    previous: NO_HASH,
    time_s: code.created_s + 2,
    kind: BillKind.sale,
    means: Means.code,
    platform: platformIdOf(crypto, platformKey.subarray(32)),
    pseudonym,
    serial,
    counter: code.counter,
    amount: code.amount ?? 0,
    place: 5_812,
    refers: 0,
    evidence: crypto.sha256(code.bytes),
  });
  const receipt = BillReceipt.build(crypto, platformKey, {
    terminal: bill.terminal,
    sequence: bill.sequence,
    head: bill.hash(crypto),
    time_s: bill.time_s + 60,
  });
  return [
    '',
    'The bill for the code with an amount of the vectors below, by the terminal whose seed is 32 bytes of `03`:',
    '',
    ...objectLines(Bill.shape, bill.bytes),
    '',
    'Its receipt:',
    '',
    ...objectLines(BillReceipt.shape, receipt.bytes),
    '',
    'Both as they are signed; the last 64 bytes of each are the signature:',
    '',
    '```text',
    hex(bill.bytes),
    hex(receipt.bytes),
    '```',
    '',
  ];
}
