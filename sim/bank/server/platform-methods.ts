import { PLATFORM_ID_BYTES } from '../../../firmware/account/account-certificate.js';
import { AMOUNT_MAX } from '../../../firmware/limits.js';
import { TINY_MAX, U32_MAX } from '../../../firmware/objects/shape.js';
import type { Bank } from '../bank.js';
import type { BillName } from '../platform/funds.js';
import type { Upload } from '../platform/intake.js';
import type { Terms } from '../platform/terms.js';
import { bytes, fares, limits, list, optional, type Request, whole, wrong } from './fields.js';

const SCENE_MAX = 0xffff;
const CATEGORY_MAX = 0xffff;
/** Of one upload: more do not fit into a request. */
const BILLS_MAX = 100;
/** Of a code with an amount. */
const EVIDENCE_BYTES_MAX = 512;

const account = (request: Request): number => whole(request, 'account');
const operator = (request: Request): number => whole(request, 'operator');
const terminal = (request: Request): Uint8Array => bytes(request, 'terminal', 8);

const bill = (request: Request): BillName => ({
  terminal: terminal(request),
  sequence: whole(request, 'sequence', U32_MAX),
});

function terms(request: Request): Partial<Terms> {
  const given: Record<string, unknown> = {};
  const most = {
    ...{ line: AMOUNT_MAX, quota: AMOUNT_MAX, life_s: AMOUNT_MAX, faceDayMax: AMOUNT_MAX },
    ...{ tier: TINY_MAX, scene: SCENE_MAX },
  };
  for (const [name, max] of Object.entries(most)) {
    const value = optional(request, name, (each, key) => whole(each, key, max));
    if (value !== undefined) given[name] = value;
  }
  if (request.withholding === null) given.withholding = null;
  else if (request.withholding !== undefined) given.withholding = whole(request, 'withholding');
  return given as Partial<Terms>;
}

/** What is to be decided for a user or for the site. */
function decided(request: Request): 'user' | 'site' {
  const { decided: value } = request;
  return value === 'user' || value === 'site' ? value : wrong('decided');
}

/** Bills as a terminal sends them: `{terminal, bills: [[bill, evidence], …]}`. */
export function uploadOf(request: Request): Upload {
  const bills = list(request, 'bills', BILLS_MAX).map((pair) => {
    if (!Array.isArray(pair) || pair.length !== 2) return wrong('bills');
    const [sent, evidence] = pair as unknown[];
    const isSound =
      sent instanceof Uint8Array && evidence instanceof Uint8Array && evidence.length <= EVIDENCE_BYTES_MAX;
    return isSound ? ([sent, evidence] as const) : wrong('bills');
  });
  return { terminal: terminal(request), bills };
}

/** What a terminal asks for whose deny list is of that version: `{platform, version}`. */
export const denyRequestOf = (request: Request): readonly [platform: Uint8Array, version: number] => [
  bytes(request, 'platform', PLATFORM_ID_BYTES),
  whole(request, 'version', U32_MAX),
];

/** The counter of a platform: a part of METHODS. */
export const PLATFORM_METHODS: Record<string, (bank: Bank, request: Request) => Promise<unknown>> = {
  makePlatform: async ({ platform }, request) => ({ publicKey: await platform.make(operator(request)) }),
  platformKey: async ({ platform }, request) => ({ publicKey: platform.publicKey(operator(request)) }),
  setTerms: ({ platform }, request) => platform.setTerms(account(request), terms(request)),
  terms: ({ platform }, request) => platform.terms(account(request)),
  certify: async ({ platform }, request) => ({
    certificate: await platform.certify(account(request), bytes(request, 'publicKey', 32)),
  }),
  revokeCertificate: ({ platform }, request) =>
    platform.revoke(operator(request), whole(request, 'serial', U32_MAX)),
  denyList: ({ platform }, request) => platform.denyList(operator(request)),
  addTerminal: async ({ platform }, request) => ({
    terminal: await platform.addTerminal(account(request), bytes(request, 'publicKey', 32), {
      limits: limits(request),
      scene: whole(request, 'scene', SCENE_MAX),
      tierMin: whole(request, 'tierMin', TINY_MAX),
      category: whole(request, 'category', CATEGORY_MAX),
    }),
  }),
  terminals: async ({ platform }, request) => ({
    terminals: await platform.terminals(optional(request, 'account', account)),
  }),
  suspendTerminal: ({ platform }, request) => platform.suspendTerminal(terminal(request)),
  liftTerminal: ({ platform }, request) => platform.liftTerminal(terminal(request)),
  billsOf: async ({ platform }, request) => ({
    bills: await platform.bills(
      request.terminal === undefined ? { account: account(request) } : { terminal: terminal(request) },
      optional(request, 'linesMax', (each, name) => whole(each, name)),
    ),
  }),
  debts: async ({ platform }, request) => ({
    debts: await platform.debts(optional(request, 'account', account)),
  }),
  creditRecord: async ({ platform }, request) => ({ lines: await platform.creditRecord(account(request)) }),
  setFares: ({ platform }, request) => platform.setFares(account(request), fares(request)),
  fares: async ({ platform }, request) => ({ tables: await platform.fares(account(request)) }),
  journeys: async ({ platform }, request) => ({
    journeys: await platform.journeys(
      account(request),
      optional(request, 'days', (each, name) => whole(each, name)),
    ),
  }),
  forks: async ({ platform }) => ({ forks: await platform.forks() }),
  dispute: ({ platform }, request) => platform.dispute(bill(request)),
  decideDispute: ({ platform }, request) => platform.decide(bill(request), decided(request)),
  leave: ({ platform }, request) => platform.leave(account(request)),
};
