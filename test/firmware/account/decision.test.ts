import { describe, expect, it } from 'vitest';
import {
  type AccountCertificateFields,
  platformIdOf,
} from '../../../firmware/account/account-certificate.js';
import type { AccountCodeFields } from '../../../firmware/account/account-code.js';
import {
  CodeRefusal,
  type CodeTerminal,
  type Decision,
  decide,
  type Platform,
} from '../../../firmware/account/decision.js';
import { SerialSet } from '../../../firmware/account/serial-set.js';
import { faceUser, UserCounts } from '../../../firmware/account/user-counts.js';
import { ACCOUNT_USERS_MAX, AMOUNT_MAX } from '../../../firmware/limits.js';
import type { Limits } from '../../../firmware/objects/profile.js';
import { Refusal } from '../../../firmware/protocol/refusal.js';
import { opensslCrypto as crypto } from '../../../hal/crypto/openssl.js';
import { scanned } from '../../../sim/account/scanned.js';
import { ORDINARY } from '../../../sim/world/ordinary.js';
import { certificateOf, codeOf, NOW_S, PLATFORM_KEY, USER_KEY } from './account-codes.js';

const AMOUNT = 1_250;
const DAY_S = 86_400;
const APART_S = 30;
const PUBLIC_KEY = PLATFORM_KEY.slice(32);
const LIMITS: Limits = { ...ORDINARY, clocksApart_s: APART_S, offlineDuration_s: 7_200 };

interface Case {
  certificate?: Partial<AccountCertificateFields>;
  code?: Partial<AccountCodeFields>;
  terminal?: Partial<CodeTerminal>;
  platform?: Partial<Platform>;
  limits?: Partial<Limits>;
  amount?: number;
  now_s?: number;
}

const terminalOf = ({ terminal, platform, limits }: Case): CodeTerminal => ({
  platforms: [
    {
      id: platformIdOf(crypto, PUBLIC_KEY),
      publicKey: PUBLIC_KEY,
      operator: 1,
      denied: new SerialSet([]),
      ...platform,
    },
  ],
  limits: { ...LIMITS, ...limits },
  scene: 5,
  tierMin: 0,
  counts: new UserCounts(),
  lastSync_s: NOW_S - 60,
  ...terminal,
});

const textOf = ({ certificate, code }: Case): Uint8Array =>
  scanned(codeOf(code, certificateOf(certificate)).text);

const decided = (each: Case, terminal = terminalOf(each)): Decision =>
  decide(crypto, terminal, each.amount ?? AMOUNT, each.now_s ?? NOW_S, textOf(each));

/** Taken, and refused with this one beyond the bound. */
const bounds = (refusal: Refusal | CodeRefusal, at: Case, beyond: Case): void => {
  expect(decided(at).refusal, 'at the bound').toBeUndefined();
  expect(decided(beyond).refusal, 'beyond it').toBe(refusal);
};

describe('a terminal decides about a code', () => {
  it('and takes it, whoever the user is, without counting it', () => {
    const terminal = terminalOf({});
    const decision = decided({}, terminal);
    expect(decision.refusal).toBeUndefined();
    expect([terminal.counts.payments, terminal.counts.amount]).toEqual([0, 0]);
    expect(decided({ code: { amount: AMOUNT } }).refusal).toBeUndefined();
  });

  it('by times, at their bounds', () => {
    bounds(
      CodeRefusal.clock,
      { now_s: NOW_S - 20, terminal: { lastSync_s: NOW_S - 20 } },
      {
        now_s: NOW_S - 20,
        terminal: { lastSync_s: NOW_S - 19 },
      },
    );
    bounds(CodeRefusal.ahead, { now_s: NOW_S - APART_S }, { now_s: NOW_S - APART_S - 1 });
    bounds(CodeRefusal.stale, { now_s: NOW_S + 60 + APART_S }, { now_s: NOW_S + 61 + APART_S });
    bounds(
      CodeRefusal.early,
      { certificate: { notBefore_s: NOW_S + APART_S } },
      {
        certificate: { notBefore_s: NOW_S + APART_S + 1 },
      },
    );
    bounds(
      Refusal.certificateExpired,
      { certificate: { notAfter_s: NOW_S } },
      {
        certificate: { notAfter_s: NOW_S - 1 },
      },
    );
    // Neither clock saves a certificate that has run out by the other.
    expect(decided({ certificate: { notAfter_s: NOW_S }, now_s: NOW_S + 1 }).refusal).toBe(
      Refusal.certificateExpired,
    );
    expect(decided({ certificate: { notAfter_s: NOW_S - 5 }, now_s: NOW_S - 10 }).refusal).toBe(
      Refusal.certificateExpired,
    );
    bounds(
      Refusal.offlineDuration,
      { terminal: { lastSync_s: NOW_S - 7_200 } },
      {
        terminal: { lastSync_s: NOW_S - 7_201 },
      },
    );
  });

  it('by who the user is', () => {
    expect(decided({ platform: { denied: new SerialSet([6, 8]) } }).refusal).toBeUndefined();
    expect(decided({ platform: { denied: new SerialSet([6, 7, 8]) } }).refusal).toBe(Refusal.hotListed);
    expect(decided({ platform: { whitelist: new SerialSet([6, 7, 8]) } }).refusal).toBeUndefined();
    expect(decided({ platform: { whitelist: new SerialSet([6, 8]) } }).refusal).toBe(CodeRefusal.notListed);
    bounds(CodeRefusal.scene, { certificate: { scene: 5 } }, { certificate: { scene: 6 } });
    bounds(CodeRefusal.tier, { terminal: { tierMin: 1 } }, { terminal: { tierMin: 2 } });
    bounds(
      Refusal.tierLimit,
      { limits: { tierMax: [0, AMOUNT, 0, AMOUNT] } },
      { limits: { tierMax: [0, AMOUNT - 1, 0, AMOUNT] } },
    );
    bounds(Refusal.operator, { limits: { operators: [2, 1] } }, { limits: { operators: [2] } });
    expect(decided({ terminal: { platforms: [] } }).refusal).toBe(Refusal.operator);
  });

  it('by the amount', () => {
    bounds(Refusal.mismatch, { code: { amount: AMOUNT } }, { code: { amount: AMOUNT + 1 } });
    for (const amount of [-1, 1.5, Number.NaN, AMOUNT_MAX + 1])
      expect(decided({ amount }).refusal, `${amount}`).toBe(Refusal.mismatch);
    expect(decided({ amount: 0 }).refusal, 'in at a gate').toBeUndefined();
    bounds(CodeRefusal.quota, { certificate: { quota: AMOUNT } }, { certificate: { quota: AMOUNT - 1 } });
    bounds(Refusal.paymentLimit, { limits: { paymentMax: AMOUNT } }, { limits: { paymentMax: AMOUNT - 1 } });
  });

  it('by what the same user has paid here, and all users together', () => {
    const after = (limits: Partial<Limits>, quota = 20_000, paid_s = NOW_S) => {
      const counts = new UserCounts();
      counts.count(certificateOf({ quota }), 1, AMOUNT, paid_s);
      return decided({ certificate: { quota }, code: { counter: 2 }, limits, terminal: { counts } }).refusal;
    };
    expect(after({ counterpartyCountMax: 2 })).toBeUndefined();
    expect(after({ counterpartyCountMax: 1 })).toBe(Refusal.counterparty);
    expect(after({ counterpartyAmountMax: 2 * AMOUNT })).toBeUndefined();
    expect(after({ counterpartyAmountMax: 2 * AMOUNT - 1 })).toBe(Refusal.counterparty);
    expect(after({ offlineCountMax: 2 })).toBeUndefined();
    expect(after({ offlineCountMax: 1 })).toBe(Refusal.offlineCount);
    expect(after({ balanceMax: 2 * AMOUNT })).toBeUndefined();
    expect(after({ balanceMax: 2 * AMOUNT - 1 })).toBe(Refusal.balanceLimit);
    expect(after({ dayMax: 2 * AMOUNT })).toBeUndefined();
    expect(after({ dayMax: 2 * AMOUNT - 1 })).toBe(Refusal.dayLimit);
    const midnight_s = NOW_S - (NOW_S % DAY_S);
    expect(after({ dayMax: 2 * AMOUNT - 1 }, 20_000, midnight_s)).toBe(Refusal.dayLimit);
    expect(after({ dayMax: 2 * AMOUNT - 1 }, 20_000, midnight_s - 1)).toBeUndefined();
    // A clock that was set back goes on with the latest day.
    expect(after({ dayMax: 2 * AMOUNT - 1 }, 20_000, midnight_s + DAY_S)).toBe(Refusal.dayLimit);
    expect(after({ dayMax: AMOUNT - 1 }, 20_000, midnight_s - 1)).toBe(Refusal.dayLimit);
    expect(after({}, 2 * AMOUNT)).toBeUndefined();
    expect(after({}, 2 * AMOUNT - 1)).toBe(CodeRefusal.quota);
  });

  it('and takes none twice: neither the same code, nor an earlier one of the same user', () => {
    const counts = new UserCounts();
    const terminal = { counts };
    const taken = decided({ code: { counter: 4 }, terminal });
    if (taken.refusal === undefined) counts.count(taken.code.certificate, 4, AMOUNT, NOW_S);
    for (const counter of [0, 3, 4])
      expect(decided({ code: { counter }, terminal }).refusal, `${counter}`).toBe(CodeRefusal.seen);
    expect(decided({ code: { counter: 5 }, terminal }).refusal).toBeUndefined();
    const other = { pseudonym: new Uint8Array(8).fill(9) };
    expect(decided({ certificate: other, code: { counter: 0 }, terminal }).refusal).toBeUndefined();
  });

  it('and takes no user whom it has no room to count', () => {
    const counts = new UserCounts();
    for (let i = 0; i < ACCOUNT_USERS_MAX; i++)
      counts.count(faceUser(certificateOf().platform, i), 0, 1, NOW_S);
    const limits = { offlineCountMax: AMOUNT_MAX };
    expect(decided({ limits, terminal: { counts } }).refusal).toBe(Refusal.full);
  });

  it('by both signatures', () => {
    const stranger = crypto.ed25519KeyFromSeed(new Uint8Array(32).fill(77));
    const publicKey = stranger.slice(32);
    expect(decided({ platform: { publicKey } }).refusal).toBe(Refusal.certificate);
    expect(decided({ certificate: { publicKey } }).refusal).toBe(Refusal.signature);
    expect(decide(crypto, terminalOf({}), AMOUNT, NOW_S, scanned('TN1:')).refusal).toBe(Refusal.malformed);
    expect(USER_KEY.slice(32)).not.toEqual(publicKey);
  });

  it('with numbers that no other refusal has', () => {
    const numbers = [...Object.values(Refusal), ...Object.values(CodeRefusal)];
    expect(new Set<number>(numbers).size).toBe(numbers.length);
    expect(Math.max(...numbers)).toBeLessThan(256);
  });
});
