import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Bill, type BillFields, BillKind, Means, NO_HASH } from '../../../firmware/account/bill.js';
import { BillReceipt } from '../../../firmware/account/bill-receipt.js';
import { AMOUNT_MAX } from '../../../firmware/limits.js';
import { opensslCrypto as crypto } from '../../../hal/crypto/openssl.js';
import { billFields } from '../objects/account-kinds.js';
import { KEY } from '../objects/object-kind.js';

const some: BillFields = {
  ...fc.sample(billFields, { numRuns: 1, seed: 5 })[0],
  ...{ sequence: 7, kind: BillKind.sale, means: Means.code, amount: 5, refers: 0 },
  previous: new Uint8Array(32).fill(1),
  evidence: new Uint8Array(32).fill(2),
};
const isBill = (change: Partial<BillFields>): boolean => {
  try {
    return Bill.parse(Bill.build(crypto, KEY, { ...some, ...change }).bytes) !== undefined;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
};
const refund = { kind: BillKind.refund, evidence: NO_HASH };

describe('a bill', () => {
  test('is about something, but for who goes in or out at a gate', () => {
    for (const kind of [BillKind.sale, BillKind.entry, BillKind.exit])
      expect(isBill({ kind, amount: 0 })).toBe(kind !== BillKind.sale);
    expect(isBill({ ...refund, refers: 1, amount: 0 })).toBe(false);
    expect([isBill({ amount: AMOUNT_MAX }), isBill({ amount: AMOUNT_MAX + 1 })]).toEqual([true, false]);
  });

  test('refers to an earlier one when it is a refund, and else to none', () => {
    for (const refers of [1, 6]) expect(isBill({ ...refund, refers })).toBe(true);
    for (const refers of [0, 7, 8]) expect(isBill({ ...refund, refers })).toBe(false);
    expect(isBill({ refers: 1 })).toBe(false);
  });

  test('is the first, or has one before it', () => {
    expect(isBill({ sequence: 1, previous: NO_HASH })).toBe(true);
    expect(isBill({ sequence: 1 })).toBe(false);
    expect(isBill({ previous: NO_HASH })).toBe(false);
    expect(isBill({ sequence: 0 })).toBe(false);
    expect(isBill({ sequence: 2 ** 32 })).toBe(false);
  });

  test('has evidence of a code or a card, and neither evidence nor pseudonym nor counter of a face', () => {
    const face = { means: Means.face, pseudonym: new Uint8Array(8), counter: 0, evidence: NO_HASH };
    expect(isBill({ evidence: NO_HASH })).toBe(false);
    expect(isBill({ means: Means.card })).toBe(true);
    expect(isBill({ means: Means.card, evidence: NO_HASH })).toBe(false);
    expect(isBill(face)).toBe(true);
    for (const change of [
      { pseudonym: new Uint8Array(8).fill(1) },
      { counter: 1 },
      { evidence: some.evidence },
    ])
      expect(isBill({ ...face, ...change })).toBe(false);
    expect(isBill({ ...refund, refers: 1, evidence: some.evidence })).toBe(false);
  });

  test('is of a kind and by means that somebody has defined', () => {
    expect(isBill({ kind: 4 as BillKind })).toBe(false);
    expect(isBill({ means: 3 as Means })).toBe(false);
  });
});

test('a receipt for bills names a head, unless it is for none', () => {
  const receiptOf = (sequence: number, head: Uint8Array) => () =>
    BillReceipt.build(crypto, KEY, { terminal: new Uint8Array(8), sequence, head, time_s: 9 });
  expect(BillReceipt.parse(receiptOf(0, NO_HASH)().bytes)?.sequence).toBe(0);
  expect(BillReceipt.parse(receiptOf(3, some.previous)().bytes)?.head).toEqual(some.previous);
  expect(receiptOf(0, some.previous)).toThrow(RangeError);
  expect(receiptOf(3, NO_HASH)).toThrow(RangeError);
});
