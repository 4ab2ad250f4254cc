/**
 * Every signed object: built as the reference builds it, to the byte; read back; refused when a byte of its
 * shape is off, or a bound is passed.
 */
import { AMOUNT_MAX, HOPS_MAX, HOT_LIST_PARTS_MAX, NOTES_MAX } from '../../../firmware/limits.js';
import { HotList } from '../../../firmware/objects/hot-list.js';
import { Invoice } from '../../../firmware/objects/invoice.js';
import { Note } from '../../../firmware/objects/note.js';
import { Settlement } from '../../../firmware/objects/settlement.js';
import { Transfer } from '../../../firmware/objects/transfer.js';
import type { Crypto } from '../../../hal/crypto.js';
import { same, toHex } from '../check.js';
import { Dice } from '../hardware/dice.js';
import { keyOf, kinds, type ObjectKind, U32_MAX } from '../objects.js';
import type { Case, Suite } from '../suite.js';

export interface CodecInput {
  readonly seed: number;
  /** By kind, objects of `samplesOf` in hex. */
  readonly objects: Readonly<Record<string, readonly string[]>>;
}

const SAMPLES = 8;

/** What the suite compares with. */
export const recordObjects = (crypto: Crypto, seed: number): Record<string, string[]> =>
  Object.fromEntries(kinds.map((kind) => [kind.name, samplesOf(crypto, kind, seed).map(toHex)]));

export const suite: Suite<CodecInput> = ({ crypto }, { seed, objects }) => [
  ...kinds.flatMap((kind) => casesOf(crypto, kind, seed, objects[kind.name])),
  ...bounds(crypto),
];

function samplesOf(crypto: Crypto, kind: ObjectKind, seed: number): Uint8Array[] {
  const dice = new Dice(seed, kind.name);
  return Array.from({ length: SAMPLES }, () => kind.build(crypto, kind.fields(dice)).bytes);
}

const casesOf = (crypto: Crypto, kind: ObjectKind, seed: number, objects: readonly string[]): Case[] => [
  {
    name: `${kind.name}: the reference's bytes, signature included`,
    run: () => {
      samplesOf(crypto, kind, seed).forEach((bytes, i) => void same(toHex(bytes), objects[i], `object ${i}`));
    },
  },
  {
    name: `${kind.name}: reads back as it was built, and its signature holds under its signer's key only`,
    run: () => {
      const dice = new Dice(seed, kind.name);
      const [ours, stranger] = [1, 2].map((byte) => keyOf(crypto, byte).subarray(32));
      for (let i = 0; i < SAMPLES; i++) {
        const fields = kind.fields(dice);
        const bytes = kind.build(crypto, fields).bytes;
        const parsed = kind.parse(bytes);
        if (parsed === undefined) throw new Error(`object ${i} does not parse`);
        for (const name of Object.keys(fields)) {
          same(textOf(kind.read(parsed)[name]), textOf(fields[name]), `${name} of object ${i}`);
        }
        same(parsed.verify?.(crypto, ours) ?? true, true, 'signature');
        same(parsed.verify?.(crypto, stranger) ?? false, false, 'signature under another key');
      }
    },
  },
  {
    name: `${kind.name}: any other byte in its shape, one byte more or one less, and it does not parse`,
    run: () => {
      const [bytes] = samplesOf(crypto, kind, seed);
      const shape = shapeOf(bytes);
      for (const at of shape) {
        for (const flip of [0x01, 0x20, 0x80, 0xff]) {
          const changed = bytes.slice();
          changed[at] ^= flip;
          same(kind.parse(changed), undefined, `byte ${at} with ${flip} flipped`);
        }
      }
      same(kind.parse(bytes.subarray(0, bytes.length - 1)), undefined, 'one byte less');
      const longer = new Uint8Array(bytes.length + 1);
      longer.set(bytes);
      same(kind.parse(longer), undefined, 'one byte more');
      same(kind.parse(new Uint8Array(0)), undefined, 'no byte');
    },
  },
];

/**
 * Where the heads of a CBOR item are (RFC 8949, 3), found from the bytes alone; not those of small integers,
 * which are values.
 */
function shapeOf(bytes: Uint8Array): number[] {
  const heads: number[] = [];
  let at = 0;
  const item = (): void => {
    const first = bytes[at];
    const major = first >> 5;
    const wide = (first & 31) < 24 ? 0 : 1 << ((first & 31) - 24);
    let length = first & 31;
    if (wide > 0) length = 0;
    for (let i = 1; i <= wide; i++) length = length * 256 + bytes[at + i];
    if (major !== 0 || wide > 0) heads.push(at);
    if (major === 2) for (let i = 1; i <= wide; i++) heads.push(at + i);
    at += 1 + wide + (major === 2 ? length : 0);
    if (major === 4) for (let i = 0; i < length; i++) item();
  };
  item();
  same(at, bytes.length, 'end of the item');
  heads.push(1); // the type is a small integer, and part of the shape
  return heads;
}

const kindOf = (name: string): ObjectKind => kinds.find((kind) => kind.name === name) as ObjectKind;

/** An object of `kind` with some fields as given. */
function built(crypto: Crypto, name: string, fields: Record<string, unknown>): Uint8Array {
  const kind = kindOf(name);
  return kind.build(crypto, { ...kind.fields(new Dice(1, name)), ...fields }).bytes;
}

const bounds = (crypto: Crypto): Case[] => [
  {
    name: 'integers of 32 bits are unsigned, and read as what they are at 2^31 and 2^32 - 1',
    run: () => {
      for (const value of [0, 1, 0x7fffffff, 0x80000000, U32_MAX]) {
        const note = Note.parse(built(crypto, 'note', { issuer: value, expires_s: value }));
        same(note?.issuer, value, 'issuer');
        same(note?.expires_s, value, 'expiry');
        const transfer = Transfer.parse(built(crypto, 'transfer', { sequence: value, claimBy_s: value }));
        same(transfer?.sequence, value, 'sequence');
        same(transfer?.claimBy_s, value, 'claim');
      }
      for (const value of [0, 1, 0x7fff, 0x8000, 0xffff]) {
        same(Note.parse(built(crypto, 'note', { purpose: value }))?.purpose, value, 'purpose');
        same(Invoice.parse(built(crypto, 'invoice', { category: value }))?.category, value, 'category');
      }
    },
  },
  {
    name: 'amounts go from 1 to 2^31 - 1, and no sum hides above that',
    run: () => {
      const isNote = (value: number) => Note.parse(built(crypto, 'note', { value })) !== undefined;
      const isInvoice = (amount: number) => Invoice.parse(built(crypto, 'invoice', { amount })) !== undefined;
      for (const taken of [isNote, isInvoice]) {
        same([0, 1, AMOUNT_MAX, AMOUNT_MAX + 1, U32_MAX].map(taken), [false, true, true, false, false]);
      }
      const sum = (received: number, ...amounts: number[]) => {
        const notes = amounts.map((amount, i) => ({ id: new Uint8Array(8).fill(i + 1), amount }));
        const terms = { hops: received > 0 ? 1 : 0, hopsLimit: 3, expires_s: 5 };
        return Transfer.parse(built(crypto, 'transfer', { received, terms, notes }))?.total;
      };
      same(sum(0, AMOUNT_MAX), AMOUNT_MAX, 'the most');
      same(sum(AMOUNT_MAX - 1, 1), AMOUNT_MAX, 'the most of both');
      same(sum(AMOUNT_MAX, 1), undefined, 'more than the most');
      same(sum(0), undefined, 'nothing');
      same(sum(5, 0), undefined, 'nothing of a note');
      same(sum(2, 0x80000000, 0x80000000), undefined, 'a sum that wraps');
    },
  },
  {
    name: 'a transfer names no note twice, and adds up',
    run: () => {
      const id = new Uint8Array(8).fill(1);
      const terms = { hops: 0, hopsLimit: 3, expires_s: 5 };
      const notes = [7, 8].map((amount) => ({ id, amount }));
      same(Transfer.parse(built(crypto, 'transfer', { received: 0, terms, notes })), undefined, 'twice');
      const bytes = built(crypto, 'transfer', { received: 0, terms, notes: notes.slice(0, 1) });
      same(Transfer.parse(bytes)?.total, 7, 'total');
      const low = bytes.length - 66 - 1;
      bytes[low]++;
      same(Transfer.parse(bytes), undefined, 'total that is not the sum');
    },
  },
  {
    name: 'hops and tiny fields keep their limits',
    run: () => {
      const hopsOf = (hopsMax: number) => Note.parse(built(crypto, 'note', { hopsMax }))?.hopsMax;
      same([0, 1, HOPS_MAX, HOPS_MAX + 1, 23].map(hopsOf), [undefined, 1, HOPS_MAX, undefined, undefined]);
      let thrown = 0;
      for (const hopsMax of [-1, 24, 1.5]) {
        try {
          hopsOf(hopsMax);
        } catch {
          thrown++;
        }
      }
      same(thrown, 3, 'a number that does not fit is not signed');
      const isTransfer = (hops: number, hopsLimit: number, received: number) =>
        Transfer.parse(
          built(crypto, 'transfer', {
            received,
            terms: { hops, hopsLimit, expires_s: 1 },
            notes: received > 0 ? [] : [{ id: new Uint8Array(8), amount: 1 }],
          }),
        ) !== undefined;
      same(isTransfer(0, 1, 0), true, 'notes, first hand');
      same(isTransfer(0, 0, 0), false, 'no hop left');
      same(isTransfer(1, 2, 0), false, 'hops without received value');
      same(isTransfer(0, 2, 9), false, 'received value without hops');
      same(isTransfer(HOPS_MAX - 1, HOPS_MAX, 9), true, 'the last hop');
      same(isTransfer(HOPS_MAX, HOPS_MAX, 9), false, 'one hop too many');
      same(isTransfer(1, HOPS_MAX + 1, 9), false, 'a limit beyond the limit');
    },
  },
  {
    name: 'parts of a hot list and notes of a settlement keep theirs',
    run: () => {
      const isPart = ([part, parts]: readonly number[]) =>
        HotList.parse(built(crypto, 'hot list', { part, parts })) !== undefined;
      const last = HOT_LIST_PARTS_MAX - 1;
      const tried = [[0, 0], [0, 1], [1, 1], [last, last + 1], [0, last + 2]]; // biome-ignore format: a row
      same(tried.map(isPart), [false, true, false, true, false]);
      const isNotes = (notes: number) =>
        Settlement.parse(built(crypto, 'settlement', { notes })) !== undefined;
      same([0, NOTES_MAX, NOTES_MAX + 1].map(isNotes), [true, true, false]);
      const isStanding = (standing: number) =>
        Settlement.parse(built(crypto, 'settlement', { standing })) !== undefined;
      same([0, 2, 3].map(isStanding), [true, true, false]);
    },
  },
];

function textOf(value: unknown): string {
  if (value instanceof Uint8Array) return toHex(value);
  if (Array.isArray(value)) return `[${value.map(textOf).join()}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const fields = value as Record<string, unknown>;
  const names = Object.keys(fields).sort();
  return `{${names.map((name) => `${name}: ${textOf(fields[name])}`).join()}}`;
}
