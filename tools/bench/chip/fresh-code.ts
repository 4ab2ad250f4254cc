/** What a fresh code of a device's account takes. */
import { AccountCertificate } from '../../../firmware/account/account-certificate.js';
import { opensslCrypto as crypto } from '../../../hal/crypto/openssl.js';
import { hex } from '../../../sim/bank/bytes.js';
import { onChip } from './count.js';
import type { FreshCodeInput, FreshCodeOutput } from './engine/fresh-code.js';
import { flashImage } from './flash-image.js';
import { Workshop } from './wallets.js';

const HOUR_S = 3_600;

/** Without an amount, as a wearable shows it. */
export function freshCode(): Promise<FreshCodeOutput> {
  const shop = new Workshop();
  const { nor, wallet } = shop.wallet([10_000]);
  const certificate = AccountCertificate.build(crypto, crypto.ed25519KeyFromSeed(shop.bank.random(32)), {
    pseudonym: shop.bank.random(8),
    publicKey: wallet.publicKey,
    notBefore_s: wallet.own_s - HOUR_S,
    notAfter_s: wallet.own_s + 24 * HOUR_S,
    quota: 20_000,
    tier: 1,
    scene: 0,
    serial: 1,
  });
  const input: FreshCodeInput = {
    device: flashImage(nor.exportImage()),
    certificate: hex(certificate.bytes),
  };
  return onChip<FreshCodeOutput>('fresh-code.ts', input);
}
