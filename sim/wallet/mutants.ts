import { type Mutant, mutantsOf } from '../fuzz/mutant.js';

const of = mutantsOf('firmware');

/** Wrong wallets: lives must tell every one of them from the real one. */
export const MUTANTS: readonly Mutant[] = [
  // What it commits
  of(
    'payment/value-selection.ts',
    'terms that do not go together are paid all the same',
    'if (terms.hops >= terms.hopsLimit) return undefined;',
    '',
  ),
  of(
    'ledger/ledger-store.ts',
    'another record is written than was read',
    'this.#store.journal.append(record);',
    'this.#store.journal.append(encodeRecord(entry, confirmed, 0));',
  ),
  of(
    'ledger/ledger.ts',
    'a transfer takes other lots than it was signed for',
    'if (received > 0) this.lots.spend(purpose, received, created_s, transfer);',
    'if (received > 0) this.lots.spend(purpose, received - 1, created_s, transfer);',
  ),
  of(
    'ledger/ledger.ts',
    'received value keeps its hops',
    'hops: hops + 1,\n  hopsLimit,',
    'hops,\n  hopsLimit,',
  ),
  of('wallet/wallet.ts', 'a note is held twice', 'if (this.ledger.knows(note.id)) return Refusal.noteHeld;'),
  of(
    'wallet/wallet.ts',
    'notes of any currency are taken',
    'if (!sameBytes(note.currency, this.currency)) return Refusal.currency;',
  ),
  of(
    'sync/client.ts',
    'a settlement may bring more than can be held',
    'if (!this.wallet.ledger.canHoldAfter(settlement)) return decline(Refusal.balanceLimit, WHOLE);',
  ),
  of(
    'payment/policy.ts',
    'more is received than can be held',
    'if (counters.whole + proposal.amount > AMOUNT_MAX) return Refusal.balanceLimit;',
  ),
  of(
    'ledger/ledger.ts',
    'a void gives back a fen less',
    'const amount = transfer.noteAmount(i);\n',
    'const amount = transfer.noteAmount(i) - 1;\n',
  ),
  of(
    'ledger/journal-record.ts',
    'whether the user agreed is not kept',
    '(confirmed ? CONFIRMED : 0) |',
    '(confirmed ? 0 : 0) |',
  ),

  // What it takes for a yes
  of(
    'ledger/ledger.ts',
    'a sync lets small payments go unconfirmed again',
    '    this.voids = 0;\n    this.epoch',
    '    this.voids = 0;\n    this.unconfirmed = 0;\n    this.epoch',
  ),
  of(
    'ledger/ledger.ts',
    'a sync begins the day anew',
    '    this.voids = 0;\n    this.epoch',
    '    this.voids = 0;\n    this.paidThatDay = 0;\n    this.epoch',
  ),
  of(
    'ledger/ledger.ts',
    'a clock that goes back begins the day anew',
    'day > this.day ? total',
    'day !== this.day ? total',
  ),
  of(
    'wallet/wallet.ts',
    '"no" does not take back a "yes"',
    'decline(): void {\n    this.#consents.forget();',
    'decline(): void {',
  ),
  of(
    'payment/consent.ts',
    'a yes outlasts its question',
    '!sameBytes(old.invoice, invoice)) {\n',
    'old === undefined) {\n',
  ),
  of(
    'ui/press-guard.ts',
    'a press counts at once',
    'if (waited_ms >= GUARD_MS) return true;',
    'if (waited_ms >= 0) return true;',
  ),
  of(
    'ui/press-guard.ts',
    'who goes on pressing is heard after a second',
    '    this.begin();\n    return false;',
    '    return false;',
  ),
  of(
    'payment/policy.ts',
    'a button is enough for what takes a PIN',
    'return amount <= limits.buttonMax ? Consent.button : Consent.pin;',
    'return Consent.button;',
  ),
  of(
    'wallet/wallet.ts',
    'any PIN is the right one',
    "if (verdict === 'right') this.#consents.givePin(terminal);",
    'this.#consents.givePin(terminal);',
  ),
  of(
    'payment/policy.ts',
    'a payee dates its invoice as it likes',
    'if (isAbove(proposal.time_s - proposal.own_s, limits.clocksApart_s)) return Refusal.offlineDuration;',
  ),
  of(
    'payment/payer.ts',
    'an invoice may be as old as it likes',
    'if (isAbove(view.own_s - invoice.created_s, view.limits.clocksApart_s)) return Refusal.invoiceExpired;',
  ),
  of(
    'payment/policy.ts',
    'what goes unconfirmed is not added up',
    'amount <= limits.noConfirmMax && !isAbove(unconfirmed + amount, limits.noConfirmTotalMax)',
    'amount <= limits.noConfirmMax',
  ),
  of(
    'payment/payer.ts',
    'an invoice of another currency is paid',
    'if (!view.crypto.equal(invoice.currency, view.currency)) return Refusal.mismatch;',
  ),
  of(
    'payment/policy.ts',
    'whose customer somebody is does not matter',
    'if (limits.operators.length > 0 && !limits.operators.includes(proposal.operator)) return Refusal.operator;',
  ),
  of(
    'payment/payer.ts',
    'what was agreed at one point of the journal is paid at another',
    'if (!agreement || agreement.sequence !== host.ledger.sequence) return Refusal.order;',
    'if (!agreement) return Refusal.order;',
  ),
  of(
    'wallet/credentials.ts',
    'an older profile replaces a newer one',
    'if (limits.version <= this.limits.version) return true;',
  ),

  // What it tells a stranger, and keeps for one
  of(
    'trust/trust.ts',
    'who is not certified is told what else is wrong with the certificate',
    'if (!this.isGenuine(certificate)) return Refusal.certificate;',
    'if (!this.isGenuine(certificate)) return this.checkCertificate(certificate, time_s) ?? Refusal.certificate;',
  ),
  of(
    'payment/payee.ts',
    "a forged card's claim is told by a refusal before TRANSFER",
    'this.#shown = why === undefined || !shown.payer ? shown : undefined;',
    'this.#shown = why === undefined ? shown : undefined;',
  ),
  of(
    'card/card.ts',
    'a terminal is remembered before it has proved its key',
    'this.#terminal = trust.admit(terminal, own_s);',
    'const admitted = trust.admit(terminal, own_s);\n' +
      '    this.#terminal = admitted;\n    if (!isRefusal(admitted)) this.#proved = admitted;',
  ),
];
