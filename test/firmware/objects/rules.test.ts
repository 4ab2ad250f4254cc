import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AMOUNT_MAX, HOPS_MAX, NOTES_MAX } from '../../../firmware/limits.js';
import { Transfer, type TransferFields } from '../../../firmware/objects/transfer.js';
import { opensslCrypto as crypto } from '../../../hal/crypto/openssl.js';
import { hotList, profile, settlement } from './bank-kinds.js';
import { KEY, type ObjectKind } from './object-kind.js';
import { certificate, invoice, note, receipt, transferFields } from './payment-kinds.js';

const one = <F>(kind: ObjectKind<F>): F => fc.sample(kind.fields, { numRuns: 1, seed: 3 })[0];
const survives = <F>(kind: ObjectKind<F>, change: Partial<F>): boolean =>
  kind.parse(kind.build({ ...one(kind), ...change }).bytes) !== undefined;

const base = fc.sample(transferFields, { numRuns: 1, seed: 4 })[0];
const id = (byte: number) => new Uint8Array(8).fill(byte);
const ofNotes = (...amounts: number[]): TransferFields => ({
  ...base,
  received: 0,
  terms: { hops: 0, hopsLimit: 5, expires_s: 1_000 },
  notes: amounts.map((amount, i) => ({ id: id(i + 1), amount })),
});
const ofBoth = (received: number, ...amounts: number[]): TransferFields => ({
  ...ofNotes(...amounts),
  received,
  terms: { hops: 2, hopsLimit: 5, expires_s: 1_000 },
});
const build = (fields: TransferFields): Uint8Array => Transfer.build(crypto, KEY, fields).bytes;
const stands = (bytes: Uint8Array): boolean => Transfer.parse(bytes) !== undefined;

/** Where the total lies: two heads, three ids with a head each, the head of the integer. */
const TOTAL = 2 + 3 * 9 + 1;
function withTotal(fields: TransferFields, change: number): Uint8Array {
  const bytes = build(fields);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  view.setUint32(TOTAL, view.getUint32(TOTAL) + change);
  return bytes;
}

describe('a transfer', () => {
  test('names a total to which its inputs add up, to the fen', () => {
    for (const fields of [ofNotes(5), ofNotes(1, 2, 3, 4), ofBoth(7), ofBoth(7, 1, 2, 3, 4)]) {
      expect(stands(withTotal(fields, 0))).toBe(true);
      expect(stands(withTotal(fields, 1))).toBe(false);
      expect(stands(withTotal(fields, -1))).toBe(false);
      expect(stands(withTotal(fields, 0x80000000))).toBe(false);
    }
  });

  test('is for something, and for no more than the largest amount', () => {
    expect(stands(build(ofNotes()))).toBe(false);
    expect(stands(build(ofNotes(AMOUNT_MAX)))).toBe(true);
    expect(stands(build(ofNotes(AMOUNT_MAX + 1)))).toBe(false);
    expect(stands(build(ofNotes(AMOUNT_MAX, 1)))).toBe(false);
    expect(stands(build(ofBoth(AMOUNT_MAX)))).toBe(true);
    expect(stands(build(ofBoth(AMOUNT_MAX + 1)))).toBe(false);
    expect(stands(build(ofBoth(AMOUNT_MAX, 1)))).toBe(false);
    // 2^32 + 1 in four notes is 1 in 32 bits.
    expect(stands(build(ofNotes(0x7fffffff, 0x7fffffff, 2, 1)))).toBe(false);
  });

  test('takes something off each note that it names, and names none twice', () => {
    expect(stands(build(ofNotes(1, 0)))).toBe(false);
    for (const [i, j] of [
      [0, 1],
      [0, 3],
      [2, 3],
    ]) {
      const notes = ofNotes(1, 2, 3, 4).notes.slice();
      notes[j] = { ...notes[j], id: notes[i].id };
      expect(stands(build({ ...base, ...ofNotes(), notes })), `${i} and ${j}`).toBe(false);
    }
  });

  test('of notes alone has no hop behind it, one with received value has', () => {
    const terms = (fields: TransferFields, hops: number, hopsLimit: number) =>
      stands(build({ ...fields, terms: { ...fields.terms, hops, hopsLimit } }));
    expect(terms(ofNotes(5), 0, 5)).toBe(true);
    expect(terms(ofNotes(5), 1, 5)).toBe(false);
    expect(terms(ofBoth(5), 1, 5)).toBe(true);
    expect(terms(ofBoth(5), 0, 5)).toBe(false);
    expect(terms(ofBoth(5, 5), 0, 5)).toBe(false);
  });

  test('stays below its hop limit, and that below the largest', () => {
    const terms = (hops: number, hopsLimit: number) =>
      stands(build({ ...ofBoth(5), terms: { hops, hopsLimit, expires_s: 1 } }));
    expect(terms(4, 5)).toBe(true);
    expect(terms(5, 5)).toBe(false);
    expect(terms(6, 5)).toBe(false);
    expect(terms(HOPS_MAX - 1, HOPS_MAX)).toBe(true);
    expect(terms(1, HOPS_MAX + 1)).toBe(false);
  });

  test('has a name that changes with every byte of it', () => {
    const bytes = build(ofBoth(7, 1, 2));
    const names = new Set<string>();
    for (let at = 0; at < bytes.length; at++) {
      const copy = bytes.slice();
      copy[at] ^= 1;
      const parsed = Transfer.parse(copy);
      if (parsed) names.add(parsed.hash(crypto).join());
    }
    expect(names.has(Transfer.parse(bytes)!.hash(crypto).join())).toBe(false);
    expect(names.size).toBeGreaterThan(100);
  });
});

describe('bounds of the other objects', () => {
  test('a note is worth something within the largest amount, and may change hands at least once', () => {
    for (const value of [1, AMOUNT_MAX]) expect(survives(note, { value })).toBe(true);
    for (const value of [0, AMOUNT_MAX + 1, 0xffffffff]) expect(survives(note, { value })).toBe(false);
    for (const hopsMax of [1, HOPS_MAX]) expect(survives(note, { hopsMax })).toBe(true);
    for (const hopsMax of [0, HOPS_MAX + 1]) expect(survives(note, { hopsMax })).toBe(false);
  });

  test('an invoice asks for something within the largest amount', () => {
    for (const amount of [1, AMOUNT_MAX]) expect(survives(invoice, { amount })).toBe(true);
    for (const amount of [0, AMOUNT_MAX + 1]) expect(survives(invoice, { amount })).toBe(false);
  });

  test('roles, outcomes, policies and standings that nobody has defined are refused', () => {
    expect([survives(certificate, { role: 2 }), survives(certificate, { role: 3 })]).toEqual([true, false]);
    expect([survives(receipt, { outcome: 1 }), survives(receipt, { outcome: 2 })]).toEqual([true, false]);
    expect([survives(settlement, { standing: 2 }), survives(settlement, { standing: 3 })]).toEqual([
      true,
      false,
    ]);
    const { limits } = one(profile);
    expect(survives(profile, { limits: { ...limits, received: 2 } })).toBe(true);
    expect(survives(profile, { limits: { ...limits, received: 3 } })).toBe(false);
  });

  test('a settlement brings no more notes than a wallet holds', () => {
    expect([
      survives(settlement, { notes: NOTES_MAX }),
      survives(settlement, { notes: NOTES_MAX + 1 }),
    ]).toEqual([true, false]);
  });

  test('a part of the hot list is one of its parts', () => {
    expect(survives(hotList, { part: 0, parts: 1 })).toBe(true);
    expect(survives(hotList, { part: 7, parts: 8 })).toBe(true);
    expect(survives(hotList, { part: 1, parts: 1 })).toBe(false);
    expect(survives(hotList, { part: 0, parts: 0 })).toBe(false);
    expect(survives(hotList, { part: 0, parts: 9 })).toBe(false);
  });
});
