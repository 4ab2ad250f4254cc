import { describe, expect, test } from 'vitest';
import { hostOpen, hostSeal } from '../../../hal/crypto/host.js';
import { nobleOpen, nobleSeal } from '../../../hal/crypto/noble.js';
import { opensslOpen, opensslSeal } from '../../../hal/crypto/openssl.js';
import { skipWithout } from '../../support/external.js';
import { readVectors, vectorsPresent } from '../../support/vectors.js';
import { fromHex, providers, toHex } from './providers.js';

interface Case {
  tcId: number;
  result: 'valid' | 'acceptable' | 'invalid';
  flags: string[];
  [field: string]: unknown;
}

interface Group {
  publicKey: { pk: string };
  tagSize: number;
}

/** Runs `check` on every case of a file, with the group it stands in, and returns how many there were. */
function each(file: string, check: (c: Record<string, string> & Case, group: Group) => void): number {
  let count = 0;
  for (const group of readVectors(`wycheproof/${file}_test.json`).testGroups) {
    for (const c of group.tests) {
      check(c, group);
      count++;
    }
  }
  return count;
}

const aeads = [
  { name: 'noble', seal: nobleSeal, open: nobleOpen },
  { name: 'openssl', seal: opensslSeal, open: opensslOpen },
  { name: 'host', seal: hostSeal, open: hostOpen },
];

describe.skipIf(skipWithout(vectorsPresent, 'the vectors'))('Wycheproof', () => {
  for (const [name, crypto] of providers) {
    test(`${name}: Ed25519 verifies what is valid and nothing else`, () => {
      const count = each('ed25519', (c, group) => {
        const verdict = crypto.ed25519Verify(fromHex(group.publicKey.pk), fromHex(c.msg), fromHex(c.sig));
        expect(verdict, `tcId ${c.tcId}`).toBe(c.result === 'valid');
      });
      expect(count).toBe(151);
    });

    test(`${name}: X25519 gives the shared secret, or undefined when it is all zero`, () => {
      const count = each('x25519', (c) => {
        const shared = crypto.x25519(fromHex(c.private), fromHex(c.public));
        const zero = c.flags.includes('ZeroSharedSecret');
        expect(shared && toHex(shared), `tcId ${c.tcId}`).toBe(zero ? undefined : c.shared);
      });
      expect(count).toBe(518);
    });

    test(`${name}: HMAC-SHA-256`, () => {
      const count = each('hmac_sha256', (c, group) => {
        const tag = toHex(crypto.hmacSha256(fromHex(c.key), fromHex(c.msg)).subarray(0, group.tagSize / 8));
        expect(tag === c.tag, `tcId ${c.tcId}`).toBe(c.result === 'valid');
      });
      expect(count).toBe(174);
    });

    test(`${name}: HKDF-SHA-256`, () => {
      const count = each('hkdf_sha256', (c) => {
        const run = () =>
          toHex(crypto.hkdfSha256(fromHex(c.salt), fromHex(c.ikm), fromHex(c.info), Number(c.size)));
        if (c.result === 'valid') expect(run(), `tcId ${c.tcId}`).toBe(c.okm);
        else expect(run, `tcId ${c.tcId}`).toThrow(RangeError);
      });
      expect(count).toBe(86);
    });
  }

  for (const { name, seal, open } of aeads) {
    test(`${name}: ChaCha20-Poly1305 with any nonce of 12 bytes`, () => {
      let odd = 0;
      const count = each('chacha20_poly1305', (c) => {
        const key = fromHex(c.key);
        const nonce = fromHex(c.iv);
        if (nonce.length !== 12) {
          odd++; // our nonces have one length, made by noiseNonce
          return;
        }
        const opened = open(key, nonce, fromHex(c.aad), fromHex(c.ct + c.tag));
        expect(opened && toHex(opened), `tcId ${c.tcId}`).toBe(c.result === 'valid' ? c.msg : undefined);
        const sealed = toHex(seal(key, nonce, fromHex(c.aad), fromHex(c.msg)));
        expect(sealed === c.ct + c.tag, `tcId ${c.tcId}`).toBe(c.result === 'valid');
      });
      expect([count, odd]).toEqual([325, 9]);
    });
  }
});
