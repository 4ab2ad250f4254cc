import { type Mutant, mutantsOf } from '../fuzz/mutant.js';

const inModel = mutantsOf('sim/model');
const inBank = mutantsOf('sim/bank');

/** The model with one check missing: Spin finds a state or a cycle that breaks a claim. */
export const MODEL_MUTANTS: readonly Mutant[] = [
  [
    'value goes back before the payer has given it up',
    '(state == RESOLVED || lost == 2) && (voided',
    '(voided',
  ],
  ['value goes back for good while it can be claimed', ' && (voided || b_past || now_at == LAST)'],
  [
    'a recovered payer keeps what it owes',
    '(convicted || lost == 2) && net_p < 0 && cash_p > 0 ->',
    'convicted && net_p < 0 && cash_p > 0 ->',
  ],
  ['a device is told nothing of what was resolved', 'if :: l_resolve -> p_out = DONE :: else fi;'],
  [
    'a refusal that the payer has booked counts for nothing',
    ':: state == VOID -> t_place = PAYER',
    ':: false',
  ],
  ['whoever pays is convicted', ':: state != 0 && twin == 2 ->', ':: state != 0 || twin == 2 ->'],
  [
    'a late claim is not counted',
    '(place == PAYEE || place == LATE) && !booked',
    'place == PAYEE && !booked',
  ],
  ['time moves nothing', ':: place == FLIGHT || (place == HELD &&', ':: false && (place == HELD &&'],
  ['what a lost device had in flight stays held', '(state == RESOLVED || lost == 2))', 'state == RESOLVED)'],
  ['a lost device is recovered once', ' || (lost == 2 && FREE_P > 0))', ')'],
  [
    'a settlement holds for any point of the journal',
    'p_new_answer = q_receipt; NO_LINE;',
    'p_new_answer = q_receipt;',
  ],
].map(([name, find, replace]) => inModel('bank.pml', name, find, replace));

/** The bank with one check missing: the replay finds it where the model is not. */
export const BANK_MUTANTS: readonly (Mutant & { readonly scope: string })[] = [
  {
    scope: 'touch',
    ...inBank(
      'settlement/transfers.ts',
      'value goes back before the payer has given it up',
      "row.payer_state === 'resolved' || row.payer_state === 'accepted' || payer.recovered",
      'true',
    ),
  },
  {
    scope: 'touch',
    ...inBank(
      'settlement/transfers.ts',
      'value goes back for good while it can be claimed',
      'isGivenUp && isFinal(work, row)',
      'isGivenUp',
    ),
  },
  {
    scope: 'touch',
    ...inBank(
      'settlement/booking.ts',
      'a late claim is not counted',
      "(row.place === 'payee' || row.place === 'late')",
      "row.place === 'payee'",
    ),
  },
  {
    scope: 'loss',
    ...inBank(
      'settlement/tick.ts',
      'what a lost device had in flight stays held',
      "(t.payer_state in ('resolved', 'accepted') or p.recovered)",
      "t.payer_state in ('resolved', 'accepted')",
    ),
  },
  {
    scope: 'load',
    ...inBank(
      'settlement/recovery.ts',
      'a load that was recovered is still to come',
      "'update loads set delivered = true where device = $1 and not delivered'",
      "'select $1::bytea'",
    ),
  },
  {
    scope: 'load',
    ...inBank(
      'settlement/settle.ts',
      'a lost device is not told that it is stopped',
      'if (state.suspended) return Standing.suspended;',
      '',
    ),
  },
  {
    scope: 'copy',
    ...inBank(
      'fraud/convict.ts',
      'a copy that only the payee has shown is not named',
      'if (!unshown) return false;',
      'if (unshown || !unshown) return false;',
    ),
  },
  {
    scope: 'loss',
    ...inBank(
      'accounts/device-books.ts',
      'the debt of a recovered device is not set off',
      'if (!party.convicted && !party.recovered) return;',
      'if (!party.convicted) return;',
    ),
  },
  {
    scope: 'suspension',
    ...inBank(
      'fraud/hot-list.ts',
      'a device whose suspension was lifted is stopped all the same',
      "'update devices set suspended = false where id = $1'",
      "'select $1::bytea'",
    ),
  },
  {
    scope: 'forfeit',
    ...inBank(
      'settlement/recovery.ts',
      'lost money comes back where it is lost',
      "if (context.lostMoney === 'forfeited') return;",
    ),
  },
];
