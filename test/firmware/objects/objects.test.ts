import { decode } from 'cbor-x';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { opensslCrypto as crypto } from '../../../hal/crypto/openssl.js';
import { classify, kinds } from './kinds.js';
import { KEY, type ObjectKind, PUBLIC_KEY } from './object-kind.js';

/** One object of a kind, the same at each run: for tests that go through every byte of it. */
function sample(kind: ObjectKind): Uint8Array {
  return kind.build(fc.sample(kind.fields, { numRuns: 1, seed: 11 })[0]).bytes;
}

const withByte = (bytes: Uint8Array, at: number, value: number): Uint8Array => {
  const copy = bytes.slice();
  copy[at] = value;
  return copy;
};

/** Buffers to plain byte arrays, so that what cbor-x gives compares with what we gave. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Uint8Array.from(value);
  return Array.isArray(value) ? value.map(plain) : value;
}

for (const kind of kinds) {
  describe(`a ${kind.name}`, () => {
    test('reads back as the fields that it was made from', () => {
      fc.assert(
        fc.property(kind.fields, (fields) => {
          const parsed = kind.parse(kind.build(fields).bytes.slice());
          expect(parsed).toBeDefined();
          expect(kind.read(parsed as never)).toEqual(fields);
        }),
        { numRuns: 60 },
      );
    });

    test('is what any CBOR decoder reads: its type, its fields in order, its signature', () => {
      fc.assert(
        fc.property(kind.fields, (fields) => {
          const { bytes } = kind.build(fields);
          const decoded = plain(decode(bytes)) as unknown[];
          const tail = kind.signed ? [bytes.slice(-64)] : [];
          expect(decoded).toEqual([kind.type, ...kind.wire(fields), ...tail]);
        }),
        { numRuns: 60 },
      );
    });

    test('is refused when any byte of any head is another', () => {
      const bytes = sample(kind);
      const classes = classify(bytes);
      for (let at = 0; at < bytes.length; at++) {
        if (classes[at] !== 'head' && at !== 1) continue;
        for (let value = 0; value < 256; value++) {
          if (value === bytes[at]) continue;
          expect(kind.parse(withByte(bytes, at, value)), `byte ${at} = ${value}`).toBeUndefined();
        }
      }
    });

    test('is refused when a small integer is not one', () => {
      const bytes = sample(kind);
      classify(bytes).forEach((found, at) => {
        if (found !== 'small integer') return;
        for (let value = 24; value < 256; value++) {
          expect(kind.parse(withByte(bytes, at, value)), `byte ${at} = ${value}`).toBeUndefined();
        }
      });
    });

    test('is refused when it is cut short or goes on', () => {
      const bytes = sample(kind);
      for (let end = 0; end < bytes.length; end++) {
        expect(kind.parse(bytes.slice(0, end)), `${end} bytes`).toBeUndefined();
      }
      for (const extra of [1, 2, 15, 64]) {
        const longer = new Uint8Array(bytes.length + extra);
        longer.set(bytes);
        expect(kind.parse(longer), `${extra} more`).toBeUndefined();
      }
    });

    test('never throws at arbitrary bytes, nor at itself with some bytes changed', () => {
      const noise = fc.uint8Array({ maxLength: 700 });
      const damaged = fc
        .tuple(kind.fields, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 }))
        .map(([fields, changes]) => {
          const bytes = kind.build(fields).bytes.slice();
          for (const [at, value] of changes) bytes[at % bytes.length] = value;
          return bytes;
        });
      fc.assert(
        fc.property(fc.oneof(noise, damaged), (bytes) => {
          const parsed = kind.parse(bytes);
          if (!parsed) return;
          kind.read(parsed as never);
          if (kind.signed) parsed.verify?.(crypto, PUBLIC_KEY);
        }),
        { numRuns: 100 },
      );
    });

    test('is taken for no other kind', () => {
      const bytes = sample(kind);
      for (const other of kinds) {
        if (other === kind) continue;
        expect(other.parse(bytes), other.name).toBeUndefined();
        // Nor when it claims the other's type, or is cut or stretched to the other's length.
        const disguised = sample(other).fill(0);
        disguised.set(bytes.subarray(0, disguised.length));
        disguised[1] = other.type;
        expect(other.parse(disguised), `as ${other.name}`).toBeUndefined();
      }
    });
  });
}

describe('the signature of', () => {
  for (const kind of kinds) {
    if (!kind.signed) continue;
    test(`a ${kind.name} holds for its own bytes and its signer alone`, () => {
      fc.assert(
        fc.property(kind.fields, fc.uint8Array({ minLength: 32, maxLength: 32 }), (fields, seed) => {
          const object = kind.build(fields);
          expect(object.verify?.(crypto, PUBLIC_KEY)).toBe(true);
          const stranger = crypto.ed25519KeyFromSeed(seed).slice(32);
          expect(object.verify?.(crypto, stranger)).toBe(false);
        }),
        { numRuns: 10 },
      );
    });

    test(`a ${kind.name} fails when any bit of it is flipped`, () => {
      const bytes = sample(kind);
      for (let at = 0; at < bytes.length; at++) {
        const bit = (at * 5 + 3) % 8; // one bit a byte, each of the eight in turn
        const flipped = withByte(bytes, at, bytes[at] ^ (1 << bit));
        const holds = kind.parse(flipped)?.verify?.(crypto, PUBLIC_KEY) ?? false;
        expect(holds, `bit ${bit} of byte ${at}`).toBe(false);
      }
    });
  }

  test('an object is over more than 32 bytes, and begins as nothing else that a device signs', () => {
    const beginnings = kinds.map((kind) => {
      const bytes = sample(kind);
      expect(bytes.length - (kind.signed ? 66 : 0)).toBeGreaterThan(32); // a sync signs a hash of 32 bytes
      expect(bytes[0]).toBeGreaterThanOrEqual(0x80); // an enrolment proof begins with the letter "t"
      return bytes[1];
    });
    expect(new Set(beginnings).size).toBe(kinds.length);
  });

  test('one kind, put behind another kind of the same key, does not hold', () => {
    const signed = kinds.filter((kind) => kind.signed).map((kind) => [kind, sample(kind)] as const);
    for (const [kind, bytes] of signed) {
      for (const [other, donor] of signed) {
        if (other === kind) continue;
        const grafted = bytes.slice();
        grafted.set(donor.subarray(-64), grafted.length - 64);
        expect(kind.parse(grafted)?.verify?.(crypto, PUBLIC_KEY)).toBe(false);
      }
    }
  });

  test('an invoice holds in one session only', () => {
    const kind = kinds.find(({ name }) => name === 'invoice')!;
    type Signable = {
      sign(c: typeof crypto, key: Uint8Array, hash: Uint8Array): Uint8Array;
      verify(c: typeof crypto, key: Uint8Array, hash: Uint8Array, signature: Uint8Array): boolean;
    };
    const invoice = kind.parse(sample(kind)) as unknown as Signable;
    const here = new Uint8Array(32).fill(1);
    const there = new Uint8Array(32).fill(2);
    const signature = invoice.sign(crypto, KEY, here);
    expect(invoice.verify(crypto, PUBLIC_KEY, here, signature)).toBe(true);
    expect(invoice.verify(crypto, PUBLIC_KEY, there, signature)).toBe(false);
    for (let at = 0; at < 64; at++) {
      expect(invoice.verify(crypto, PUBLIC_KEY, here, withByte(signature, at, signature[at] ^ 4))).toBe(
        false,
      );
    }
  });
});
