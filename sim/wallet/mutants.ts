/**
 * Wrong wallets: each is the real one with one line changed. Lives must tell every one of them from the real
 * one.
 */
export interface Mutant {
  readonly name: string;
  /** In the root of the project. */
  readonly file: string;
  /** Occurs once in the file. */
  readonly find: string;
  readonly replace: string;
}

const of = (file: string, name: string, find: string, replace = ''): Mutant => ({
  name,
  file,
  find,
  replace,
});

const WALLET = 'firmware/wallet';

export const MUTANTS: readonly Mutant[] = [
  // What it commits
  of(
    `${WALLET}/payer.ts`,
    'terms that do not go together are paid all the same',
    'return terms.hops < terms.hopsLimit ? {',
    'return terms.hops >= 0 ? {',
  ),
  of(
    `${WALLET}/money.ts`,
    'an entry is written before it is read',
    'const read = this.ledger.read(decodeRecord(this.crypto, this.device, record));\n    this.#store.journal.append(record);',
    'this.#store.journal.append(record);\n    const read = this.ledger.read(decodeRecord(this.crypto, this.device, record.slice(0, -1)));',
  ),
  of(
    `${WALLET}/ledger.ts`,
    'a transfer takes other lots than it was signed for',
    'if (received > 0) this.lots.spend(purpose, received, created_s, transfer);',
    'if (received > 0) this.lots.spend(purpose, received - 1, created_s, transfer);',
  ),
  of(
    `${WALLET}/ledger.ts`,
    'received value keeps its hops',
    'hops: hops + 1,\n  hopsLimit,',
    'hops,\n  hopsLimit,',
  ),
  of(
    `${WALLET}/wallet.ts`,
    'a note is held twice',
    'if (this.ledger.knows(note.id)) return Refusal.noteHeld;',
  ),
  of(
    `${WALLET}/wallet.ts`,
    'notes of any currency are taken',
    'if (!sameBytes(note.currency, this.currency)) return Refusal.currency;',
  ),
  of(
    'firmware/sync/client.ts',
    'a settlement may bring more than can be held',
    'if (!this.wallet.ledger.canHoldAfter(settlement)) return decline(Refusal.balanceLimit, WHOLE);',
  ),
  of(
    `${WALLET}/policy.ts`,
    'more is received than can be held',
    'if (counters.whole + proposal.amount > AMOUNT_MAX) return Refusal.balanceLimit;',
  ),
  of(
    `${WALLET}/ledger.ts`,
    'a void gives back a fen less',
    'const amount = transfer.noteAmount(i);\n',
    'const amount = transfer.noteAmount(i) - 1;\n',
  ),
  of(`${WALLET}/record.ts`, 'whether the user agreed is not kept', '(confirmed ? CONFIRMED : 0) |', ''),

  // What it takes for a yes
  of(
    `${WALLET}/ledger.ts`,
    'a sync lets small payments go unconfirmed again',
    '    this.voids = 0;\n    this.epoch',
    '    this.voids = 0;\n    this.unconfirmed = 0;\n    this.epoch',
  ),
  of(
    `${WALLET}/ledger.ts`,
    'a sync begins the day anew',
    '    this.voids = 0;\n    this.epoch',
    '    this.voids = 0;\n    this.paidThatDay = 0;\n    this.epoch',
  ),
  of(
    `${WALLET}/ledger.ts`,
    'a clock that goes back begins the day anew',
    'day > this.day ? total',
    'day !== this.day ? total',
  ),
  of(
    `${WALLET}/wallet.ts`,
    '"no" does not take back a "yes"',
    'decline(): void {\n    this.#consents.forget();',
    'decline(): void {',
  ),
  of(
    `${WALLET}/consent.ts`,
    'a yes outlasts its question',
    '!sameBytes(old.invoice, invoice)) {\n',
    'old === undefined) {\n',
  ),
  of(
    `${WALLET}/consent.ts`,
    'a yes holds for ever',
    'return this.#since_ms(question.givenAt_ms) <= PRESENCE_MS_MAX ? question.given : Consent.none;',
    'return question.given;',
  ),
  of(
    'firmware/ui/press-guard.ts',
    'a press counts at once',
    'if (waited_ms >= DEAF_MS) return true;',
    'if (waited_ms >= 0) return true;',
  ),
  of(
    'firmware/ui/press-guard.ts',
    'who goes on pressing is heard after a second',
    '    this.begin();\n    return false;',
    '    return false;',
  ),
  of(
    'firmware/ui/screen-interface.ts',
    'presses of a PIN go on for another payment',
    'if (this.#pinFor && this.#pinFor !== prompt) this.#endEntry();',
  ),
  of(
    `${WALLET}/policy.ts`,
    'a button is enough for what takes a PIN',
    'return amount <= limits.buttonMax ? Consent.button : Consent.pin;',
    'return Consent.button;',
  ),
  of(
    `${WALLET}/policy.ts`,
    'a payee dates its invoice as it likes',
    'if (proposal.time_s - proposal.own_s > CLOCK_LAG_S_MAX) return Refusal.offlineDuration;',
  ),
  of(
    `${WALLET}/policy.ts`,
    'what goes unconfirmed is not added up',
    'amount <= limits.noConfirmMax && unconfirmed + amount <= limits.noConfirmTotalMax',
    'amount <= limits.noConfirmMax',
  ),
  of(
    `${WALLET}/payer.ts`,
    'what was agreed at one point of the journal is paid at another',
    'if (state.sequence !== view.ledger.sequence) return refused(payerIdle, Refusal.order);',
  ),

  // What it tells a stranger
  of(
    'firmware/card/card.ts',
    'who is not certified is told why',
    'trust.isGenuine(terminal) ? trust.refuse(terminal, own_s) : Refusal.certificate',
    'trust.isGenuine(terminal) ? trust.refuse(terminal, own_s) : Refusal.hotListed',
  ),
];
