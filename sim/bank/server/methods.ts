import { U32_MAX } from '../../../firmware/objects/shape.js';
import type { SettleTo } from '../accounts/accounts.js';
import type { Enrolment } from '../accounts/enrol.js';
import { FULL_RESERVE } from '../accounts/ledger.js';
import type { Bank } from '../bank.js';
import {
  bytes,
  category,
  device,
  limits,
  optional,
  place,
  positive,
  type Request,
  text,
  whole,
  wrong,
} from './fields.js';
import { PLATFORM_METHODS } from './platform-methods.js';

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
  ...PLATFORM_METHODS,
};

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
