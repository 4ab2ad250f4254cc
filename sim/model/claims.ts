import { runSpin, type SpinResult } from './spin.js';

/** The whole model, without the bounds of the graphs: with a load that is still to come. */
const HONEST = ['-DLOAD'];
/** And with a copy of the payer's device. */
const COPIED = ['-DLOAD', '-DCOPY'];

export interface Claim {
  readonly name: string;
  readonly what: string;
  readonly defines: readonly string[];
  /** Name of an LTL formula in bank.pml; without it, the assertions of `check` in every state. */
  readonly formula?: string;
  /** No process that can go on for ever is left out for ever. */
  readonly isFair?: boolean;
}

const LTL: readonly Omit<Claim, 'defines'>[] = [
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

export const CLAIMS: readonly Claim[] = [
  ...LTL.map((claim) => ({ ...claim, defines: HONEST })),
  ...LTL.map((claim) => ({ ...claim, name: `${claim.name}, copied`, defines: COPIED })),
];

/** Has Spin look for a state or a cycle that breaks the claim, with partial order reduction. */
export function verify({ defines, formula, isFair }: Claim, text?: string): SpinResult {
  const live = formula === undefined ? [] : ['-DLIVE'];
  const safety = formula === undefined ? ['-DSAFETY'] : ['-DNFAIR=3'];
  return runSpin({ defines: [...live, ...defines], verifier: safety, text, formula, isFair });
}
