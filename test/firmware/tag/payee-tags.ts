import { Role } from '../../../firmware/objects/certificate.js';
import { PayeeTag, type PayeeTagFields } from '../../../firmware/tag/payee-tag.js';
import { Trust } from '../../../firmware/trust/trust.js';
import { opensslCrypto as crypto } from '../../../hal/crypto/openssl.js';
import { CURRENCY, TestBank } from '../../../sim/world/test-bank.js';

export const NOW_S = 1_800_000_000;
const HOUR_S = 3_600;

/** A stall of a bank, and a wallet's view of that bank. */
export function stallAndReader(options: { notAfter_s?: number } = {}) {
  const bank = new TestBank(crypto, NOW_S);
  const key = crypto.ed25519KeyFromSeed(new Uint8Array(32).fill(3)).slice();
  const certificate = bank.certify(key.subarray(32), { role: Role.merchant, category: 5_812, ...options });
  const trust = new Trust(crypto, bank.rootKey.slice(32));
  trust.addOperator(bank.operator);
  const view = { crypto, trust, currency: CURRENCY, own_s: NOW_S };
  const tagOf = (fields: Partial<PayeeTagFields> = {}, signingKey = key): PayeeTag =>
    PayeeTag.build(crypto, signingKey, certificate, {
      amount: 1_250,
      currency: CURRENCY,
      label: utf8('Noodles 面'),
      created_s: NOW_S,
      notAfter_s: NOW_S + HOUR_S,
      ...fields,
    });
  return { bank, key, certificate, trust, view, tagOf };
}

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A message with nothing in it that is ours: what most tags carry. */
export const URL_MESSAGE = Uint8Array.of(0xd1, 0x01, 0x05, 0x55, 0x04, ...utf8('x.cn'));
