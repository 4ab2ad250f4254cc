import { type Search, type SpinResult, Verifier } from './spin.js';

/** The whole model, without the bounds of the graphs, with a load that is still to come. */
const PAYERS = {
  honest: ['-DLOAD'],
  /** There is a copy of its device. */
  copied: ['-DLOAD', '-DCOPY'],
  /** At a bank where what is on a lost device is lost. */
  forfeiting: ['-DLOAD', '-DFORFEIT'],
} as const;
export type Payer = keyof typeof PAYERS;

export interface Claim extends Search {
  readonly name: string;
  readonly what: string;
}

/** Without a formula: the assertions of `check` in every state. */
export const CLAIMS: readonly Claim[] = [
  { name: 'safety', what: 'at most one credit a fen that no loss account names' },
  {
    name: 'payer syncs',
    what: 'a payer whose messages are delivered comes to the end of a sync, again and again',
    formula: 'payer_syncs',
    isFair: true,
  },
  { name: 'payee syncs', what: 'the same for a payee', formula: 'payee_syncs', isFair: true },
  { name: 'value settles', what: 'nothing stays in flight or held for ever', formula: 'value_settles' },
  { name: 'payee is paid', what: 'what a payee has taken comes to its account', formula: 'payee_is_paid' },
  { name: 'owner recovers', what: 'what a lost device had comes to its account', formula: 'owner_recovers' },
];

export interface Verdict {
  readonly claim: Claim;
  readonly result: SpinResult;
}

/** Has Spin look for what breaks each claim, with partial order reduction. `text`: of another model. */
export function* verdicts(payer: Payer, text?: string): Generator<Verdict> {
  const kinds = [
    { isLive: false, defines: [], verifier: ['-DSAFETY'] },
    { isLive: true, defines: ['-DLIVE'], verifier: ['-DNFAIR=3'] },
  ];
  for (const { isLive, defines, verifier } of kinds) {
    const built = new Verifier({ defines: [...defines, ...PAYERS[payer]], verifier, text });
    try {
      for (const claim of CLAIMS) {
        if ((claim.formula !== undefined) === isLive) yield { claim, result: built.search(claim) };
      }
    } finally {
      built.close();
    }
  }
}
