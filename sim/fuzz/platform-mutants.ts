import { byTest, type MoneyMutant, mutantsOf } from './mutant.js';

const platform = mutantsOf('sim/bank/platform');
const RULES = 'test/sim/bank/platform/rules.test.ts';
const BILLS = 'test/sim/bank/platform/bills.test.ts';
const COPIES = 'test/sim/bank/platform/copies.test.ts';
const RESTORED = 'test/sim/bank/platform/restored.test.ts';
const ESSENTIALS = 'test/sim/bank/platform/essentials.test.ts';

type Arguments = Parameters<typeof platform>;

const by =
  (file: string, words: string) =>
  (...mutant: Arguments): MoneyMutant =>
    byTest(file)(words, platform(...mutant));

/** Checks of the platform left out: lives find them out, or the test beside them does. */
export const PLATFORM_MUTANTS: readonly MoneyMutant[] = [
  platform(
    'bill-batch.ts',
    'a code pays twice at one site',
    'uses?.some(({ site }) => site === terminal.account)',
    'uses?.some(({ site }) => site === -1)',
  ),
  platform(
    'bill-batch.ts',
    'a second code under one number is a copy of the first',
    'const isCopy = uses.some(({ evidence }) => sameBytes(evidence, row.evidence));',
    'const isCopy = uses.length > 0;',
  ),
  platform(
    'bill-batch.ts',
    'a user pays a copy of what was signed once',
    'if (isCopy && (isPriced || !isCovered)) {',
    'if (isCopy && !isCovered) {',
  ),
  by(COPIES, 'beyond the quota is borne by the platform')(
    'bill-batch.ts',
    'copies are the user’s beyond the quota',
    'if (isCopy && (isPriced || !isCovered)) {',
    'if (isCopy && isPriced) {',
  ),
  by(COPIES, 'with an amount is paid to both')(
    'bill-batch.ts',
    'a certificate goes on after a copy',
    'if (uses.length > 0) this.#copy(certificate);',
    '',
  ),
  by(RESTORED, 'what lost receipts began anew')(
    'replica.ts',
    'a terminal is held to receipts that are lost',
    'if (this.row.resuming) return bill_s;',
    '',
  ),
  by(RULES, 'is less after a refund')(
    'bill-batch.ts',
    'more goes back than was paid',
    'bill.amount > sold.amount - sold.returned',
    'bill.amount > sold.amount',
  ),
  by(RULES, 'is set aside: self')(
    'bill-batch.ts',
    'a merchant sells to itself',
    "return user.id === account ? { aside: 'self' } : undefined;",
    'return undefined;',
  ),
  platform(
    'bill-batch.ts',
    'faces pay without an agreement',
    "if (sum > (this.#faceDayMax.get(user.id) ?? 0)) return { aside: 'face' };",
    '',
  ),
  platform(
    'bill-batch.ts',
    'evidence is another code’s',
    "if (!sameBytes(this.context.crypto.sha256(evidence), bill.evidence)) return { aside: 'evidence' };",
    '',
  ),
  platform(
    'bill-batch.ts',
    'a suspended terminal is paid',
    "if (terminal.why !== '') return { aside: 'suspended' };",
    '',
  ),
  by(RULES, 'has run out, or was revoked')(
    'bill-batch.ts',
    'a terminal need not know the deny list',
    "if (isKnownRevoked(terminal, certificate.revoked_s, bill)) return { aside: 'code-hot-listed' };",
    '',
  ),
  platform('check-bill.ts', 'a bill is charged to another certificate', "if (!isSame) return 'fields';", ''),
  by(ESSENTIALS, 'of another category is set aside')(
    'check-bill.ts',
    'certificates for essentials buy anything',
    "scene === ESSENTIALS_SCENE && !isEssential(category) ? 'essentials' : undefined",
    "scene === ESSENTIALS_SCENE && category < 0 ? 'essentials' : undefined",
  ),
  by(ESSENTIALS, 'is judged by the category')(
    'check-bill.ts',
    'a merchant says what category it is of',
    'category !== 0 && kind === BillKind.sale && place !== category',
    'category < 0 && kind === BillKind.sale && place !== category',
  ),
  by(BILLS, 'is paid; what the balance does not cover')(
    'funds.ts',
    'a line stands for bills of any time ago',
    'const isWithin = !isLate && party.owed <= party.line;',
    'const isWithin = party.owed <= party.line;',
  ),
  by(BILLS, 'is nobody’s when its user has left')(
    'bill-batch.ts',
    'who has left is billed on',
    'return leaving_s !== null && isOverdue(this.context, leaving_s);',
    'return false;',
  ),
  by(RULES, 'is set aside: clock')(
    'check-bill.ts',
    'a terminal dates bills back',
    "return bill.time_s + clocksApart_s < Math.max(time_s, since_s) ? 'clock' : undefined;",
    'return undefined;',
  ),
  by(RULES, 'counts for the terminal’s limits only since')(
    'replica.ts',
    'pieces of a backlog are syncs between its bills',
    'receipts[0].time_s <= bill_s + row.limits.clocksApart_s',
    'receipts[0].time_s >= 0',
  ),
  by(RULES, 'has gone without a sync for too long')(
    'replica.ts',
    'a terminal has always just synced',
    'return Math.min(bill_s, this.row.counted_from_s + RECEIPTS_APART_S);',
    'return bill_s;',
  ),
  by(RULES, 'beyond the line stands in the credit record')(
    'funds.ts',
    'a line has no end',
    '!isLate && party.owed <= party.line;',
    '!isLate && party.owed > 0;',
  ),
  by(RULES, 'beyond the line stands in the credit record')(
    'debts.ts',
    'the oldest debt is paid back first, and the gravest not',
    'debts.sort((a, b) => RECOVERED.indexOf(a.state) - RECOVERED.indexOf(b.state));',
    'debts.sort((a, b) => RECOVERED.indexOf(b.state) - RECOVERED.indexOf(a.state));',
  ),
  by(RULES, 'waits for the counter: for the user')(
    'debts.ts',
    'what is in dispute is taken',
    "const RECOVERED: readonly DebtState[] = ['recorded', 'advanced', 'written-off'];",
    "const RECOVERED: readonly DebtState[] = ['recorded', 'advanced', 'written-off', 'disputed'];",
  ),
  by(RULES, 'is good for no more than what the account has')(
    'promised.ts',
    'certificates promise what others have promised',
    'available + line - owed - quotas;',
    'available + line - owed + 0 * quotas;',
  ),
  by(RULES, 'is good for no more than what the account has')(
    'promised.ts',
    'what is promised is paid out',
    'if (amount > free)',
    'if (amount > free + promised.quotas)',
  ),
  by(RULES, 'keeps its user from leaving')(
    'leave.ts',
    'who owes leaves',
    'if (owed > 0) throw',
    'if (owed < 0) throw',
  ),
  platform('intake.ts', 'a terminal goes on after a fork', "row.why = 'fork';", ''),
  platform(
    'intake.ts',
    'bills are taken with gaps',
    "if (sequence > row.sequence + 1) return stop(sequence, 'gap');",
    '',
  ),
  by(RULES, 'waits for the counter: for the user')(
    'funds.ts',
    'a refund pays the user who owes it still',
    'const owed = Math.min(amount, debt?.remaining ?? 0);',
    'const owed = 0 * amount;',
  ),
  by(RULES, 'as long as the quota covers it')(
    'bill-batch.ts',
    'a copy does not count for the quota',
    '} else certificate.billed += row.amount;',
    '} else if (!isCopy) certificate.billed += row.amount;',
  ),
];
