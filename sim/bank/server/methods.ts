import { AMOUNT_MAX } from '../../../firmware/limits.js';
import {
  CATEGORY_LIMITS_MAX,
  LIMIT_NUMBERS,
  type Limits,
  ReceivedPolicy,
  TIERS,
  WHITELIST_MAX,
} from '../../../firmware/objects/profile.js';
import { U32_MAX } from '../../../firmware/objects/shape.js';
import type { SettleTo } from '../accounts/accounts.js';
import type { Enrolment } from '../accounts/enrol.js';
import { FULL_RESERVE } from '../accounts/ledger.js';
import type { Bank } from '../bank.js';
import { BankError } from '../codes.js';

type Request = Record<string, unknown>;

/** What can be called by name: each checks what it is given, whoever gives it. */
export const METHODS: Record<string, (bank: Bank, request: Request) => Promise<unknown>> = {
  createAccount: async (bank, request) => {
    const settleTo = optional(request, 'settleTo', text);
    if (settleTo !== undefined && settleTo !== 'device' && settleTo !== 'account') wrong('settleTo');
    const currency = optional(request, 'currency', text);
    if (currency !== undefined && !/^[A-Z]{3}$/.test(currency)) wrong('currency');
    const password = optional(request, 'password', text);
    const options = {
      ...(settleTo && { settleTo: settleTo as SettleTo }),
      ...(currency && { currency }),
      ...(password !== undefined && { password }),
    };
    const name = text(request, 'name');
    if (name.length > 200) wrong('name');
    return { account: await bank.createAccount(whole(request, 'operator'), name, options) };
  },
  deposit: (bank, request) =>
    bank.deposit(whole(request, 'account'), whole(request, 'amount'), category(request)),
  withdraw: (bank, request) => bank.withdraw(whole(request, 'account'), whole(request, 'amount')),
  payOut: async (bank, request) => ({
    paid: await bank.payOut(
      whole(request, 'operator'),
      device(request),
      text(request, 'password'),
      optional(request, 'next', text),
    ),
  }),
  load: (bank, request) =>
    bank.load(
      whole(request, 'account'),
      device(request),
      whole(request, 'amount'),
      optional(request, 'purpose', (each, name) => whole(each, name)) ?? 0,
    ),
  give: async (bank, request) => ({
    target: await bank.give(whole(request, 'account'), device(request), whole(request, 'amount'), {
      purpose: category(request),
      place: optional(request, 'place', place) ?? 0,
      payee: optional(request, 'payee', (each, name) => bytes(each, name, 8)),
      until_s: optional(request, 'until_s', (each, name) => whole(each, name, U32_MAX)),
    }),
  }),
  unload: (bank, request) =>
    bank.unload(whole(request, 'account'), device(request), whole(request, 'amount')),
  balance: (bank, request) => bank.balance(whole(request, 'account')),
  history: async (bank, request) => ({
    lines: await bank.history(
      whole(request, 'account'),
      optional(request, 'linesMax', (each, name) => whole(each, name)),
      optional(request, 'before', (each, name) => whole(each, name, Number.MAX_SAFE_INTEGER)),
    ),
  }),
  day: async (bank, request) => ({
    terminals: await bank.day(whole(request, 'account'), whole(request, 'from_s', 0xffffffff)),
  }),
  receipt: async (bank, request) => ({
    receipt: await bank.receipt(
      whole(request, 'account'),
      device(request),
      whole(request, 'sequence', 0xffffffff),
    ),
  }),
  record: (bank, request) => bank.record(device(request), whole(request, 'sequence', 0xffffffff)),
  ledgerProof: async (bank, request) => ({
    proof: await bank.logs.prove(
      whole(request, 'account'),
      device(request),
      whole(request, 'sequence', 0xffffffff),
    ),
  }),
  supervisor: async (bank) => ({ supervisor: bank.logs.supervisor }),
  forgetLedger: async (bank, request) => ({ forgotten: await bank.logs.forget(whole(request, 'period')) }),
  accountOf: async (bank, request) => ({ account: await bank.accountOf(device(request)) }),
  backup: async (bank) => ({ backup: await bank.backup() }),
  resuming: async (bank) => ({ resuming: await bank.resuming() }),
  challenge: async (bank) => ({ challenge: await bank.challenge() }),
  enrol: (bank, request) => bank.enrol(enrolment(request)),
  setLimits: async (bank, request) => ({
    profile: await bank.setLimits(device(request), limits(request)),
  }),
  raiseTier: (bank, request) => bank.raiseTier(device(request), whole(request, 'tier')),
  limitsOf: async (bank, request) => ({ limits: await bank.limitsOf(device(request)) }),
  unlockPin: (bank, request) => bank.unlockPin(device(request)),
  move: (bank, request) => bank.move(device(request), bytes(request, 'to', 8)),
  reportLost: (bank, request) => bank.reportLost(device(request)),
  recover: async (bank, request) => ({
    recovered: await bank.recover(device(request), request.isHandedIn === true),
  }),
  suspend: (bank, request) => bank.suspend(device(request)),
  liftSuspension: (bank, request) => bank.liftSuspension(device(request)),
  renewOperatorKey: (bank, request) =>
    bank.renewOperatorKey(whole(request, 'operator'), whole(request, 'from_s', 0xffffffff)),
  operatorKeys: async (bank) => ({ keys: bank.operatorKeys() }),
  reserves: (bank, request) => bank.reserves(whole(request, 'operator')),
  freezeReserves: (bank, request) => bank.freezeReserves(whole(request, 'operator'), positive(request)),
  releaseReserves: (bank, request) => bank.releaseReserves(whole(request, 'operator'), positive(request)),
  setReserveRatio: (bank, request) =>
    bank.setReserveRatio(whole(request, 'operator'), whole(request, 'permille', FULL_RESERVE)),
  tick: (bank, request) =>
    bank.signedTick({
      now_s: whole(request, 'now_s', 0xffffffff),
      operator: whole(request, 'operator'),
      signature: bytes(request, 'signature', 64),
    }),
  /** For whoever has the bank in hand: see Bank.tick. */
  advance: (bank, request) => bank.tick(whole(request, 'now_s', 0xffffffff)),
  asides: async (bank, request) => ({ asides: await bank.asides(device(request)) }),
  breaches: async (bank) => ({ breaches: await bank.breaches() }),
  hotList: (bank) => bank.hotList(),
  proofs: async (bank) => ({ proofs: await bank.proofs() }),
  declined: async (bank) => ({ declined: await bank.declined() }),
  audit: (bank) => bank.audit(),
  about: async (bank) => ({
    root: bank.rootPublicKey,
    time_s: bank.time_s,
    currency: bank.currency,
    lostMoney: bank.lostMoney,
  }),
};

function wrong(name: string): never {
  throw new BankError('malformed', `${name} is missing or is not what it should be`);
}

function whole(request: Request, name: string, max = AMOUNT_MAX): number {
  const value = request[name];
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max
    ? value
    : wrong(name);
}

function positive(request: Request): number {
  return whole(request, 'amount') || wrong('amount');
}

function text(request: Request, name: string): string {
  const value = request[name];
  return typeof value === 'string' && !value.includes('\0') ? value : wrong(name);
}

function bytes(request: Request, name: string, length: number): Uint8Array {
  const value = request[name];
  return value instanceof Uint8Array && value.length === length ? value : wrong(name);
}

const device = (request: Request): Uint8Array => bytes(request, 'device', 8);

function optional<T>(
  request: Request,
  name: string,
  read: (request: Request, name: string) => T,
): T | undefined {
  return request[name] === undefined ? undefined : read(request, name);
}

/** Merchant category that money is bound to; 0 for ordinary money. */
function category(request: Request, name = 'purpose'): number {
  const value = optional(request, name, (each, key) => whole(each, key)) ?? 0;
  return value <= 0xffff ? value : wrong(name);
}

const place = (request: Request, name: string): number => whole(request, name, U32_MAX);

function enrolment(request: Request): Enrolment {
  const role = whole(request, 'role');
  const tier = whole(request, 'tier');
  if (role > 23 || tier > 23) wrong('role or tier');
  return {
    account: whole(request, 'account'),
    signingKey: bytes(request, 'signingKey', 32),
    challenge: bytes(request, 'challenge', 32),
    proof: bytes(request, 'proof', 64),
    role,
    category: category(request, 'category'),
    tier,
    place: optional(request, 'place', place) ?? 0,
    limits: limits(request),
  };
}

function limits(request: Request): Limits {
  const given = request.limits;
  if (typeof given !== 'object' || given === null) return wrong('limits');
  const source = given as Request;
  const received = whole(source, 'received');
  if (received > ReceivedPolicy.circulating) wrong('received');
  const result: Record<string, unknown> = { received };
  for (const name of LIMIT_NUMBERS) result[name] = whole(source, name);
  result.categoryLimits = list(source, 'categoryLimits', CATEGORY_LIMITS_MAX).map((limit) => {
    if (typeof limit !== 'object' || limit === null) return wrong('categoryLimits');
    const fields = limit as Request;
    return { category: category(fields, 'category'), paymentMax: whole(fields, 'paymentMax') };
  });
  const tierMax = list(source, 'tierMax', TIERS);
  if (tierMax.length !== 0 && tierMax.length !== TIERS) wrong('tierMax');
  result.tierMax = tierMax.map((number) => whole({ number }, 'number'));
  result.emptyWithin_s = whole(source, 'emptyWithin_s');
  result.operators = list(source, 'operators', WHITELIST_MAX).map((number) => whole({ number }, 'number'));
  return result as Limits;
}

function list(request: Request, name: string, lengthMax: number): unknown[] {
  const value = request[name];
  return Array.isArray(value) && value.length <= lengthMax ? value : wrong(name);
}
