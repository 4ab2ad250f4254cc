import fc from 'fast-check';
import { AccountCertificate, platformIdOf } from '../../../firmware/account/account-certificate.js';
import {
  Bill,
  type BillFields,
  BillKind,
  Means,
  NO_HASH,
  terminalIdOf,
} from '../../../firmware/account/bill.js';
import { BillReceipt, type BillReceiptFields } from '../../../firmware/account/bill-receipt.js';
import { opensslCrypto as crypto } from '../../../hal/crypto/openssl.js';
import { certificateFields } from '../account/account-codes.js';
import { amount, bytes, KEY, type ObjectKind, PUBLIC_KEY, pick, u16, u32 } from './object-kind.js';

const CERTIFICATE_FIELDS = [
  'pseudonym',
  'publicKey',
  'notBefore_s',
  'notAfter_s',
  'quota',
  'tier',
  'scene',
  'serial',
] as const;

export const accountCertificate: ObjectKind<Parameters<typeof AccountCertificate.build>[2]> = {
  name: 'account certificate',
  type: 20,
  signed: true,
  fields: certificateFields,
  build: (fields) => AccountCertificate.build(crypto, KEY, fields),
  parse: AccountCertificate.parse,
  read: pick(CERTIFICATE_FIELDS),
  wire: (f) => [platformIdOf(crypto, PUBLIC_KEY), ...CERTIFICATE_FIELDS.map((name) => f[name])],
};

const BILL_FIELDS = [
  'sequence',
  'previous',
  'time_s',
  'kind',
  'means',
  'platform',
  'pseudonym',
  'serial',
  'counter',
  'amount',
  'place',
  'refers',
  'evidence',
] as const;

const hash = bytes(32).map((drawn) => Uint8Array.of(drawn[0] | 1, ...drawn.subarray(1)));

/** What a bill of any kind, by any means, can say. */
export const billFields: fc.Arbitrary<BillFields> = fc
  .record({
    sequence: fc.integer({ min: 2, max: 0xffffffff }),
    previous: hash,
    time_s: u32,
    kind: fc.constantFrom(...Object.values(BillKind)),
    means: fc.constantFrom(...Object.values(Means)),
    platform: bytes(4),
    pseudonym: bytes(8),
    serial: u32,
    counter: u32,
    amount,
    place: u16,
    refers: fc.nat(0xffffffff),
    evidence: hash,
  })
  .map((fields) => {
    const { kind, means, sequence } = fields;
    const isRefund = kind === BillKind.refund;
    const isFace = means === Means.face;
    return {
      ...fields,
      ...(isFace && { pseudonym: new Uint8Array(8), counter: 0 }),
      ...((isFace || isRefund) && { evidence: NO_HASH.slice() }),
      refers: isRefund ? 1 + (fields.refers % (sequence - 1)) : 0,
    };
  });

export const bill: ObjectKind<BillFields> = {
  name: 'bill',
  type: 23,
  signed: true,
  fields: billFields,
  build: (fields) => Bill.build(crypto, KEY, fields),
  parse: Bill.parse,
  read: pick(BILL_FIELDS),
  wire: (f) => [terminalIdOf(crypto, PUBLIC_KEY), ...BILL_FIELDS.map((name) => f[name])],
};

const RECEIPT_FIELDS = ['terminal', 'sequence', 'head', 'time_s'] as const;

export const billReceipt: ObjectKind<BillReceiptFields> = {
  name: 'receipt for bills',
  type: 19,
  signed: true,
  fields: fc.record({
    terminal: bytes(8),
    sequence: fc.integer({ min: 1, max: 0xffffffff }),
    head: hash,
    time_s: u32,
  }),
  build: (fields) => BillReceipt.build(crypto, KEY, fields),
  parse: BillReceipt.parse,
  read: pick(RECEIPT_FIELDS),
  wire: (f) => RECEIPT_FIELDS.map((name) => f[name]),
};
