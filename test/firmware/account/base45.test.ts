import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { base45Decode, base45Encode, base45Length } from '../../../firmware/account/base45.js';
import { scanned } from '../../../sim/account/scanned.js';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';
const decoded = (text: string): Uint8Array | undefined => base45Decode(scanned(text));
const ascii = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'ascii'));

describe('Base45', () => {
  it('has the examples of RFC 9285, sections 4.3 and 4.4', () => {
    const examples = [
      ['AB', 'BB8'],
      ['Hello!!', '%69 VD92EX0'],
      ['base-45', 'UJCLQE7W581'],
      ['ietf!', 'QED8WEX0'],
    ];
    for (const [plain, encoded] of examples) {
      expect(base45Encode(ascii(plain))).toBe(encoded);
      expect(decoded(encoded)).toEqual(ascii(plain));
    }
  });

  it('decodes what it has encoded, in the length that it says', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const text = base45Encode(bytes);
        expect(text.length).toBe(base45Length(bytes.length));
        expect(decoded(text)).toEqual(bytes);
      }),
    );
  });

  it('rejects every ending of one character, and what RFC 9285 section 6 names', () => {
    for (const text of ['GGW', ':::', '::', 'V5', 'QED8', '0', 'bb8', 'BB8é', 'B\u00008', 'BB\u{1d7d8}'])
      expect(decoded(text), text).toBeUndefined();
    expect(decoded('FGW')).toEqual(Uint8Array.of(255, 255));
  });

  it('takes of all triples 65,536 and of all pairs 256, and each encodes to itself', () => {
    const takes = (texts: Iterable<string>): number => {
      let taken = 0;
      for (const text of texts) {
        const bytes = decoded(text);
        if (!bytes) continue;
        taken++;
        if (base45Encode(bytes) !== text) throw new Error(`${text} is not canonical`);
      }
      return taken;
    };
    const pairs = [...ALPHABET].flatMap((a) => [...ALPHABET].map((b) => a + b));
    expect(takes(pairs)).toBe(256);
    expect(takes(pairs.flatMap((pair) => [...ALPHABET].map((c) => pair + c)))).toBe(65_536);
  });

  it('takes no character of the first 65,536 that is not in its alphabet', () => {
    for (let code = 0; code < 0x10000; code++) {
      const character = String.fromCharCode(code);
      expect(decoded(`0${character}0`) !== undefined).toBe(ALPHABET.includes(character));
    }
  });
});
