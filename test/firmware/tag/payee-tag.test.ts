import { decode } from 'cbor-x';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AMOUNT_MAX, TAG_MESSAGE_BYTES_MAX } from '../../../firmware/limits.js';
import { HotList } from '../../../firmware/objects/hot-list.js';
import { buildNdef, type NdefRecord, parseNdef } from '../../../firmware/tag/ndef.js';
import {
  admitPayee,
  LABEL_BYTES,
  PAYEE_TAG_BYTES,
  PayeeTag,
  payeeIn,
  RECORD_TYPE,
} from '../../../firmware/tag/payee-tag.js';
import { TagFault } from '../../../firmware/tag/tag-fault.js';
import { DATA_AT, findMessage, messageTlv } from '../../../firmware/tag/type2.js';
import { opensslCrypto as crypto } from '../../../hal/crypto/openssl.js';
import { memoryWith, NTAGS, ndefBytes } from '../../../sim/tag/ntag.js';
import { ascii, CURRENCY, TestBank } from '../../../sim/world/test-bank.js';
import { randomOf } from '../../support/text-mutants.js';
import { NOW_S, stallAndReader, URL_MESSAGE, utf8 } from './payee-tags.js';

const UID = Uint8Array.of(4, 1, 2, 3, 4, 5, 6);
const MUTANTS = 100_000;
const HOUR_S = 3_600;

/** What a wallet makes of a memory: the payee that it believes, or why none. */
function read(memory: Uint8Array, view: ReturnType<typeof stallAndReader>['view']): PayeeTag | TagFault {
  const found = findMessage(memory);
  if ('need' in found) return TagFault.cut;
  if ('fault' in found) return found.fault;
  const tag = payeeIn(found.message);
  if (typeof tag === 'number') return tag;
  const admitted = admitPayee(tag, view);
  return typeof admitted === 'number' ? admitted : tag;
}

describe('a payee tag', () => {
  it('fits the 504 bytes of an NTAG215, and the 496 of them that are for NDEF; not an NTAG213', () => {
    const { message } = stallAndReader().tagOf();
    expect(PAYEE_TAG_BYTES).toBe(249);
    expect(messageTlv(message).length).toBeLessThan(ndefBytes(NTAGS.ntag215));
    expect(ndefBytes(NTAGS.ntag215)).toBeLessThan(504);
    expect(messageTlv(message).length).toBeGreaterThan(ndefBytes(NTAGS.ntag213));
    expect(message.length).toBeLessThan(TAG_MESSAGE_BYTES_MAX);
  });

  it('reads back as the fields that it was made from, and is what any CBOR decoder reads', () => {
    const { certificate, tagOf } = stallAndReader();
    const fields = fc.record({
      amount: fc.nat(AMOUNT_MAX),
      currency: fc.constant(CURRENCY),
      label: fc
        .uint8Array({ min: 0x20, max: 0x7e, maxLength: LABEL_BYTES })
        .map((each) => Uint8Array.from(each)),
      created_s: fc.nat(0xffffffff),
      notAfter_s: fc.nat(0xffffffff),
    });
    fc.assert(
      fc.property(fields, (each) => {
        const built = tagOf(each);
        const tag = payeeIn(built.message) as PayeeTag;
        const { amount, currency, label, created_s, notAfter_s } = tag;
        expect({ amount: amount ?? 0, currency, label, created_s, notAfter_s }).toEqual(each);
        expect(tag.certificate.bytes).toEqual(certificate.bytes);
        expect(tag.verify(crypto)).toBe(true);
        const padded = new Uint8Array(LABEL_BYTES);
        padded.set(each.label);
        const decoded = (decode(tag.bytes) as unknown[]).map((value) =>
          value instanceof Uint8Array ? Uint8Array.from(value) : value,
        );
        const wire = [certificate.bytes, each.amount, CURRENCY, padded, each.created_s, each.notAfter_s];
        expect(decoded).toEqual([11, ...wire, tag.bytes.slice(-64)]);
      }),
      { numRuns: 60 },
    );
  });

  it('is one external record, and may stand beside records of others', () => {
    const { tagOf, view } = stallAndReader();
    const tag = tagOf();
    const [ours] = parseNdef(tag.message) as NdefRecord[];
    expect(String.fromCharCode(...ours.type)).toBe(RECORD_TYPE);
    const [url] = parseNdef(URL_MESSAGE) as NdefRecord[];
    const shouted = { ...ours, type: ascii(RECORD_TYPE.toUpperCase()) };
    for (const records of [[ours, url], [url, ours], [shouted]]) {
      const found = payeeIn(buildNdef(records)) as PayeeTag;
      expect(found.bytes).toEqual(tag.bytes);
      expect(admitPayee(found, view)).toBe(found.certificate);
    }
    expect(payeeIn(buildNdef([url]))).toBe(TagFault.foreign);
    expect(payeeIn(Uint8Array.of(0xd0, 0, 0))).toBe(TagFault.empty);
    expect(payeeIn(buildNdef([ours, ours]))).toBe(TagFault.several);
    expect(payeeIn(buildNdef([{ ...ours, payload: ours.payload.subarray(1) }]))).toBe(TagFault.malformed);
    expect(payeeIn(buildNdef([{ ...ours, tnf: 2 }]))).toBe(TagFault.foreign);
  });

  it('is believed to its last second, and not in the next; neither is one whose certificate has ended', () => {
    const { tagOf, view, bank } = stallAndReader();
    const at = (own_s: number, tag = tagOf()) => admitPayee(tag, { ...view, own_s });
    expect(at(NOW_S + HOUR_S)).not.toBeTypeOf('number');
    expect(at(NOW_S + HOUR_S + 1)).toBe(TagFault.expired);
    const old = stallAndReader({ notAfter_s: NOW_S + 5 });
    expect(admitPayee(old.tagOf(), { ...old.view, own_s: NOW_S + 5 })).not.toBeTypeOf('number');
    expect(admitPayee(old.tagOf(), { ...old.view, own_s: NOW_S + 6 })).toBe(TagFault.certificateExpired);
    expect(at(bank.operator.notAfter_s + 1, tagOf({ notAfter_s: 0xffffffff }))).toBe(
      TagFault.certificateExpired,
    );
  });

  it('is refused when forged, listed, or of another bank or currency, each with a code', () => {
    const { bank, certificate, tagOf, trust, view } = stallAndReader();
    const thief = crypto.ed25519KeyFromSeed(new Uint8Array(32).fill(9)).slice();
    expect(admitPayee(tagOf({}, thief), view)).toBe(TagFault.signature);
    expect(admitPayee(tagOf({ currency: ascii('USD') }), view)).toBe(TagFault.currency);
    const other = new TestBank(crypto, NOW_S, { seed: 2 });
    const made = other.certify(thief.subarray(32));
    const foreign = PayeeTag.build(crypto, thief, made, {
      amount: 1,
      currency: CURRENCY,
      label: utf8(''),
      created_s: NOW_S,
      notAfter_s: NOW_S + HOUR_S,
    });
    expect(admitPayee(foreign, view)).toBe(TagFault.certificate);
    expect(admitPayee(tagOf(), view)).not.toBeTypeOf('number');
    const hot = { issuer: bank.number, version: 1, part: 0, parts: 1 };
    trust.addHotList(HotList.build(crypto, bank.operatorKey, { ...hot, ids: [certificate.id] }));
    expect(admitPayee(tagOf(), view)).toBe(TagFault.hotListed);
  });

  it('takes no label with control characters or zeros within, none that is too long, and no amount that is none', () => {
    const { tagOf } = stallAndReader();
    for (const label of ['a\nb', 'a\u007f', 'a\0b', 'x'.repeat(LABEL_BYTES + 1)])
      expect(() => tagOf({ label: utf8(label) })).toThrow(RangeError);
    expect(() => tagOf({ amount: AMOUNT_MAX + 1 })).toThrow(RangeError);
    const within = tagOf({ label: utf8('a b') }).bytes;
    within[within.indexOf(0x62, 140) - 1] = 0;
    expect(PayeeTag.parse(within)).toBeUndefined();
  });

  it(`is the payee's or none, in ${MUTANTS} memories that were worked on`, () => {
    const { tagOf, view } = stallAndReader();
    const [tag, other] = [tagOf(), tagOf({ amount: 1, label: utf8('Tea') })];
    const whole = memoryWith(NTAGS.ntag215, UID, tag.message);
    const donor = memoryWith(NTAGS.ntag215, UID, other.message);
    const end = DATA_AT + messageTlv(tag.message).length;
    const below = randomOf(20_261_128);
    let [untouched, refused] = [0, 0];
    for (let i = 0; i < MUTANTS; i++) {
      const memory = whole.slice();
      for (let times = 1 + below(3); times > 0; times--) {
        const at = 12 + below(end - 12);
        const kind = below(6);
        if (kind === 0) memory[at] ^= 1 << below(8);
        else if (kind === 1) memory[at] = below(256);
        else if (kind === 2) memory.copyWithin(at, at + 1 + below(4), end);
        else if (kind === 3) memory.copyWithin(at + 1 + below(4), at, end);
        else if (kind === 4) memory.set(donor.subarray(at, at + 1 + below(80)), at);
        else memory.fill(0, at, at + 1 + below(40));
      }
      const found = read(memory, view);
      if (typeof found === 'number') refused++;
      else {
        // What was changed lies outside what is signed, or is as it was, or is the stall's other tag whole.
        const isOne = [tag, other].some(({ bytes }) => Buffer.compare(bytes, found.bytes) === 0);
        expect(isOne, `mutant ${i}`).toBe(true);
        untouched++;
      }
    }
    expect(refused + untouched).toBe(MUTANTS);
    expect(refused).toBeGreaterThan(MUTANTS * 0.9);
  });
});
