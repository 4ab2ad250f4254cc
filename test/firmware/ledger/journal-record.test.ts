import { describe, expect, test } from 'vitest';
import { bytesOfEntry, type JournalEntry } from '../../../firmware/ledger/journal-entry.js';
import { decodeRecord, encodeRecord, RECORD_HEAD_BYTES } from '../../../firmware/ledger/journal-record.js';
import { Outcome, RECEIPT_INVOICE_AT, Receipt } from '../../../firmware/objects/receipt.js';
import { TRANSFER_INVOICE_AT, Transfer } from '../../../firmware/objects/transfer.js';
import { opensslCrypto as crypto } from '../../../hal/crypto/openssl.js';

const KEY = crypto.ed25519KeyFromSeed(new Uint8Array(32).fill(1));
const id = (byte: number) => new Uint8Array(8).fill(byte);

function transferWith(notes: number): Transfer {
  return Transfer.build(crypto, KEY, {
    payer: id(1),
    payee: id(2),
    invoice: id(3),
    currency: new Uint8Array(3),
    purpose: 0,
    sequence: 7,
    previous: new Uint8Array(32).fill(9),
    created_s: 1_800_000_000,
    claimBy_s: 1_800_001_000,
    received: notes === 0 ? 50 : 0,
    terms: { hops: notes === 0 ? 1 : 0, hopsLimit: 3, expires_s: 1_900_000_000 },
    notes: Array.from({ length: notes }, (_, i) => ({ id: id(20 + i), amount: 5 + i })),
  });
}

function receiptFor(transfer: Transfer | undefined, outcome: number): Receipt {
  return Receipt.build(crypto, KEY, {
    payee: id(2),
    payer: transfer ? transfer.payer : new Uint8Array(8),
    invoice: id(3),
    transfer: transfer ? transfer.hash(crypto) : new Uint8Array(32),
    outcome,
    sequence: 4,
    created_s: 1_800_000_100,
  });
}

const entries: [string, JournalEntry][] = [];
for (let notes = 0; notes <= 4; notes++) {
  const transfer = transferWith(notes);
  entries.push([`out, ${notes} notes`, { kind: 'out', transfer }]);
  entries.push([
    `in, ${notes} notes`,
    { kind: 'in', receipt: receiptFor(transfer, Outcome.accepted), transfer },
  ]);
  entries.push([
    `refused, ${notes} notes`,
    { kind: 'refused', receipt: receiptFor(transfer, Outcome.void), transfer },
  ]);
}
entries.push([
  'refused unseen',
  { kind: 'refused', receipt: receiptFor(undefined, Outcome.void), transfer: undefined },
]);
entries.push(['answer', { kind: 'answer', receipt: receiptFor(transferWith(1), Outcome.accepted) }]);

describe('a journal entry in flash', () => {
  test.each(entries)('comes back byte for byte: %s', (_, entry) => {
    for (const confirmed of [false, true]) {
      const record = encodeRecord(entry, confirmed, 1_234_567_890);
      const noted = decodeRecord(crypto, id(2), record);
      expect(noted).toMatchObject({ bytes: bytesOfEntry(entry), confirmed, own_s: 1_234_567_890 });
    }
  });

  test('takes no more than its bytes and its head, and less where a receipt repeats its transfer', () => {
    for (const [what, entry] of entries) {
      const whole = RECORD_HEAD_BYTES + bytesOfEntry(entry).length;
      const length = encodeRecord(entry, false, 0).length;
      if (what.startsWith('in')) expect(length).toBeLessThan(whole - 60);
      else expect(length).toBeLessThanOrEqual(whole);
    }
  });

  test('has the invoice in one place, whatever it is', () => {
    expect(RECEIPT_INVOICE_AT).toBe(TRANSFER_INVOICE_AT);
    for (const [, entry] of entries) {
      const record = encodeRecord(entry, false, 0);
      const at = RECORD_HEAD_BYTES + TRANSFER_INVOICE_AT;
      expect(record.slice(at, at + 8)).toEqual(id(3));
    }
  });

  test('that is cut short or made up is none', () => {
    const record = encodeRecord(entries[1][1], false, 0);
    for (let length = 0; length < record.length; length++) {
      const noted = decodeRecord(crypto, id(2), record.slice(0, length));
      expect(noted === undefined || noted.bytes.length < bytesOfEntry(entries[1][1]).length).toBe(true);
    }
  });

  test('is read with a transfer that is known where that is its own, to the byte', () => {
    const transfer = Transfer.parse(transferWith(2).bytes)!;
    const receipt = receiptFor(transfer, Outcome.accepted);
    const record = encodeRecord({ kind: 'in', receipt, transfer }, false, 0);
    const read = (known: Transfer, hash: Uint8Array) => {
      const entry = decodeRecord(crypto, id(2), record, { transfer: known, hash })?.entry;
      return entry?.kind === 'in' ? entry : undefined;
    };
    const own = read(transfer, receipt.transfer);
    expect(own?.transfer).toBe(transfer);
    expect(own?.receipt.bytes).toEqual(receipt.bytes);
    const other = Transfer.parse(transferWith(1).bytes)!;
    const wrong = read(other, other.hash(crypto));
    expect(wrong?.transfer.bytes).toEqual(transfer.bytes);
    expect(wrong?.receipt.bytes).toEqual(receipt.bytes);
  });

  test('of a payment is not parsed again where its transfer is known, and is by its payer alone', () => {
    const transfer = Transfer.parse(transferWith(2).bytes)!;
    const record = encodeRecord({ kind: 'out', transfer }, false, 0);
    const read = (device: Uint8Array, known: Transfer) => {
      const entry = decodeRecord(crypto, device, record, { transfer: known })?.entry;
      return entry?.kind === 'out' ? entry.transfer : undefined;
    };
    expect(read(id(1), transfer)).toBe(transfer);
    expect(read(id(2), transfer)).toBeUndefined();
    const wrong = read(id(1), Transfer.parse(transferWith(1).bytes)!);
    expect(wrong?.bytes).toEqual(transfer.bytes);
    expect(wrong).not.toBe(transfer);
  });
});
