import { byTest, type MoneyMutant, mutantsOf } from './mutant.js';

const bank = mutantsOf('sim/bank');
const firmware = mutantsOf('firmware');

const bySuite = byTest('test/sim/renewal.test.ts');
const byBankKey = byTest('test/firmware/sync/bank-key.test.ts');

/** Of what renews certificates and the keys of operators. */
export const RENEWAL_MUTANTS: readonly MoneyMutant[] = [
  bank(
    'accounts/certificates.ts',
    'no certificate is renewed',
    '  await renew(context, sql, state);\n',
    '  void renew;\n',
  ),
  bySuite(
    'is not renewed for a device that is stopped',
    bank(
      'accounts/certificates.ts',
      'the certificate of a stopped device is renewed',
      '  if (state.suspended || state.convicted) return undefined;\n',
    ),
  ),
  bySuite(
    'at any message, heard or not',
    bank(
      'sync/sync-session.ts',
      'who has not got the new certificate yet is a stranger',
      '      isKnown &&\n',
      '      isKnown &&\n      sameBytes(state.certificate, certificate.bytes) &&\n',
    ),
  ),
  bank(
    'keys.ts',
    'a new key is used before anybody has heard of it',
    'signing.findLast(({ endorsement }) => endorsement.notBefore_s <= time_s) ?? signing[0]',
    'signing.findLast(({ endorsement }) => endorsement.notBefore_s <= time_s + 1e9) ?? signing[0]',
  ),
  bySuite(
    'signs nothing that outlasts its endorsement',
    bank(
      'keys.ts',
      'what a key has signed outlasts its endorsement',
      'Math.min(time_s + life_s, endorsement.notAfter_s)',
      'Math.min(time_s + life_s, endorsement.notAfter_s + life_s)',
    ),
  ),
  bySuite(
    'is learnt by who was away until the one before had run out: a sync with operator 1',
    bank(
      'sync/sync-session.ts',
      'a bank does not show who has endorsed its key',
      'endorsement.version === 0 ? time :',
      'endorsement.version >= 0 ? time :',
    ),
  ),
  bySuite(
    'is learnt by who was away until the one before had run out: a sync with operator 2',
    bank(
      'sync/sync-session.ts',
      'a settlement is signed with a key that the device need not know',
      'number === issuer ? version : endorsement',
      'number >= 0 ? version : endorsement',
    ),
  ),
  byTest('test/sim/bank/double-spend.test.ts')(
    'under three keys of its operator',
    bank(
      'fraud/convict.ts',
      'a proof has room for one key of an operator',
      'return [...new Set(found)].map(',
      'return [...new Set(found)].slice(0, 1).map(',
    ),
  ),
  bySuite(
    'is renewed one after another',
    bank(
      'accounts/central-bank.ts',
      'more keys hold than wallets have places for',
      'if (holding(keys, time_s).length >= OPERATORS_MAX)',
      'if (holding(keys, time_s).length >= 2 * OPERATORS_MAX)',
    ),
  ),
  bySuite(
    'is renewed one after another',
    bank(
      'accounts/central-bank.ts',
      'a key begins when the one before it has run out',
      'if (from_s < time_s || from_s > last_s)',
      'if (from_s < time_s)',
    ),
  ),
  bySuite(
    'is that of the device or none at all',
    firmware(
      'wallet/credentials.ts',
      'a certificate of somebody else is taken',
      ' || !isRenewalOf(certificate, renewed)',
    ),
  ),
  bySuite(
    'is that of the device or none at all',
    firmware(
      'wallet/credentials.ts',
      'a renewed certificate need not be signed',
      ' || !renewed.verify(this.crypto, issuer.key)',
    ),
  ),
  bySuite(
    'is that of the device or none at all',
    firmware(
      'wallet/credentials.ts',
      'an older certificate takes the place of a newer one',
      '    if (renewed.notAfter_s <= certificate.notAfter_s) return true;\n',
    ),
  ),
  bySuite(
    'is shown by its own name',
    firmware(
      'card/card.ts',
      'a card goes by the name of the certificate that it had before',
      'if (this.#named?.certificate !== certificate)',
      'if (this.#named === undefined)',
    ),
  ),
  byBankKey(
    'with one of another root',
    firmware(
      'trust/trust-store.ts',
      'the root need not have endorsed the key of a bank',
      '!isIts || !operator.verify(crypto, trust.root) ||',
      '!isIts ||',
    ),
  ),
  byBankKey(
    'with a certificate that the key has not signed',
    firmware(
      'trust/trust-store.ts',
      'an endorsed key need not have signed the certificate of a bank',
      ' || !bank.verify(crypto, operator.key)',
    ),
  ),
];
