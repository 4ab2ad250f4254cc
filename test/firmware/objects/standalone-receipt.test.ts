import { decode } from 'cbor-x';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat } from '../../../firmware/bytes.js';
import { CERTIFICATE_BYTES } from '../../../firmware/objects/certificate.js';
import { OPERATOR_BYTES, type Operator } from '../../../firmware/objects/operator.js';
import { Outcome, RECEIPT_BYTES, Receipt } from '../../../firmware/objects/receipt.js';
import { type Party, ReceiptFault, StandaloneReceipt } from '../../../firmware/objects/standalone-receipt.js';
import { Transfer, type TransferFields } from '../../../firmware/objects/transfer.js';
import { opensslCrypto as crypto } from '../../../hal/crypto/openssl.js';
import { SimEntropy } from '../../../sim/chip/entropy.js';
import { CURRENCY, TestBank } from '../../../sim/world/test-bank.js';
import { classify } from './kinds.js';

const START_S = 1_800_000_000;
const PAID_S = START_S + 1_000;

const first = new TestBank(crypto, START_S, { seed: 1, number: 1 });
const second = new TestBank(crypto, START_S, { seed: 2, number: 2, rootKey: first.rootKey });
/** Its operator has the number of the first, under another root. */
const foreign = new TestBank(crypto, START_S, { seed: 3, number: 1 });
const ROOT = first.rootKey.slice(32);

interface Side extends Party {
  /** Ed25519, 64 bytes. */
  readonly key: Uint8Array;
}

/** A device whose certificate is good until `notAfter_s`. */
function side(bank: TestBank, notAfter_s?: number, operator: Operator = bank.operator): Side {
  const key = crypto.ed25519KeyFromSeed(bank.random(32)).slice();
  const certificate = bank.certify(key.slice(32), notAfter_s === undefined ? {} : { notAfter_s });
  return { key, certificate, operator };
}

interface Given {
  readonly payer?: Side;
  readonly payee?: Side;
  readonly notes?: number;
  readonly outcome?: number;
  readonly transfer?: Partial<TransferFields>;
  readonly receipt?: Partial<{
    payee: Uint8Array;
    payer: Uint8Array;
    invoice: Uint8Array;
    transfer: Uint8Array;
  }>;
}

/** One payment, signed as wallets sign it but for what is given. */
function made(given: Given = {}): StandaloneReceipt {
  const { payer = side(first), payee = side(second), notes = 1, outcome = Outcome.accepted } = given;
  const transfer = Transfer.build(crypto, payer.key, {
    payer: payer.certificate.id,
    payee: payee.certificate.id,
    invoice: first.random(8),
    currency: CURRENCY,
    purpose: 0,
    sequence: 3,
    previous: first.random(32),
    created_s: PAID_S,
    claimBy_s: PAID_S + 300,
    received: 7,
    terms: { hops: 1, hopsLimit: 5, expires_s: PAID_S + 86_400 },
    notes: Array.from({ length: notes }, (_, i) => ({ id: first.random(8), amount: 100 + i })),
    ...given.transfer,
  });
  const receipt = Receipt.build(crypto, payee.key, {
    payee: transfer.payee,
    payer: transfer.payer,
    invoice: transfer.invoice,
    transfer: transfer.hash(crypto),
    outcome,
    sequence: 9,
    created_s: PAID_S + 1,
    ...given.receipt,
  });
  return StandaloneReceipt.build(receipt, transfer, payer, payee)!;
}

/** What a reader says of these bytes; undefined: they prove what they say. */
function faultOf(bytes: Uint8Array, root = ROOT): ReceiptFault | undefined {
  const read = StandaloneReceipt.parse(bytes);
  return read ? read.fault(crypto, root) : ReceiptFault.malformed;
}

/** Where each of the six objects begins, and where the last ends. */
function bounds({ bytes }: StandaloneReceipt): number[] {
  const lengths = [RECEIPT_BYTES, CERTIFICATE_BYTES, OPERATOR_BYTES, CERTIFICATE_BYTES, OPERATOR_BYTES];
  const ends = [2];
  for (const length of lengths) ends.push(ends[ends.length - 1] + length);
  return [...ends, bytes.length];
}

const outcomes = [Outcome.accepted, Outcome.void] as const;
const every = [0, 1, 2, 3, 4].flatMap((notes) => outcomes.map((outcome) => made({ notes, outcome })));

describe('a receipt that stands alone', () => {
  it('reads back as what it was made of, accepted or void, with 0 to 4 notes', () => {
    for (const { bytes, receipt, transfer, payer, payee } of every) {
      expect(faultOf(bytes)).toBeUndefined();
      const read = StandaloneReceipt.parse(bytes.slice())!;
      expect(read.receipt.bytes).toEqual(receipt.bytes);
      expect(read.transfer.bytes).toEqual(transfer.bytes);
      for (const [theirs, ours] of [
        [read.payer, payer],
        [read.payee, payee],
      ]) {
        expect(theirs.certificate.bytes).toEqual(ours.certificate.bytes);
        expect(theirs.operator.bytes).toEqual(ours.operator.bytes);
      }
    }
  });

  it('is what any CBOR decoder reads: its type, then the six objects', () => {
    for (const each of every) {
      const decoded = decode(each.bytes) as unknown[];
      const at = bounds(each);
      const parts = at.slice(0, -1).map((from, i) => decode(each.bytes.slice(from, at[i + 1])));
      expect(decoded).toEqual([10, ...parts]);
      expect(parts.map((part: number[]) => part[0])).toEqual([5, 1, 6, 1, 6, 4]);
    }
  });

  it('does not parse when any byte of any head is another', () => {
    const { bytes } = made();
    classify(bytes).forEach((found, at) => {
      if (found !== 'head' && at !== 1) return;
      for (let value = 0; value < 256; value++) {
        if (value === bytes[at]) continue;
        const changed = bytes.slice();
        changed[at] = value;
        expect(StandaloneReceipt.parse(changed), `byte ${at} = ${value}`).toBeUndefined();
      }
    });
  });

  it('proves nothing when any byte of it is changed', () => {
    for (const { bytes } of every)
      for (let at = 0; at < bytes.length; at++)
        for (const flip of [1 << (at % 8), 0xff]) {
          const changed = bytes.slice();
          changed[at] ^= flip;
          expect(faultOf(changed), `byte ${at} ^ ${flip}`).toBeDefined();
        }
  });

  it('does not parse when it is cut short or goes on', () => {
    for (const { bytes } of every) {
      for (let end = 0; end < bytes.length; end++)
        expect(StandaloneReceipt.parse(bytes.slice(0, end)), `${end} bytes`).toBeUndefined();
      for (const more of [1, 2, 15, 64, 900])
        expect(StandaloneReceipt.parse(concat(bytes, new Uint8Array(more))), `${more} more`).toBeUndefined();
    }
  });
});

describe('what is wrong with a receipt has a code', () => {
  const { otherTransfer, otherDevice, otherOperator, expired, root, certificate, signature, unsound } =
    ReceiptFault;
  const [payer, payee, stranger] = [side(first), side(second), side(second)];
  const rebuilt = (parts: Partial<{ payer: Party; payee: Party; transfer: Transfer; receipt: Receipt }>) => {
    const good = made({ payer, payee });
    return StandaloneReceipt.build(
      parts.receipt ?? good.receipt,
      parts.transfer ?? good.transfer,
      parts.payer ?? payer,
      parts.payee ?? payee,
    )!;
  };
  const zeros = { payer: new Uint8Array(8), transfer: new Uint8Array(32) };

  it.each([
    ['the certificate of another device for the payer', otherDevice, rebuilt({ payer: stranger })],
    ['the certificate of another device for the payee', otherDevice, rebuilt({ payee: stranger })],
    ['the certificates the wrong way round', otherDevice, rebuilt({ payer: payee, payee: payer })],
    [
      'the receipt of another payment of the same two',
      otherTransfer,
      rebuilt({ receipt: made({ payer, payee }).receipt }),
    ],
    [
      'the transfer of another payment of the same two',
      otherTransfer,
      rebuilt({ transfer: made({ payer, payee }).transfer }),
    ],
    [
      'a receipt that names another transfer',
      otherTransfer,
      made({ receipt: { transfer: first.random(32) } }),
    ],
    ['a receipt that names another payer', otherTransfer, made({ receipt: { payer: first.random(8) } })],
    ['a receipt that names another payee', otherTransfer, made({ receipt: { payee: first.random(8) } })],
    ['a receipt that names another invoice', otherTransfer, made({ receipt: { invoice: first.random(8) } })],
    [
      'a receipt that closes the invoice, and names no transfer',
      otherTransfer,
      made({ outcome: Outcome.void, receipt: zeros }),
    ],
    [
      'the endorsement of another operator',
      otherOperator,
      rebuilt({ payee: { ...payee, operator: first.operator } }),
    ],
    ['an operator that another root has endorsed', root, made({ payer: side(foreign) })],
    ['a payee under another root', root, made({ payee: side(foreign) })],
    [
      'another root’s endorsement of an operator of the same number',
      root,
      rebuilt({ payer: { ...payer, operator: foreign.operator } }),
    ],
    [
      'a certificate that its operator has not signed',
      certificate,
      made({ payer: side(foreign, undefined, first.operator) }),
    ],
    ['a payer’s certificate that had run out', expired, made({ payer: side(first, PAID_S - 1) })],
    ['a payee’s certificate that had run out', expired, made({ payee: side(second, PAID_S - 1) })],
    ['a transfer that the payer has not signed', signature, made({ payer: { ...payer, key: stranger.key } })],
    ['a receipt that the payee has not signed', signature, made({ payee: { ...payee, key: stranger.key } })],
    ['a payment to oneself', unsound, made({ payer, payee: payer })],
    ['a currency that is none', unsound, made({ transfer: { currency: new Uint8Array(3) } })],
    ['a transfer without a place in a journal', unsound, made({ transfer: { sequence: 0 } })],
  ])('%s', (_name, fault, { bytes }) => expect(faultOf(bytes)).toBe(fault));

  it('goes by the transfer’s own date, to the second, for certificates and endorsements', () => {
    const until = (notAfter_s: number) =>
      made({ payer: side(first, notAfter_s), payee: side(second, notAfter_s) });
    expect(faultOf(until(PAID_S).bytes)).toBeUndefined();
    expect(faultOf(until(PAID_S - 1).bytes)).toBe(expired);
    const { notAfter_s } = first.operator;
    const at = (created_s: number) =>
      made({
        payer: side(first, notAfter_s + 9),
        payee: side(first, notAfter_s + 9),
        transfer: {
          created_s,
          claimBy_s: created_s,
          terms: { hops: 1, hopsLimit: 5, expires_s: created_s + 1 },
        },
      });
    expect(faultOf(at(notAfter_s).bytes)).toBeUndefined();
    expect(faultOf(at(notAfter_s + 1).bytes)).toBe(expired);
  });

  it('says nothing is proven by any other root, or by no key at all', () => {
    const { bytes } = made({ payer, payee });
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (other) => {
        expect(faultOf(bytes, other)).toBe(root);
      }),
    );
    for (const odd of [new Uint8Array(32), new Uint8Array(32).fill(0xff), foreign.rootKey.slice(32)])
      expect(faultOf(bytes, odd)).toBe(root);
  });
});

describe('files that somebody has worked on', () => {
  const MUTANTS = 100_000;
  const SEED = 20_261_128;

  it(`${MUTANTS} of them prove nothing (seed ${SEED})`, () => {
    const entropy = new SimEntropy(SEED, 'receipt mutants');
    const drawn = new Uint8Array(4);
    const below = (limit: number): number => {
      entropy.fill(drawn);
      return new DataView(drawn.buffer).getUint32(0) % limit;
    };
    const people = [side(first), side(second), side(first)];
    // Payments of few devices, so that what is put together from two of them is as near as can be.
    const pool = Array.from({ length: 12 }, (_, i) =>
      made({ payer: people[i % 3], payee: people[(i + 1 + (i % 2)) % 3], notes: i % 5, outcome: i % 2 }),
    );
    const good = new Set(pool.map(({ bytes }) => Buffer.from(bytes).toString('hex')));
    const pick = () => pool[below(pool.length)];
    const mutate = (bytes: Uint8Array): Uint8Array => {
      const at = below(bytes.length);
      const [length, other] = [1 + below(40), pick()];
      switch (below(6)) {
        case 0: // a byte
          return bytes.map((byte, i) => (i === at ? byte ^ (1 + below(255)) : byte));
        case 1: // a part gone
          return concat(bytes.subarray(0, at), bytes.subarray(at + length));
        case 2: // a part twice
          return concat(bytes.subarray(0, at + length), bytes.subarray(at));
        case 3: // a part of another in the same place
          return concat(
            bytes.subarray(0, at),
            other.bytes.subarray(at, at + length),
            bytes.subarray(at + length),
          );
        case 4: // cut short, or a tail
          return below(2) ? bytes.slice(0, at) : concat(bytes, other.bytes.subarray(0, length));
        default: {
          // An object of another.
          const [from, to] = [bounds(pool[0]), bounds(other)];
          const object = below(6);
          const end = object === 5 ? bytes.length : from[object + 1];
          const theirs = other.bytes.subarray(to[object], to[object + 1]);
          return concat(bytes.subarray(0, from[object]), theirs, bytes.subarray(end));
        }
      }
    };
    const faults = new Map<ReceiptFault, number>();
    for (let done = 0; done < MUTANTS; ) {
      let bytes = mutate(pick().bytes);
      while (below(3) === 0) bytes = mutate(bytes);
      if (bytes.length === 0 || good.has(Buffer.from(bytes).toString('hex'))) continue;
      done++;
      const fault = faultOf(bytes);
      expect(fault, `mutant ${done}`).toBeDefined();
      faults.set(fault!, (faults.get(fault!) ?? 0) + 1);
    }
    // Each lock is tried: none is there for nothing, and none hides another.
    const { malformed, otherTransfer, otherDevice, root, certificate, signature } = ReceiptFault;
    for (const each of [malformed, otherTransfer, otherDevice, root, certificate, signature])
      expect(faults.get(each), `fault ${each}`).toBeGreaterThan(100);
  });
});
