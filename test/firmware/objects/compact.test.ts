import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Certificate } from '../../../firmware/objects/certificate.js';
import { Invoice } from '../../../firmware/objects/invoice.js';
import { Note } from '../../../firmware/objects/note.js';
import { Receipt } from '../../../firmware/objects/receipt.js';
import { Transfer } from '../../../firmware/objects/transfer.js';
import { opensslCrypto as crypto } from '../../../hal/crypto/openssl.js';
import type { ObjectKind, Parsed } from './object-kind.js';
import { certificate, invoice, note, receipt, transfer } from './payment-kinds.js';

type Expanded = { object: Parsed; end: number } | undefined;

/** How one kind of object travels: its compact form, and what the other side makes of bytes. */
interface Traveller {
  readonly name: string;
  readonly kind: ObjectKind;
  compact(object: Parsed): Uint8Array;
  /** `like`: the object whose known fields the other side has. */
  expand(bytes: Uint8Array, at: number, like: Parsed): Expanded;
}

const traveller = <F, O extends Parsed>(
  name: string,
  kind: ObjectKind<F>,
  compact: (object: O) => Uint8Array,
  expand: (bytes: Uint8Array, at: number, like: O) => Expanded,
): Traveller => ({
  name,
  kind: kind as ObjectKind,
  compact: compact as Traveller['compact'],
  expand: expand as Traveller['expand'],
});

const transferKind = (isAsked: boolean) =>
  traveller<unknown, Transfer>(
    isAsked ? 'transfer, its invoice at hand' : 'transfer',
    transfer as ObjectKind,
    (object) => object.compact(isAsked),
    (bytes, at, like) => {
      const { payer, payee, currency, noteCount } = like;
      const notes = Array.from({ length: noteCount }, (_, i) => ({ id: like.noteId(i) }));
      const known = { payer, payee, currency, notes, invoice: isAsked ? like.invoice : undefined };
      const expanded = Transfer.expand(bytes, at, known);
      return expanded && { object: expanded.transfer, end: expanded.end };
    },
  );

/** The payee of an invoice, as far as an invoice says who it is. */
const payeeOf = ({ payee, category }: Invoice) => ({ id: payee, category }) as Certificate;
/** A transfer that a receipt may be for: only what the receipt repeats of it matters. */
const transferOf = ({ payee, payer, invoice: id }: Receipt) => ({ payee, payer, invoice: id }) as Transfer;

const TRAVELLERS: readonly Traveller[] = [
  traveller<unknown, Certificate>(
    'certificate',
    certificate as ObjectKind,
    (object) => object.compact,
    (bytes, at) => {
      const expanded = Certificate.expand(bytes, at);
      return expanded && { object: expanded.certificate, end: expanded.end };
    },
  ),
  traveller<unknown, Note>(
    'note',
    note as ObjectKind,
    (object) => object.compact,
    (bytes, at, like) => {
      const expanded = Note.expand(bytes, at, like.currency, like.owner);
      return expanded && { object: expanded.note, end: expanded.end };
    },
  ),
  traveller<unknown, Invoice>(
    'invoice',
    invoice as ObjectKind,
    (object) => object.compact,
    (bytes, at, like) => {
      const expanded = Invoice.expand(bytes, at, payeeOf(like));
      return expanded && { object: expanded.invoice as Parsed, end: expanded.end };
    },
  ),
  transferKind(true),
  transferKind(false),
  traveller<unknown, Receipt>(
    'receipt',
    receipt as ObjectKind,
    (object) => object.compact,
    (bytes, at, like) => {
      const expanded = Receipt.expand(crypto, bytes, at, transferOf(like), like.transfer);
      return expanded && { object: expanded.receipt, end: expanded.end };
    },
  ),
];

/** Zeros in the fields that may stay away are as frequent as anything else. */
const sparse = (kind: ObjectKind): fc.Arbitrary<unknown> =>
  fc.tuple(kind.fields, fc.nat(0x1ff)).map(([fields, mask]) => {
    const names = [
      'endorsement',
      'role',
      'category',
      'tier',
      'purpose',
      'registry',
      'place',
      'target',
      'payee',
    ];
    const zeros = names.filter((name, i) => mask & (1 << i) && name in (fields as object));
    const zero = (name: string) => (name === 'payee' ? new Uint8Array(8) : 0);
    return { ...(fields as object), ...Object.fromEntries(zeros.map((name) => [name, zero(name)])) };
  });

const built = (kind: ObjectKind, fields: unknown): Parsed => kind.parse(kind.build(fields).bytes.slice())!;

describe.each(TRAVELLERS)('the compact form of a $name', ({ kind, compact, expand }) => {
  test('is the object again, wherever in a message it lies, and says where it ends', () => {
    fc.assert(
      fc.property(sparse(kind), fc.nat(20), fc.uint8Array({ maxLength: 9 }), (fields, before, behind) => {
        const object = built(kind, fields);
        const form = compact(object);
        const message = Uint8Array.of(...new Uint8Array(before), ...form, ...behind);
        const expanded = expand(message, before, object);
        expect(expanded?.object.bytes).toEqual(object.bytes);
        expect(expanded?.end).toBe(before + form.length);
      }),
      { numRuns: 200 },
    );
  });

  test('is none when it is cut short anywhere', () => {
    const object = built(kind, fc.sample(kind.fields, { numRuns: 1, seed: 5 })[0]);
    const form = compact(object);
    for (let length = 0; length < form.length; length++)
      expect(expand(form.subarray(0, length), 0, object), `${length} bytes`).toBeUndefined();
  });
});

/** Numbers from a seed: xorshift32. */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** One byte another, one more, one less, two exchanged, or the first byte, which says what is there. */
function mutated(form: Uint8Array, roll: (below: number) => number): Uint8Array {
  const at = roll(4) === 0 ? 0 : roll(form.length);
  switch (roll(5)) {
    case 0:
      return Uint8Array.of(...form.subarray(0, at), roll(256), ...form.subarray(at));
    case 1:
      return Uint8Array.of(...form.subarray(0, at), ...form.subarray(at + 1));
    case 2: {
      const copy = form.slice();
      const other = roll(form.length);
      [copy[at], copy[other]] = [copy[other], copy[at]];
      return copy;
    }
    default: {
      const copy = form.slice();
      copy[at] = roll(3) === 0 ? 0 : roll(256);
      return copy;
    }
  }
}

const MUTATIONS = 1_000_000;
const MUTATIONS_OF_ONE = 500;

test('no compact form has two readings, and no object two compact forms: a million mutations', () => {
  const seed = 20_261_128;
  const roll = dice(seed);
  let read = 0;
  for (let count = 0; count < MUTATIONS; count += MUTATIONS_OF_ONE) {
    const { name, kind, compact, expand } = TRAVELLERS[roll(TRAVELLERS.length)];
    const object = built(kind, fc.sample(sparse(kind), { numRuns: 1, seed: roll(0x7fffffff) })[0]);
    const form = compact(object);
    for (let i = 0; i < MUTATIONS_OF_ONE; i++) {
      const bytes = mutated(form, roll);
      const expanded = expand(bytes, 0, object);
      if (!expanded) continue;
      read++;
      const again = compact(expanded.object);
      const isSame = again.length === expanded.end && again.every((byte, at) => byte === bytes[at]);
      if (!isSame) throw new Error(`${name}, seed ${seed}: ${Buffer.from(bytes).toString('hex')}`);
    }
  }
  expect(read).toBeGreaterThan(MUTATIONS / 10);
});
