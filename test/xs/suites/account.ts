/**
 * The code of an account: made to the character as the reference makes it, and decided about the same in
 * every engine.
 */
import { AccountCertificate, platformIdOf } from '../../../firmware/account/account-certificate.js';
import { AccountCode } from '../../../firmware/account/account-code.js';
import { CodeRefusal, type CodeTerminal, decide } from '../../../firmware/account/decision.js';
import { SerialSet } from '../../../firmware/account/serial-set.js';
import { UserCounts } from '../../../firmware/account/user-counts.js';
import { AMOUNT_MAX } from '../../../firmware/limits.js';
import { LIMIT_NUMBERS, type Limits, ReceivedPolicy } from '../../../firmware/objects/profile.js';
import { Refusal } from '../../../firmware/protocol/refusal.js';
import type { Crypto } from '../../../hal/crypto.js';
import { ascii, same } from '../check.js';
import type { Case, Suite } from '../suite.js';

export interface AccountInput {
  /** Without an amount, and with. */
  readonly texts: readonly string[];
}

const NOW_S = 1_800_000_000;
const AMOUNT = 1_250;
const keyOf = (crypto: Crypto, byte: number): Uint8Array =>
  crypto.ed25519KeyFromSeed(new Uint8Array(32).fill(byte));

/** What the suite compares with. */
export function recordCodes(crypto: Crypto): string[] {
  const user = keyOf(crypto, 2);
  const certificate = AccountCertificate.build(crypto, keyOf(crypto, 1), {
    pseudonym: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
    publicKey: user.subarray(32),
    notBefore_s: NOW_S,
    notAfter_s: NOW_S + 3_600,
    quota: 2 * AMOUNT,
    tier: 1,
    scene: 0,
    serial: 9,
  });
  const fields = { created_s: NOW_S, validity_s: 60, counter: 3 };
  return [fields, { ...fields, amount: AMOUNT }].map(
    (each) => AccountCode.build(crypto, user, certificate, each).text,
  );
}

export const suite: Suite<AccountInput> = ({ crypto }, { texts }) => [
  {
    name: 'codes are made to the character as the reference makes them',
    run: () => same(recordCodes(crypto).join('\n'), texts.join('\n')),
  },
  {
    name: 'codes read back, and are taken once',
    run: () => {
      for (const text of texts) {
        const terminal = terminalOf(crypto);
        const decision = decide(crypto, terminal, AMOUNT, NOW_S, ascii(text));
        same(decision.refusal, undefined);
        if (decision.refusal !== undefined) return;
        same(decision.code.text, text);
        terminal.counts.count(decision.code.certificate, decision.code.counter, AMOUNT, NOW_S);
        same(decide(crypto, terminal, AMOUNT, NOW_S, ascii(text)).refusal, CodeRefusal.seen);
        same(terminal.counts.of(decision.code.certificate).amount, AMOUNT);
      }
    },
  },
  ...refusals(crypto, texts),
];

function refusals(crypto: Crypto, [plain, priced]: readonly string[]): Case[] {
  const refused = (
    name: string,
    refusal: Refusal | CodeRefusal,
    text: string,
    { now_s = NOW_S, amount = AMOUNT, terminal = {} as Partial<CodeTerminal> } = {},
  ): Case => ({
    name: `is refused: ${name}`,
    run: () =>
      same(
        decide(crypto, { ...terminalOf(crypto), ...terminal }, amount, now_s, ascii(text)).refusal,
        refusal,
      ),
  });
  const denied = terminalOf(crypto).platforms.map((each) => ({ ...each, denied: new SerialSet([1, 9, 20]) }));
  return [
    refused('a character more', Refusal.malformed, `${plain}0`),
    refused('a triple that overflows', Refusal.malformed, `${plain.slice(0, 4)}GGW${plain.slice(7)}`),
    refused('a character beyond ASCII', Refusal.malformed, `${plain.slice(0, 4)}é${plain.slice(5)}`),
    refused('a signature that was worked on', Refusal.signature, lastByteOther(plain)),
    refused('too old', CodeRefusal.stale, plain, { now_s: NOW_S + 91 }),
    refused('another amount', Refusal.mismatch, priced, { amount: AMOUNT + 1 }),
    refused('over the quota', CodeRefusal.quota, plain, { amount: 2 * AMOUNT + 1 }),
    refused('on the deny list', Refusal.hotListed, plain, { terminal: { platforms: denied } }),
    refused('an unknown platform', Refusal.operator, plain, { terminal: { platforms: [] } }),
  ];
}

/** The last triple, and so the last two bytes, are zero. */
const lastByteOther = (text: string): string => `${text.slice(0, -3)}000`;

function terminalOf(crypto: Crypto): CodeTerminal {
  const publicKey = keyOf(crypto, 1).slice(32);
  const numbers: Partial<Record<keyof Limits, number>> = {};
  for (const name of LIMIT_NUMBERS) numbers[name] = AMOUNT_MAX;
  const limits = {
    ...numbers,
    clocksApart_s: 30,
    received: ReceivedPolicy.pending,
    categoryLimits: [],
    tierMax: [],
    emptyWithin_s: 0,
    operators: [],
  } as unknown as Limits;
  const denied = new SerialSet([1, 20]);
  return {
    platforms: [{ id: platformIdOf(crypto, publicKey), publicKey, operator: 1, denied }],
    limits,
    scene: 0,
    tierMin: 0,
    counts: new UserCounts(),
    lastSync_s: NOW_S,
  };
}
