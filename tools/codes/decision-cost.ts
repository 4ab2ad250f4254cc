import { AccountCertificate, platformIdOf } from '../../firmware/account/account-certificate.js';
import { AccountCode } from '../../firmware/account/account-code.js';
import { type CodeTerminal, decide } from '../../firmware/account/decision.js';
import { SerialSet } from '../../firmware/account/serial-set.js';
import { UserCounts } from '../../firmware/account/user-counts.js';
import { ACCOUNT_SERIALS_MAX, AMOUNT_MAX } from '../../firmware/limits.js';
import { opensslCrypto as crypto } from '../../hal/crypto/openssl.js';
import { scanned } from '../../sim/account/scanned.js';
import { ORDINARY } from '../../sim/world/ordinary.js';

export const NOW_S = 1_800_000_000;
const DAY_S = 86_400;
const USERS = 2_000;
const AMOUNT = 1_250;

export const keyOf = (number: number): Uint8Array => {
  const seed = new Uint8Array(32);
  new DataView(seed.buffer).setUint32(0, number);
  return crypto.ed25519KeyFromSeed(seed);
};

/**
 * What a terminal spends on a code without reading its picture: parse, rules, a full deny list, two
 * signatures. Each code is of another user, whose key has to be loaded; each is counted.
 */
export function decisionCost(): { decisions: number; each_ms: number } {
  const platform = keyOf(0);
  const texts = Array.from({ length: USERS }, (_, i) => codeOf(platform, i));
  const terminal = terminalOf(platform);
  const before = process.cpuUsage();
  for (const text of texts) {
    const decision = decide(crypto, terminal, AMOUNT, NOW_S, scanned(text));
    if (decision.refusal !== undefined) throw new Error(`an honest code is refused: ${decision.refusal}`);
    terminal.counts.count(decision.code.certificate, decision.code.counter, AMOUNT, NOW_S);
  }
  const { user, system } = process.cpuUsage(before);
  return { decisions: USERS, each_ms: (user + system) / 1_000 / USERS };
}

/**
 * An honest code without an amount, made at NOW_S. `platform`: its signing key (64 bytes), `keyOf(0)`; each
 * user has a key of their own, and an odd serial number.
 */
export function codeOf(platform: Uint8Array, user: number): string {
  const key = keyOf(user + 1);
  const certificate = AccountCertificate.build(crypto, platform, {
    pseudonym: crypto.sha256(key).slice(0, 8),
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

function terminalOf(platform: Uint8Array): CodeTerminal {
  const publicKey = platform.subarray(32);
  return {
    platforms: [
      {
        id: platformIdOf(crypto, publicKey),
        publicKey,
        operator: 1,
        denied: new SerialSet(Array.from({ length: ACCOUNT_SERIALS_MAX }, (_, i) => 2 * i)),
      },
    ],
    limits: { ...ORDINARY, offlineCountMax: AMOUNT_MAX, balanceMax: AMOUNT_MAX },
    scene: 0,
    tierMin: 0,
    counts: new UserCounts(),
    lastSync_s: NOW_S,
  };
}
