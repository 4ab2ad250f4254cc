import { decode } from 'cbor-x';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { platformIdOf } from '../../../firmware/account/account-certificate.js';
import { DenyFilter } from '../../../firmware/account/deny-filter.js';
import { filterBodyOf } from '../../../firmware/account/deny-filter-make.js';
import { DenyList, DenyLoader } from '../../../firmware/account/deny-list.js';
import { makeDenyDelta, makeDenyList } from '../../../firmware/account/deny-make.js';
import { DenyKind, DenyPart } from '../../../firmware/account/deny-part.js';
import { ACCOUNT_SERIALS_MAX, DENY_PART_BYTES } from '../../../firmware/limits.js';
import { opensslCrypto as crypto } from '../../../hal/crypto/openssl.js';
import { SimEntropy } from '../../../sim/chip/entropy.js';
import { NOW_S, PLATFORM_KEY, USER_KEY } from './account-codes.js';

const PLATFORM = PLATFORM_KEY.slice(32);
const ISSUED = { first: 100, last: 1_099 };
const KINDS = [DenyKind.bitmap, DenyKind.list, DenyKind.filter] as const;
const edition = (version: number) => ({ version, time_s: NOW_S + version });
const loader = () => new DenyLoader(crypto, PLATFORM);
const serialsFrom = (count: number, seed: number, among = 2 ** 32): number[] => {
  const random = new SimEntropy(seed, 'serials');
  const serials = new Set<number>();
  while (serials.size < count) serials.add(random.uint32() % among);
  return [...serials];
};
const wholeOf = (denied: readonly number[], version = 1, kind: (typeof KINDS)[number] = DenyKind.list) =>
  makeDenyList(crypto, PLATFORM_KEY, edition(version), kind, denied, ISSUED);

/** What a platform does to its list, version by version. */
const history = fc.record({
  kind: fc.constantFrom(...KINDS),
  start: fc.uniqueArray(fc.integer({ min: ISSUED.first, max: ISSUED.last }), { maxLength: 400 }),
  changes: fc.array(
    fc.record({
      isWhole: fc.boolean(),
      flipped: fc.uniqueArray(fc.integer({ min: ISSUED.first, max: ISSUED.last }), { maxLength: 30 }),
    }),
    { maxLength: 6 },
  ),
});

describe('a deny list', () => {
  it('of any kind denies what its platform denies, whole and after deltas, and no other that is issued', () => {
    fc.assert(
      fc.property(history, ({ kind, start, changes }) => {
        const denied = new Set(start);
        const terminal = loader();
        const bring = (parts: readonly DenyPart[]): void => {
          for (const { bytes } of parts) expect(terminal.take(bytes)).toBeUndefined();
          expect(terminal.isWaiting).toBe(false);
          for (let serial = ISSUED.first; serial <= ISSUED.last; serial++)
            if (terminal.has(serial) !== denied.has(serial)) throw new Error(`${serial}`);
          expect(terminal.list.count).toBe(denied.size);
        };
        bring(wholeOf(start, 1, kind));
        changes.forEach(({ isWhole, flipped }, i) => {
          const added = flipped.filter((serial) => !denied.has(serial));
          const removed = flipped.filter((serial) => denied.has(serial));
          for (const serial of removed) denied.delete(serial);
          for (const serial of added) denied.add(serial);
          const version = i + 2;
          const change = { added, removed };
          bring(
            isWhole
              ? wholeOf([...denied], version, kind)
              : makeDenyDelta(crypto, PLATFORM_KEY, edition(version), version - 1, denied.size, change),
          );
        });
      }),
      { numRuns: 40 },
    );
  });

  it('is CBOR that another decoder reads, in parts of one size', () => {
    const parts = wholeOf(serialsFrom(600, 1), 9);
    expect(parts.map(({ part }) => part)).toEqual([0, 1, 2]);
    const [type, platform, version, base, kind, time_s, count, bytes, part, content, signature] = decode(
      parts[2].bytes,
    );
    expect([type, version, base, kind, time_s, count, bytes, part]).toEqual([
      18,
      9,
      0,
      DenyKind.list,
      NOW_S + 9,
      600,
      2_400,
      2,
    ]);
    expect(Uint8Array.from(platform)).toEqual(platformIdOf(crypto, PLATFORM));
    expect([content.length, signature.length]).toEqual([DENY_PART_BYTES, 64]);
    expect(parts[2].content.length).toBe(2_400 - 2 * DENY_PART_BYTES);
  });

  it('holds until every part of the next one is there; a delta comes on its base alone', () => {
    const terminal = loader();
    const [one, two] = [wholeOf([7, 8], 1), wholeOf(serialsFrom(600, 2), 2)];
    expect(terminal.take(two[1].bytes)).toBe('order');
    expect(terminal.take(one[0].bytes)).toBeUndefined();
    expect(terminal.take(two[0].bytes)).toBeUndefined();
    expect([terminal.isWaiting, terminal.list.version, terminal.has(7)]).toEqual([true, 1, true]);
    expect(terminal.take(two[2].bytes)).toBe('order');
    const delta = makeDenyDelta(crypto, PLATFORM_KEY, edition(3), 2, 599, { added: [], removed: [7] });
    expect(terminal.take(delta[0].bytes)).toBe('base');
    expect(terminal.take(one[0].bytes)).toBe('old');
    for (const { bytes } of two.slice(1)) expect(terminal.take(bytes)).toBeUndefined();
    expect([terminal.list.version, terminal.list.time_s]).toEqual([2, NOW_S + 2]);
    expect(terminal.take(delta[0].bytes)).toBeUndefined();
    expect(terminal.take(two[0].bytes)).toBe('old');
    expect(terminal.list.version).toBe(3);
  });

  it('begins again with a newer one while parts of another are missing, and never with an older', () => {
    const terminal = loader();
    const [five, six] = [wholeOf(serialsFrom(600, 5), 5), wholeOf([1], 6)];
    expect(terminal.take(five[0].bytes)).toBeUndefined();
    expect(terminal.take(wholeOf([2], 4)[0].bytes)).toBe('old');
    expect(terminal.take(five[0].bytes)).toBeUndefined();
    expect(terminal.take(six[0].bytes)).toBeUndefined();
    expect([terminal.list.version, terminal.take(five[1].bytes)]).toEqual([6, 'old']);
  });

  it('is refused from strangers: any other byte, another platform, another signer', () => {
    const [part] = wholeOf([7, 8], 1);
    fc.assert(
      fc.property(fc.nat(part.bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const worked = part.bytes.slice();
        worked[at] ^= flip;
        const terminal = loader();
        expect(['malformed', 'platform', 'signature', 'order', 'base']).toContain(terminal.take(worked));
        expect([terminal.list, terminal.isWaiting]).toEqual([DenyList.none, false]);
      }),
    );
    const other = makeDenyList(crypto, USER_KEY, edition(1), DenyKind.list, [7], ISSUED);
    expect(loader().take(other[0].bytes)).toBe('platform');
    for (const length of [0, 1, part.bytes.length - 1, part.bytes.length + 1])
      expect(loader().take(new Uint8Array(length))).toBe('malformed');
  });

  it('that its platform has signed wrongly is refused, and the one at hand holds', () => {
    const bodies: readonly (readonly [DenyKind, number, readonly number[]])[] = [
      [DenyKind.list, 2, [0, 0, 0, 9, 0, 0, 0, 9]],
      [DenyKind.list, 2, [0, 0, 0, 9, 0, 0, 0, 3]],
      [DenyKind.list, 1, [0, 0, 0, 9, 0]],
      [DenyKind.list, 3, [0, 0, 0, 8, 0, 0, 0, 9]],
      [DenyKind.bitmap, 0, [0, 0, 0, 1]],
      [DenyKind.bitmap, 2, [0, 0, 0, 1, 0x80]],
      [DenyKind.filter, 1, [0, 0, 0, 1, 0, 4, 2]],
      [DenyKind.filter, 1, [0, 0, 0, 1, 0, 4, 31, 0, 0, 0]],
      [DenyKind.filter, 1, [0, 0, 0, 1, 0, 1, 0, 0, 0, 0]],
    ];
    for (const [kind, count, body] of bodies) {
      const terminal = loader();
      terminal.take(wholeOf([7], 1)[0].bytes);
      const fields = { ...edition(2), base: 0, kind, count };
      const [part] = DenyPart.build(crypto, PLATFORM_KEY, fields, Uint8Array.from(body));
      expect(terminal.take(part.bytes)).toBe('body');
      expect([terminal.list.version, terminal.has(7), terminal.isWaiting]).toEqual([1, true, false]);
    }
    const delta = (body: readonly number[]) =>
      DenyPart.build(
        crypto,
        PLATFORM_KEY,
        { ...edition(2), base: 1, kind: DenyKind.delta, count: 1 },
        Uint8Array.from(body),
      )[0].bytes;
    const terminal = loader();
    terminal.take(wholeOf([7], 1)[0].bytes);
    for (const body of [
      [0, 0, 0],
      [0, 0, 0, 2, 0, 0, 0, 9],
      [0, 0, 0, 1, 0, 0, 0, 9, 0, 0, 0, 9],
      [255, 0, 0, 0],
    ])
      expect(terminal.take(delta(body))).toBe('body');
    expect(terminal.list.version).toBe(1);
  });

  it('is bounded: a list and all deltas together have ACCOUNT_SERIALS_MAX numbers either way', () => {
    const many = serialsFrom(ACCOUNT_SERIALS_MAX, 3);
    expect(() => wholeOf([...many, 0], 1)).toThrow(RangeError);
    const terminal = loader();
    for (const { bytes } of wholeOf(many, 1)) expect(terminal.take(bytes)).toBeUndefined();
    const all = serialsFrom(ACCOUNT_SERIALS_MAX, 4);
    const change = { added: all, removed: [] };
    for (const { bytes } of makeDenyDelta(crypto, PLATFORM_KEY, edition(2), 1, 2, change))
      expect(terminal.take(bytes)).toBeUndefined();
    const one = { added: [0xffffffff], removed: [] };
    expect(terminal.take(makeDenyDelta(crypto, PLATFORM_KEY, edition(3), 2, 3, one)[0].bytes)).toBe('body');
    expect(terminal.list.version).toBe(2);
    expect(wholeOf([], 1).length).toBe(1);
  });
});

describe('a filter', () => {
  it('hits all that are denied, and others by chance about once in a million', () => {
    for (const count of [0, 1, 2, 3, 10, 255, 1_000, 50_000]) {
      const denied = serialsFrom(count, count);
      const filter = DenyFilter.load(filterBodyOf(denied, () => true)) as DenyFilter;
      expect(denied.every((serial) => filter.has(serial))).toBe(true);
    }
    const denied = new Set(serialsFrom(20_000, 6));
    const filter = DenyFilter.load(filterBodyOf([...denied], () => true)) as DenyFilter;
    let hits = 0;
    for (let serial = 0; serial < 4_000_000; serial++) if (!denied.has(serial) && filter.has(serial)) hits++;
    // 3.8 are expected.
    expect(hits).toBeLessThan(16);
  });

  it('hits none by chance that its platform has issued', () => {
    // By the first seed that works, about three would be hit.
    const issued = 3_000_000;
    const denied = serialsFrom(300, 8, issued);
    const terminal = loader();
    const parts = makeDenyList(crypto, PLATFORM_KEY, edition(1), DenyKind.filter, denied, {
      first: 0,
      last: issued,
    });
    for (const { bytes } of parts) terminal.take(bytes);
    const among = new Set(denied);
    let hits = 0;
    for (let serial = 0; serial <= issued; serial++) if (terminal.has(serial) && !among.has(serial)) hits++;
    expect(hits).toBe(0);
  });

  it('is made to the byte alike anywhere', () => {
    const denied = serialsFrom(5_000, 7);
    const body = filterBodyOf(denied, () => true);
    expect(filterBodyOf(denied.toReversed(), () => true)).toEqual(body);
  });
});
