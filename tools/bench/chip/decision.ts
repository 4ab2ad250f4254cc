/** What a terminal's decision about the code of an account takes. */
import { AccountCertificate } from '../../../firmware/account/account-certificate.js';
import { AccountCode } from '../../../firmware/account/account-code.js';
import { opensslCrypto as crypto } from '../../../hal/crypto/openssl.js';
import { hex } from '../../../sim/bank/bytes.js';
import { ORDINARY } from '../../../sim/world/ordinary.js';
import { onChip } from './count.js';
import type { DecisionInput, DecisionOutput } from './engine/decision.js';

const NOW_S = 1_800_000_000;
const DAY_S = 86_400;
/** Certificates that the terminal's list denies. */
const DENIED = 500;

const keyOf = (byte: number): Uint8Array => crypto.ed25519KeyFromSeed(new Uint8Array(32).fill(byte));
const platform = keyOf(1);

function codeOf(user: number): string {
  const key = keyOf(user);
  const certificate = AccountCertificate.build(crypto, platform, {
    pseudonym: new Uint8Array(8).fill(user),
    publicKey: key.subarray(32),
    notBefore_s: NOW_S,
    notAfter_s: NOW_S + DAY_S,
    quota: 20_000,
    tier: 1,
    scene: 0,
    serial: 2 * user + 1,
  });
  const fields = { created_s: NOW_S, validity_s: 60, counter: 1 };
  return AccountCode.build(crypto, key, certificate, fields).text;
}

export function decision(): Promise<DecisionOutput> {
  const input: DecisionInput = {
    platform: hex(platform.subarray(32)),
    texts: [codeOf(2), codeOf(3)],
    denied: Array.from({ length: DENIED }, (_, i) => 2 * i),
    limits: ORDINARY,
    now_s: NOW_S,
  };
  return onChip<DecisionOutput>('decision.ts', input);
}
