import { byTest, type MoneyMutant, type Mutant, mutantsOf } from './mutant.js';
import { PLATFORM_MUTANTS } from './platform-mutants.js';
import { RENEWAL_MUTANTS } from './renewal-mutants.js';
import { RULE_MUTANTS } from './rule-mutants.js';

const bank = mutantsOf('sim/bank');
const firmware = mutantsOf('firmware');

/** Tests that find a mutant out which random lives do not reach, by its name. */
const TESTS: Readonly<Record<string, readonly [file: string, name: string]>> = {
  'a payee has until the payer’s deadline, and no longer': [
    'sim/bank/transfers',
    'is held for its payer in time',
  ],
  'what only time brings back is free at once': ['sim/bank/transfers', 'is held for its payer in time'],
  'value comes back before the device has given it up': [
    'sim/bank/transfers',
    'when the payee has settled without it',
  ],
  'what comes back to a convicted device goes to its account': [
    'sim/bank/seams-money',
    'that comes back to a device that is proven is held',
  ],
  'a payee that has settled without it has a claim': [
    'sim/bank/certificate-end',
    'names a copy of the payee that shows it',
  ],
  'a convicted payee is paid what its payer never had': [
    'sim/bank/seams-money',
    'is paid as far as its payer has shown',
  ],
  'what a device has back already comes back to its account as well': [
    'sim/bank/transfers',
    'comes back to the device when the device has the refusal',
  ],
  'a payment to a convicted device is never made up': [
    'sim/bank/seams-money',
    'is paid as far as its payer has shown',
  ],
  'a payee is paid what its own rules forbid': ['sim/bank/seams-money', 'own limits forbid'],
  'a convicted device is paid back': ['sim/bank/seams-money', 'is paid nothing more once it is proven'],
  'claims for retired notes are forgotten': ['sim/bank/transfers', 'comes back as a claim'],
  'value that came back for a retired note is no claim': ['sim/bank/transfers', 'comes back as a claim'],
  'nothing is set off': ['sim/bank/seams-money', 'is paid nothing more once it is proven'],
  'who is convicted is not on the hot list': ['sim/bank/seams-money', 'is named when it turns the purpose'],
  'what a convicted device owes is no loss': ['sim/bank/seams-money', 'costs quota when a payee'],
  'a note may be overdrawn': ['sim/bank/double-spend', 'is named when it takes more from a note'],
  'received value is spent that never came': [
    'sim/bank/double-spend',
    'is named when it spends more received value',
  ],
  'hops are not counted': ['sim/bank/seams-money', 'is named when received value changes hands'],
  'the terms of notes are not looked at': ['sim/bank/seams-money', 'is named when it turns the purpose'],
  'a journal that lacks what the device has signed is settled': [
    'sim/bank/double-spend',
    'own word when its whole journal lacks',
  ],
  'what is shown while a sync lasts is missed in it': ['sim/bank/seams-honest', 'whichever it keeps'],
  'a copy goes on where the other one stands': ['sim/bank/double-spend', 'whose sync is refused is told so'],
  'a lost device is recovered while its notes can be spent': [
    'sim/bank/bank',
    'gives back what can be proved when it never syncs',
  ],
  'what a lost device has is had by whoever asks too soon': [
    'sim/bank/loss',
    'can be had from the second on',
  ],
  'lost money comes back where it is lost': ['sim/bank/loss', 'is lost for ever'],
  'a device is let go whatever it is stopped for': ['sim/bank/loss', 'is not let go at the counter'],
  'nobody learns that a suspension was lifted': ['sim/bank/loss', 'is stopped everywhere, gives its money'],
  'bank time goes back': ['sim/bank/seams-doors', 'moves in bounded steps'],
  'bank time steps as far as one likes': ['sim/bank/seams-doors', 'moves in bounded steps'],
  'a reader is told what its standby does not have': ['sim/bank/failover', 'nobody reads what may be lost'],
  'a commit whose wait was called off is certain': ['sim/bank/failover', 'nobody reads what may be lost'],
  'a standby is taken for the primary': ['sim/bank/failover', 'a standby is passed by'],
  'any ratio of reserves is given, whatever is out': ['sim/bank/reserves', 'is given another ratio'],
  'reserves are released that back what is out': ['sim/bank/reserves', 'is given another ratio'],
  'a load goes beyond the quota': ['sim/bank/bank', 'is issued within the account'],
  'more is withdrawn than is there': ['sim/bank/transfers', 'cannot be withdrawn before its payee'],
  'a stopped device is loaded': ['sim/bank/bank', 'is stopped everywhere'],
  'pages are taken together whoever is accused in them': ['sim/bank/pages', 'has broken a rule of its own'],
  'money that has run out is taken': ['firmware/card/hostile-card', 'its value has run out'],
  'a payment may be as large as one likes': ['firmware/payment/limits', 'one payment is at most so much'],
  'so many payments go without a sync as one likes': [
    'firmware/payment/limits',
    'so many payments are made between two syncs',
  ],
  'a device goes without a sync as long as it likes': [
    'firmware/payment/limits',
    'until the offline duration is over',
  ],
  'so much is paid to one as one likes': [
    'firmware/payment/limits',
    'payments with one counterparty come to at most',
  ],
  'more is held than the profile allows': ['firmware/payment/limits', 'the balance is at most so much'],
  'money of a place goes anywhere': ['firmware/payment/targets', 'is paid where all that its note says'],
  'what is over is its holder’s': ['sim/bank/targets', 'at the holder’s sync, with what is left of it'],
};

/** A check of the bank or of the firmware left out in each: lives or the suite must find every one out. */
const ALL: readonly Mutant[] = [
  // Where the value of a transfer is
  bank(
    'settlement/transfers.ts',
    'a payee has until the payer’s deadline, and no longer',
    'Math.max(...payee.limits.map((limits) => limits.offlineDuration_s + limits.claimGrace_s));',
    '0 * payee.limits.length;',
  ),
  bank(
    'settlement/transfers.ts',
    'what only time brings back is free at once',
    'work.party(row.payee)!.certificate_until_s < work.context.time_s;',
    'true;',
  ),
  bank(
    'settlement/transfers.ts',
    'value comes back before the device has given it up',
    "const isGivenUp = row.payer_state === 'resolved' || row.payer_state === 'accepted' || payer.recovered;",
    'const isGivenUp = true;',
  ),
  bank(
    'settlement/transfers.ts',
    'what comes back to a convicted device goes to its account',
    'isFinal(work, row) && !payer.convicted ?',
    'isFinal(work, row) ?',
  ),
  bank(
    'settlement/transfers.ts',
    'a payee that has settled without it has a claim',
    "return isTaken && !hasSettledWithout(work, row) ? 'late' : 'account';",
    "return isTaken ? 'late' : 'account';",
  ),
  bank(
    'settlement/transfers.ts',
    'a convicted payee is paid what its payer never had',
    'row.paid = payee.convicted ? work.books.covered(party, row) : total;',
    'row.paid = total;',
  ),
  bank(
    'settlement/transfers.ts',
    'what a device has back already comes back to its account as well',
    "if (row.payer_state === 'void') return 'payer';",
  ),
  bank(
    'sync/intake.ts',
    'a payment to a convicted device is never made up',
    '  for (const { id } of states) payShortfalls(work, id);\n',
  ),
  bank(
    'settlement/booking.ts',
    'a payee is paid what its own rules forbid',
    'if ((broke || !isAllowed || earlier) && !row.payee_booked) row.unpaid = true;',
  ),

  // What a settlement moves
  bank(
    'settlement/applied.ts',
    'a convicted device is paid back',
    '  if (party.convicted) return all;\n  for (const [key, amount] of Object.entries(back)) {',
    '  for (const [key, amount] of Object.entries(back)) {',
  ),
  bank(
    'settlement/applied.ts',
    'notes of a settlement that was never applied count',
    "note.state = note.settlement === settlement ? 'held' : 'dropped';",
    "note.state = 'held';",
  ),
  bank(
    'settlement/applied.ts',
    'a retired note keeps its value',
    'note.remaining = Math.min(0, note.remaining); // what was overdrawn stays on the books',
  ),
  bank(
    'settlement/applied.ts',
    'claims for retired notes are forgotten',
    'for (const [purpose, amount] of Object.entries(state.claims)) addTo(back, purpose, amount);',
  ),
  bank(
    'settlement/booking.ts',
    'value that came back for a retired note is no claim',
    'else addTo(state.claims, String(row.purpose), transfer.noteAmount(i));',
    'else continue;',
  ),

  // Who is named, and what becomes of it
  bank('unit-of-work.ts', 'nothing is set off', 'await this.books.setOff(party);', 'void party;'),
  bank(
    'fraud/convict.ts',
    'who is convicted is not on the hot list',
    'await putOnHotList(sql, device, reason);',
  ),
  bank('fraud/convict.ts', 'what a convicted device owes is no loss', '  work.books.convict(party);\n'),
  bank(
    'fraud/convict.ts',
    'a device is named when its payee synced first',
    "and t.payer_state = 'unseen' and t.sighting < $2 and",
    'and t.sighting < $2 and',
  ),
  bank(
    'settlement/booking.ts',
    'a note may be overdrawn',
    'if (note.remaining < 0) {',
    'if (note.remaining < -0x7fffffff) {',
  ),
  bank(
    'settlement/booking.ts',
    'received value is spent that never came',
    "if ((state.received[key] ?? 0) < 0) work.accuse({ kind: 'overspent', device: state.id, sequence });",
  ),
  bank(
    'settlement/booking.ts',
    'hops are not counted',
    'if (!state.broken && !lotsAllow(this.replica.ledger.lots, transfer)) {',
    'if (!state.broken && sequence < 0 && !lotsAllow(this.replica.ledger.lots, transfer)) {',
  ),
  bank(
    'settlement/booking.ts',
    'the terms of notes are not looked at',
    "if (!notesAllow(transfer, this.#noteOf)) work.accuse({ kind: 'terms', device: state.id, transfer });",
  ),
  bank(
    'sync/sync-session.ts',
    'a journal that lacks what the device has signed is settled',
    'const isNamed = await nameUnshown(this.context, sql, claim.device, this.#began);',
    'const isNamed = false;\n      void nameUnshown;',
  ),
  bank(
    'fraud/convict.ts',
    'what is shown while a sync lasts is missed in it',
    'and t.sighting < $2 and',
    'and t.sighting >= least($2, 0) and',
  ),
  bank(
    'sync/sync-session.ts',
    'a copy goes on where the other one stands',
    'if (behind || other) return this.#turnToEvidence(claim);',
  ),

  // Time, loss, accounts
  bank(
    'settlement/recovery.ts',
    'a lost device is recovered while its notes can be spent',
    '[reportedBefore_s(context)],',
    '[reportedBefore_s(context) + 0xffffffff],',
  ),
  bank(
    'settlement/recovery.ts',
    'what a lost device has is had by whoever asks too soon',
    'if (wait_s > 0 &&',
    'if (wait_s > 1 &&',
  ),
  bank(
    'settlement/recovery.ts',
    'lost money comes back where it is lost',
    "if (context.lostMoney === 'forfeited') return;",
  ),
  bank(
    'fraud/hot-list.ts',
    'a device is let go whatever it is stopped for',
    "where device = $1 and reason = 'suspended' returning device",
    "where device = $1 and reason <> 'lifted' returning device",
  ),
  bank(
    'fraud/hot-list.ts',
    'nobody learns that a suspension was lifted',
    "update hot_list set version = default, reason = 'lifted'",
    "update hot_list set reason = 'lifted'",
  ),
  bank(
    'settlement/tick.ts',
    'bank time goes back',
    '!Number.isInteger(now_s) || now_s < context.time_s || now_s > last_s',
    '!Number.isInteger(now_s) || now_s > last_s',
  ),
  bank(
    'settlement/tick.ts',
    'bank time steps as far as one likes',
    'if (now_s - context.time_s > CLOCK_STEP_MAX_S) {',
    'if (now_s - context.time_s > 2 ** 32 * CLOCK_STEP_MAX_S) {',
  ),
  bank(
    'accounts/central-bank.ts',
    'a load goes beyond the quota',
    'if (balances.get(unused)! < amount) throw',
    'if (balances.get(unused)! < amount && amount < 0) throw',
  ),
  bank(
    'accounts/central-bank.ts',
    'any ratio of reserves is given, whatever is out',
    '      await requireReserves(sql, operator, currency, { frozen, permille });\n',
  ),
  bank(
    'accounts/central-bank.ts',
    'reserves are released that back what is out',
    '    await requireReserves(sql, operator, currency, { frozen: frozen - amount, permille });\n',
  ),
  bank(
    'accounts/accounts.ts',
    'more is withdrawn than is there',
    'if (available < amount) throw',
    'if (available < amount && amount < 0) throw',
  ),
  bank(
    'accounts/accounts.ts',
    'a stopped device is loaded',
    'if (suspended) throw',
    'if (suspended && amount < 0) throw',
  ),
  bank(
    'sync/intake.ts',
    'pages are taken together whoever is accused in them',
    'if (plainly && !isPlain) throw',
    'if (plainly && !isPlain && journals.length < 0) throw',
  ),

  // The database
  bank(
    'db/postgres.ts',
    'a reader is told what its standby does not have',
    '      if (!connection.isProven) await client.query(FENCE);\n',
    '      void FENCE;\n',
  ),
  bank(
    'db/postgres.ts',
    'a commit whose wait was called off is certain',
    'if (!connection.isWarned) return;',
    'if (connection.isWarned || !connection.isWarned) return;',
  ),
  bank(
    'db/postgres.ts',
    'a standby is taken for the primary',
    'if (rows[0].is_standby)',
    'if (rows[0].is_standby === 1)',
  ),

  // The firmware
  firmware(
    'payment/payee.ts',
    'money that has run out is taken',
    'if (transfer.expires_s <= time_s) return Refusal.moneyExpired;',
  ),
  firmware(
    'payment/policy.ts',
    'a payment may be as large as one likes',
    '  if (proposal.amount > limits.paymentMax) return Refusal.paymentLimit;\n  if (proposal.received > limits.receivedPaymentMax) return Refusal.receivedLimit;\n',
    '',
  ),
  firmware(
    'payment/policy.ts',
    'so many payments go without a sync as one likes',
    'if (isAbove(counters.payments + 1, limits.offlineCountMax)) return Refusal.offlineCount;',
  ),
  firmware(
    'payment/policy.ts',
    'a device goes without a sync as long as it likes',
    'if (isAbove(proposal.time_s - counters.lastSync_s, limits.offlineDuration_s))\n    return Refusal.offlineDuration;',
  ),
  firmware(
    'payment/policy.ts',
    'so much is paid to one as one likes',
    'if (isTooMuch) return Refusal.counterparty;',
    'void isTooMuch;',
  ),
  firmware(
    'payment/policy.ts',
    'more is held than the profile allows',
    'if (isAbove(counters.balance + counts, limits.balanceMax)) return Refusal.balanceLimit;',
    'void counts;',
  ),
  firmware(
    'payment/policy.ts',
    'money of a place goes anywhere',
    '(note.place === 0 || note.place === to.place) &&',
  ),
  bank('accounts/device-books.ts', 'what is over is its holder’s', 'if (!this.isOver(purpose)) '),
];

const tested = ALL.map((mutant): MoneyMutant => {
  const test = TESTS[mutant.name];
  return test ? byTest(`test/${test[0]}.test.ts`)(test[1], mutant) : mutant;
});

export const MONEY_MUTANTS: readonly MoneyMutant[] = [
  ...tested,
  ...RENEWAL_MUTANTS,
  ...RULE_MUTANTS,
  ...PLATFORM_MUTANTS,
];
