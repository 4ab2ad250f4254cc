import { createHash } from 'node:crypto';
import { AMOUNT_MAX } from '../../../firmware/limits.js';
import { Role } from '../../../firmware/objects/certificate.js';
import type { Limits } from '../../../firmware/objects/profile.js';
import { UNLIMITED } from '../../../firmware/selftest/test-issuer.js';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import type { Entropy } from '../../../hal/entropy.js';
import type { SettleTo } from '../../../sim/bank/accounts/accounts.js';
import { enrolStatement } from '../../../sim/bank/accounts/enrol.js';
import { Bank } from '../../../sim/bank/bank.js';
import type { BankOptions } from '../../../sim/bank/bank-options.js';
import { PostgresEngine } from '../../../sim/bank/db/postgres.js';
import { fileEngine } from '../../support/file-engine.js';
import { type Carrier, ScriptedDevice, Torn } from './scripted-device.js';

export const START_S = 1_800_000_000;
export const crypto = opensslCrypto;

/** The server of that URL in place of the file's own engine. */
const { TAPNOTE_BANK_URL } = process.env;
let server: PostgresEngine | undefined;
let banks = 0;

/** Bytes that depend on the seed and nothing else. */
export function seededEntropy(seed: string): Entropy {
  let counter = 0;
  return {
    fill(target) {
      for (let at = 0; at < target.length; at += 32) {
        const block = createHash('sha256').update(`${seed} ${counter++}`).digest();
        target.set(block.subarray(0, Math.min(32, target.length - at)), at);
      }
    },
  };
}

export async function openBank(options: Partial<BankOptions> = {}): Promise<Bank> {
  if (TAPNOTE_BANK_URL) server ??= new PostgresEngine(TAPNOTE_BANK_URL);
  return Bank.open({
    crypto,
    entropy: seededEntropy('bank'),
    time_s: START_S,
    database: server ?? (await fileEngine()),
    schema: `bank_${process.pid}_${++banks}`,
    ...options,
  });
}

export const limits: Limits = {
  ...UNLIMITED,
  offlineDuration_s: AMOUNT_MAX,
  clocksApart_s: AMOUNT_MAX,
  relayMax_us: 0,
  claimGrace_s: 1_000,
};

export interface Setup {
  operator?: number;
  settleTo?: SettleTo;
  money?: number;
  /** Merchant category; a device with one is a merchant's. */
  category?: number;
  /** Where its holder stands. */
  place?: number;
  /** Of an account that is nobody’s: see `AccountOptions`. */
  password?: string;
  /** One that exists, in place of a new one. */
  account?: number;
  /** Strength of the identity. */
  tier?: number;
  limits?: Partial<Limits>;
}

const entropy = seededEntropy('devices');

/** An account with a device, and `money` loaded onto it at its first sync. */
export async function enrolDevice(
  bank: Bank,
  name: string,
  setup: Setup = {},
  sync = (device: ScriptedDevice) => syncDevice(bank, device),
): Promise<ScriptedDevice> {
  const { operator = 1, settleTo = 'device', password } = setup;
  const account =
    setup.account ??
    (await bank.createAccount(operator, name, { settleTo, ...(password !== undefined && { password }) }));
  const key = crypto.ed25519KeyFromSeed(createHash('sha256').update(`${name} ${banks}`).digest());
  const signingKey = key.slice(32);
  const challenge = await bank.challenge();
  const given = await bank.enrol({
    account,
    signingKey,
    challenge,
    proof: crypto.ed25519Sign(key, enrolStatement(challenge, signingKey)),
    role: setup.category ? Role.merchant : Role.person,
    category: setup.category ?? 0,
    tier: setup.tier ?? 1,
    place: setup.place ?? 0,
    limits: { ...limits, ...setup.limits },
  });
  const { id, certificate, profile } = given;
  const identity = { id, key, certificate, profile, account };
  const device = new ScriptedDevice(crypto, entropy, identity, given.time_s);
  if (setup.money) {
    await bank.deposit(account, setup.money);
    await bank.load(account, device.id, setup.money);
  }
  await sync(device);
  return device;
}

export async function syncDevice(bank: Bank, device: ScriptedDevice): Promise<void> {
  await device.sync(carrier(bank));
}

export function carrier(bank: Bank): Carrier {
  const session = bank.openSync();
  return (message) => session.step(message);
}

/**
 * A line that is cut after `messages` of them; `lost`: the last one reaches the bank, but its answer is lost.
 */
export function tearing(bank: Bank, messages: number, lost: boolean): Carrier {
  const session = bank.openSync();
  let left = messages;
  return async (message) => {
    if (left-- > 0) return session.step(message);
    if (lost) await session.step(message);
    throw new Torn('cut');
  };
}
