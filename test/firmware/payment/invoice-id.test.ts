import { describe, expect, test } from 'vitest';
import { InvoiceIds } from '../../../firmware/payment/invoice-id.js';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import type { Crypto } from '../../../hal/crypto.js';

const SECRET = new Uint8Array(32).fill(3);
const random = (seed: number) => Uint8Array.from({ length: 8 }, (_, i) => seed * 31 + i * 57);

describe('the id of an invoice', () => {
  test('tells its wallet, and only that, how many entries the epoch had', () => {
    for (const entries of [0, 1, 77, 4_095]) {
      const id = new InvoiceIds(opensslCrypto).make(SECRET, random(entries), 9, entries);
      expect([...id.subarray(0, 4)]).toEqual([0, 0, 0, 9]);
      expect(new InvoiceIds(opensslCrypto).entriesBefore(SECRET, id)).toBe(entries);
    }
    const ids = Array.from({ length: 20 }, (_, i) =>
      new InvoiceIds(opensslCrypto).make(SECRET, random(i), 9, 5),
    );
    const stranger = new Uint8Array(32);
    const told = ids.map((id) => new InvoiceIds(opensslCrypto).entriesBefore(stranger, id));
    expect(told.filter((entries) => entries === 5).length).toBeLessThan(3);
  });

  test('is answered for again and again, and others in between', () => {
    let macs = 0;
    const crypto: Crypto = {
      ...opensslCrypto,
      hmacSha256: (key, data) => {
        macs++;
        return opensslCrypto.hmacSha256(key, data);
      },
    };
    const ids = new InvoiceIds(crypto);
    const first = ids.make(SECRET, random(1), 1, 10).slice();
    const second = ids.make(SECRET, random(2), 1, 20).slice();
    expect([second, second, first, second].map((id) => ids.entriesBefore(SECRET, id))).toEqual([
      20, 20, 10, 20,
    ]);
    expect(macs).toBe(4);
    const asked = first.slice();
    expect(ids.entriesBefore(SECRET, asked)).toBe(10);
    asked.fill(0);
    expect(ids.entriesBefore(SECRET, first)).toBe(10);
  });
});
