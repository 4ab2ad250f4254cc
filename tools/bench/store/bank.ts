import type { Certificate } from '../../../firmware/objects/certificate.js';
import { UNLIMITED, YEAR_S } from '../../../firmware/selftest/test-issuer.js';
import type { Personalisation } from '../../../firmware/wallet/personalisation.js';
import type { Wallet } from '../../../firmware/wallet/wallet.js';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import type { Crypto } from '../../../hal/crypto.js';
import { TestBank } from '../../../sim/world/test-bank.js';

export const START_S = 1_800_000_000;
/** Longer than any life that is simulated here. */
const LIFE_S = 60 * YEAR_S;

/**
 * Hashes are real, signatures are not: as long as real ones and made of a hash, and every one is taken for
 * good. What is measured here is what lies in flash, and a life of wallets is some hundred thousand
 * signatures.
 */
export const paperCrypto: Crypto = {
  ...opensslCrypto,
  ed25519Sign(key, message) {
    const signature = new Uint8Array(64);
    signature.set(opensslCrypto.sha256(key, message));
    signature.set(signature.subarray(0, 32), 32);
    return signature;
  },
  ed25519Verify: () => true,
};

/** Somebody else's device, as far as a wallet sees of it in a touch. */
export interface Stranger {
  readonly certificate: Certificate;
  readonly key: Uint8Array;
}

/** A bank whose word is good for a whole life, and which knows everybody whom a wallet may meet. */
export class LifelongBank extends TestBank {
  constructor(seed: number) {
    super(paperCrypto, START_S, { seed, endorsed_s: LIFE_S, certified_s: LIFE_S });
  }

  stranger(): Stranger {
    const key = this.random(64);
    return { key, certificate: this.certify(key.subarray(32)) };
  }

  personalisationFor({ publicKey }: Wallet): Personalisation {
    const certificate = this.certify(publicKey);
    return this.personalisation(certificate, { ...UNLIMITED, offlineDuration_s: LIFE_S });
  }
}
