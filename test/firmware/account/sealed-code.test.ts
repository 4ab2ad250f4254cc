import { createDecipheriv, createPrivateKey, createPublicKey, diffieHellman, hkdfSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AccountCode, CODE_BYTES, PRICED_CODE_BYTES } from '../../../firmware/account/account-code.js';
import { base45Decode, base45Encode } from '../../../firmware/account/base45.js';
import { openSealed, parseSealed, SEAL_BYTES, sealCode } from '../../../firmware/account/sealed-code.js';
import { nobleCrypto } from '../../../hal/crypto/noble.js';
import { opensslCrypto as crypto } from '../../../hal/crypto/openssl.js';
import { plainQr } from '../../../sim/account/qr.js';
import { scanned } from '../../../sim/account/scanned.js';
import { mutate, randomOf } from '../../support/text-mutants.js';
import { codeFields, codeOf } from './account-codes.js';

const siteOf = (byte: number) => {
  const secret = new Uint8Array(32).fill(byte);
  return { secret, publicKey: crypto.x25519PublicKey(secret) };
};
const SITE = siteOf(5);
const OTHER = siteOf(6);
const EPHEMERAL = new Uint8Array(32).fill(7);
const sealed = (code: AccountCode, ephemeral = EPHEMERAL) =>
  sealCode(crypto, SITE.publicKey, ephemeral, code);
const opened = (text: string, site = SITE): AccountCode | undefined => {
  const bytes = parseSealed(scanned(text));
  return bytes && openSealed(crypto, site, bytes);
};
const withBytes = (text: string, change: (bytes: Uint8Array) => void): string => {
  const bytes = base45Decode(scanned(text), 4)!;
  change(bytes);
  return `TN1:${base45Encode(bytes)}`;
};

/** The sealed code of docs/accounts.md: hex in lines of its block, and the text behind them. */
function published(): { hex: Buffer[]; text: string } {
  const document = readFileSync(new URL('../../../docs/accounts.md', import.meta.url), 'utf8');
  const [, part = ''] = /<!-- sealed:begin -->(.*)<!-- sealed:end -->/s.exec(document) ?? [];
  const [, block = ''] = /```text\n(.*)\n```/s.exec(part) ?? [];
  const lines = block.split('\n');
  return { hex: lines.slice(0, -1).map((line) => Buffer.from(line, 'hex')), text: lines.at(-1) ?? '' };
}

describe('a sealed code', () => {
  it('of the document opens with Node’s own X25519, HKDF and ChaCha20-Poly1305', () => {
    const {
      hex: [siteKey, image, shared, bytes],
      text,
    } = published();
    const raw = (key: Uint8Array, prefix: string) => Buffer.concat([Buffer.from(prefix, 'hex'), key]);
    // RFC 8410: X25519 keys in DER, whose last 32 bytes are the key.
    const publicKey = createPublicKey({
      key: raw(image, '302a300506032b656e032100'),
      format: 'der',
      type: 'spki',
    });
    const privateKey = createPrivateKey({
      key: raw(new Uint8Array(32).fill(5), '302e020100300506032b656e04220420'),
      format: 'der',
      type: 'pkcs8',
    });
    expect(crypto.ed25519KeyFromSeed(new Uint8Array(32).fill(4)).subarray(32)).toEqual(
      Uint8Array.from(siteKey),
    );
    expect(diffieHellman({ publicKey, privateKey })).toEqual(shared);
    const head = bytes.subarray(0, 33);
    const info = Buffer.concat([Buffer.from('tapnote/2 sealed code'), head, image]);
    const key = Buffer.from(hkdfSync('sha256', shared, '', info, 32));
    const cipher = createDecipheriv('chacha20-poly1305', key, Buffer.alloc(12), { authTagLength: 16 });
    cipher.setAAD(head, { plaintextLength: bytes.length - 33 - 16 });
    cipher.setAuthTag(bytes.subarray(-16));
    const inner = Buffer.concat([cipher.update(bytes.subarray(33, -16)), cipher.final()]);
    const code = AccountCode.fromBytes(Uint8Array.from([1, ...inner]));
    expect(code).toMatchObject({ counter: 5, amount: 1_250 });
    expect(base45Decode(scanned(text), 4)).toEqual(Uint8Array.from(bytes));
  });

  it('is 48 bytes longer, and fits QR version 12 at level M', () => {
    for (const [code, bytes, characters] of [
      [codeOf(), CODE_BYTES, 379],
      [codeOf({ amount: 1_250 }), PRICED_CODE_BYTES, 385],
    ] as const) {
      const text = sealed(code);
      expect([text.length, parseSealed(scanned(text))?.length]).toEqual([characters, bytes + SEAL_BYTES]);
      expect(plainQr(scanned(text))[0]).toBe(4 * 12 + 17);
    }
  });

  it('opens as what was sealed, at its site alone, and is the same by every provider', () => {
    fc.assert(
      fc.property(codeFields, fc.uint8Array({ minLength: 32, maxLength: 32 }), (fields, ephemeral) => {
        const code = codeOf(fields);
        const text = sealed(code, ephemeral);
        expect(sealCode(nobleCrypto, SITE.publicKey, ephemeral, code)).toBe(text);
        expect(opened(text)?.bytes).toEqual(code.bytes);
        expect(opened(text, OTHER)).toBeUndefined();
        expect(opened(text, { ...SITE, publicKey: OTHER.publicKey })).toBeUndefined();
      }),
      { numRuns: 50 },
    );
  });

  it('is no plain code, nor is a plain one sealed', () => {
    expect(AccountCode.parse(scanned(sealed(codeOf())))).toBeUndefined();
    expect(parseSealed(scanned(codeOf().text))).toBeUndefined();
  });

  it('does not open when any bit of it has changed', () => {
    const text = sealed(codeOf());
    for (let bit = 0; bit < 8 * (CODE_BYTES + SEAL_BYTES); bit++) {
      const worked = withBytes(text, (bytes) => {
        bytes[bit >> 3] ^= 1 << (bit & 7);
      });
      expect(opened(worked), `bit ${bit}`).toBeUndefined();
    }
  });

  it('does not open what holds no code, and with a key of low order not at all', () => {
    expect(() => sealCode(crypto, new Uint8Array(32), EPHEMERAL, codeOf())).toThrow(RangeError);
    expect(opened(withBytes(sealed(codeOf()), (bytes) => bytes.fill(0, 1, 33)))).toBeUndefined();
    // Sealed as it should be, but what is in it is none.
    const broken = { bytes: codeOf().bytes.fill(0xff, 1, 2) } as AccountCode;
    expect(opened(sealed(broken))).toBeUndefined();
  });

  it('is the only text for its bytes, of 200,000 mutated ones', () => {
    const random = randomOf(2_026);
    const originals = [codeOf(), codeOf({ amount: 1_250 })].map((code) => sealed(code));
    let parsed = 0;
    for (let i = 0; i < 200_000; i++) {
      const text = mutate(originals[i % 2], random);
      const bytes = parseSealed(scanned(text));
      if (!bytes) continue;
      parsed++;
      if (`TN1:${base45Encode(bytes)}` !== text) throw new Error(`not canonical: ${text}`);
    }
    expect(parsed).toBeGreaterThan(1_000);
  });

  it('is these bytes', () => {
    const text = sealed(codeOf());
    expect(Buffer.from(crypto.sha256(scanned(text))).toString('hex')).toMatchInlineSnapshot(
      `"cfa13e6a96e535f5064ea8ab2080a43378842194a8ff84c67f1316635e465024"`,
    );
  });
});
