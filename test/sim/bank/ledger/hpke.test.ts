import { describe, expect, it } from 'vitest';
import { nobleCrypto } from '../../../../hal/crypto/noble.js';
import { opensslCrypto } from '../../../../hal/crypto/openssl.js';
import { deriveKeyPair, HPKE_BYTES, hpkeOpen, hpkeSeal } from '../../../../sim/bank/ledger/hpke.js';

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));

/** RFC 9180 appendix A.2.1, base mode: setup, and the encryption with sequence number 0. */
const RFC = {
  info: bytes('4f6465206f6e2061204772656369616e2055726e'),
  ikmE: bytes('909a9b35d3dc4713a5e72a4da274b55d3d3821a37e5d099e74a647db583a904b'),
  skEm: bytes('f4ec9b33b792c372c1d2c2063507b684ef925b8c75a42dbcbf57d63ccd381600'),
  pkEm: bytes('1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a'),
  ikmR: bytes('1ac01f181fdf9f352797655161c58b75c656a6cc2716dcb66372da835542e1df'),
  skRm: bytes('8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb'),
  pkRm: bytes('4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a'),
  pt: bytes('4265617574792069732074727574682c20747275746820626561757479'),
  aad: bytes('436f756e742d30'),
  ct: bytes('1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28'),
};

describe.each([
  ['noble', nobleCrypto],
  ['OpenSSL', opensslCrypto],
])('HPKE over %s', (_, crypto) => {
  const recipient = deriveKeyPair(crypto, RFC.ikmR);

  it('derives the keys of RFC 9180 A.2.1', () => {
    expect(deriveKeyPair(crypto, RFC.ikmE)).toEqual({ secret: RFC.skEm, publicKey: RFC.pkEm });
    expect(recipient).toEqual({ secret: RFC.skRm, publicKey: RFC.pkRm });
  });

  it('seals and opens what the RFC does', () => {
    const sealed = hpkeSeal(crypto, RFC.pkRm, RFC.ikmE, RFC.info, RFC.aad, RFC.pt);
    expect(sealed).toEqual(Uint8Array.from([...RFC.pkEm, ...RFC.ct]));
    expect(sealed.length).toBe(RFC.pt.length + HPKE_BYTES);
    expect(hpkeOpen(crypto, recipient, RFC.info, RFC.aad, sealed)).toEqual(RFC.pt);
  });

  it('opens nothing that was changed, cut, or sealed under other words or for another', () => {
    const sealed = hpkeSeal(crypto, RFC.pkRm, RFC.ikmE, RFC.info, RFC.aad, RFC.pt);
    for (let i = 0; i < sealed.length; i++) {
      const changed = sealed.slice();
      changed[i] ^= 1;
      expect(hpkeOpen(crypto, recipient, RFC.info, RFC.aad, changed)).toBeUndefined();
      expect(hpkeOpen(crypto, recipient, RFC.info, RFC.aad, sealed.subarray(0, i))).toBeUndefined();
    }
    expect(hpkeOpen(crypto, recipient, RFC.info, RFC.info, sealed)).toBeUndefined();
    expect(hpkeOpen(crypto, recipient, RFC.aad, RFC.aad, sealed)).toBeUndefined();
    expect(hpkeOpen(crypto, deriveKeyPair(crypto, RFC.ikmE), RFC.info, RFC.aad, sealed)).toBeUndefined();
  });

  it('takes no key of low order for a recipient', () => {
    expect(() => hpkeSeal(crypto, new Uint8Array(32), RFC.ikmE, RFC.info, RFC.aad, RFC.pt)).toThrow(
      RangeError,
    );
    expect(hpkeOpen(crypto, recipient, RFC.info, RFC.aad, new Uint8Array(HPKE_BYTES))).toBeUndefined();
  });
});
