import { byTest, type MoneyMutant, mutantsOf } from './mutant.js';

const bank = mutantsOf('sim/bank');
const firmware = mutantsOf('firmware');

const byTiers = byTest('test/firmware/payment/tiers.test.ts');
const byEmptying = byTest('test/firmware/payment/emptying.test.ts');
const byPayOut = byTest('test/sim/bank/pay-out.test.ts');
const byRestored = byTest('test/sim/bank/restored.test.ts');

/** Of tiers, of wallets that are emptied in time, of unregistered payees, and of books that were put back. */
export const RULE_MUTANTS: readonly MoneyMutant[] = [
  byTiers(
    'what two tiers may',
    firmware(
      'payment/policy.ts',
      'a tier pays as much as any other',
      'return isAbove(amount, paymentMax) ? Refusal.tierLimit : undefined;',
      'void paymentMax;\n  return undefined;',
    ),
  ),
  byEmptying(
    'before the payee takes more',
    firmware(
      'payment/policy.ts',
      'received value never has to meet its bank',
      'return isAbove(proposal.time_s - receivedFrom_s, emptyWithin_s);',
      'return false;',
    ),
  ),
  byPayOut(
    'is locked for a day',
    bank(
      'accounts/pay-out.ts',
      'any password pays out',
      'if (!isRight) return no(',
      'if (!isRight && left < 0) return no(',
    ),
  ),
  byPayOut(
    'is locked for a day',
    bank(
      'accounts/pay-out.ts',
      'wrong passwords are not counted',
      '(row.tries || PASSWORD_TRIES_MAX) - 1;',
      'PASSWORD_TRIES_MAX;',
    ),
  ),
  byPayOut(
    'beyond every other way',
    bank(
      'accounts/withdrawal-password.ts',
      'what a password pays out is had without it',
      'if (found.length > 0)',
      'if (found.length > 1)',
    ),
  ),
  byRestored(
    'whose renewed certificate the books have lost',
    bank(
      'fraud/rules.ts',
      'who has paid whom the books know no more is named',
      'other.certificate_until_s && !other.resuming) return',
      'other.certificate_until_s) return',
    ),
  ),
];
