/** Deny lists: taken part by part, and looked into, the same in every engine. */
import { DenyLoader } from '../../../firmware/account/deny-list.js';
import { makeDenyDelta, makeDenyList } from '../../../firmware/account/deny-make.js';
import { DenyKind } from '../../../firmware/account/deny-part.js';
import type { Crypto } from '../../../hal/crypto.js';
import { fromHex, same, toHex } from '../check.js';
import type { Suite } from '../suite.js';

export interface DenyInput {
  /** Signed parts of a whole list and of a delta on it, in hex, by the kind of the list. */
  readonly parts: readonly (readonly string[])[];
}

const ISSUED = { first: 0x7fffff00, last: 0x80000100 };
const KINDS = [DenyKind.bitmap, DenyKind.list, DenyKind.filter] as const;
const NAMES = ['a bitmap', 'a list', 'a filter'];
/** On both sides of 2^31, where an engine could take a number for a negative one. */
const DENIED = Array.from({ length: 100 }, (_, i) => ISSUED.first + 5 * i);
const CHANGE = { added: [ISSUED.first + 1, ISSUED.last], removed: [ISSUED.first, ISSUED.first + 300] };

const keyOf = (crypto: Crypto): Uint8Array => crypto.ed25519KeyFromSeed(new Uint8Array(32).fill(1));

/** What the suite compares with. */
export const recordParts = (crypto: Crypto): string[][] =>
  KINDS.map((kind) => {
    const edition = (version: number) => ({ version, time_s: 1_800_000_000 });
    const key = keyOf(crypto);
    return [
      ...makeDenyList(crypto, key, edition(1), kind, DENIED, ISSUED),
      ...makeDenyDelta(crypto, key, edition(2), 1, DENIED.length, CHANGE),
    ].map(({ bytes }) => toHex(bytes));
  });

export const suite: Suite<DenyInput> = ({ crypto }, { parts }) => [
  {
    name: 'deny lists are made to the byte as the reference makes them',
    run: () => same(recordParts(crypto).join(), parts.join()),
  },
  ...NAMES.map((name, i) => ({
    name: `${name} with its delta denies what it denied there`,
    run: () => {
      const loader = new DenyLoader(crypto, keyOf(crypto).slice(32));
      for (const part of parts[i]) same(loader.take(fromHex(part)), undefined);
      same(loader.list.version, 2);
      const denied = DENIED.concat(CHANGE.added).filter((serial) => !CHANGE.removed.includes(serial));
      let hits = 0;
      for (let serial = ISSUED.first; serial <= ISSUED.last; serial++) if (loader.has(serial)) hits++;
      same(hits, denied.length);
      for (const serial of denied) same(loader.has(serial), true);
    },
  })),
  {
    name: 'a part that was worked on is refused',
    run: () => {
      const bytes = fromHex(parts[0][0]);
      bytes[bytes.length - 1] ^= 1;
      same(new DenyLoader(crypto, keyOf(crypto).slice(32)).take(bytes), 'signature');
    },
  },
];
