import fc from 'fast-check';
import {
  AccountCertificate,
  type AccountCertificateFields,
} from '../../../firmware/account/account-certificate.js';
import { AccountCode, type AccountCodeFields } from '../../../firmware/account/account-code.js';
import { AMOUNT_MAX } from '../../../firmware/limits.js';
import { opensslCrypto as crypto } from '../../../hal/crypto/openssl.js';

export const PLATFORM_KEY = crypto.ed25519KeyFromSeed(new Uint8Array(32).fill(1));
export const USER_KEY = crypto.ed25519KeyFromSeed(new Uint8Array(32).fill(2));
/** Unix seconds at which the tests play. */
export const NOW_S = 1_800_000_000;

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const u32 = fc.nat(0xffffffff);
const amount = fc.integer({ min: 1, max: AMOUNT_MAX });

export const certificateFields: fc.Arbitrary<AccountCertificateFields> = fc.record({
  pseudonym: bytes(8),
  publicKey: bytes(32),
  notBefore_s: u32,
  notAfter_s: u32,
  quota: fc.nat(AMOUNT_MAX),
  tier: fc.nat(23),
  scene: fc.nat(0xffff),
  serial: u32,
});

export const codeFields: fc.Arbitrary<AccountCodeFields> = fc.record(
  {
    created_s: u32,
    validity_s: fc.integer({ min: 1, max: 255 }),
    counter: u32,
    amount,
  },
  { requiredKeys: ['created_s', 'validity_s', 'counter'] },
);

/** A certificate that holds NOW_S, of the user whose key is USER_KEY. */
export const certificateOf = (fields: Partial<AccountCertificateFields> = {}): AccountCertificate =>
  AccountCertificate.build(crypto, PLATFORM_KEY, {
    pseudonym: new Uint8Array(8).fill(3),
    publicKey: USER_KEY.slice(32),
    notBefore_s: NOW_S - 3_600,
    notAfter_s: NOW_S + 86_400,
    quota: 20_000,
    tier: 1,
    scene: 0,
    serial: 7,
    ...fields,
  });

/** A code of now, by USER_KEY. */
export const codeOf = (fields: Partial<AccountCodeFields> = {}, certificate = certificateOf()): AccountCode =>
  AccountCode.build(crypto, USER_KEY, certificate, {
    created_s: NOW_S,
    validity_s: 60,
    counter: 1,
    ...fields,
  });
