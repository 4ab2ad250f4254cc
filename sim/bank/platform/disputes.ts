import { BillKind, Means } from '../../../firmware/account/bill.js';
import { hex } from '../bytes.js';
import { BankError } from '../codes.js';
import type { Context } from '../context.js';
import type { Sql } from '../db/database.js';
import { type BillRow, updateBills } from './bill-rows.js';
import { codeIn } from './check-bill.js';
import { settleFares } from './fares.js';
import { type BillName, Funds, type Party } from './funds.js';

/** For whom a dispute was decided; '' while nobody has. */
export type Decided = '' | 'user' | 'site';

export interface Dispute extends BillName {
  readonly at_s: number;
  readonly decided: Decided;
  /** What it was decided by, or waits for. */
  readonly ground: string;
}

const GROUNDS = {
  face: 'a face is the merchant’s word alone',
  signed: 'the user has signed this amount',
  borne: 'the platform bears it already: the user owes nothing',
  open: 'the user has signed no amount: the counter decides',
  counter: 'decided at the counter',
} as const;

/**
 * A user says that a bill is not theirs. What evidence decides is decided at once; what it does not waits for
 * the counter, and what is owed for it is not asked for meanwhile. Throws BankError `unknown-bill`,
 * `dispute`.
 */
export function dispute(context: Context, name: BillName): Promise<Dispute> {
  return context.database.transaction(async (sql) => {
    const { row, funds, user } = await openBill(context, sql, name);
    const isSale = row.kind !== BillKind.refund && row.amount > row.returned;
    if (row.state !== 'paid' || row.bearer === 'site' || !isSale)
      throw new BankError('dispute', `nothing of this bill can be disputed`);
    if (row.taken_s + context.parameters.disputeWithin_s < context.time_s)
      throw new BankError('dispute', 'it came too long ago');
    const [known] = await sql.rows('select 1 from disputes where terminal = $1 and sequence = $2', [
      name.terminal,
      name.sequence,
    ]);
    if (known) throw new BankError('dispute', 'it was disputed before');
    const decided = decide(row);
    if (decided.decided === 'user') forUser(funds, row, user);
    if (decided.decided === '') {
      row.state = 'disputed';
      const debt = funds.debt(row, user.id);
      if (debt && debt.remaining > 0 && debt.state !== 'disputed') funds.restate(user, debt, 'disputed');
    }
    await updateBills(sql, [row]);
    await settleFares(sql, funds, [row]);
    await funds.write();
    const told: Dispute = { ...nameOfBill(row), at_s: context.time_s, ...decided };
    await sql.rows(
      'insert into disputes (terminal, sequence, at_s, decided, ground) values ($1, $2, $3, $4, $5)',
      [told.terminal, told.sequence, told.at_s, told.decided, told.ground],
    );
    return told;
  });
}

/** The counter decides a dispute that waits for it. Throws BankError `unknown-bill`, `dispute`. */
export function decideDispute(context: Context, name: BillName, decided: 'user' | 'site'): Promise<Dispute> {
  return context.database.transaction(async (sql) => {
    const { row, funds, user } = await openBill(context, sql, name);
    if (row.state !== 'disputed') throw new BankError('dispute', 'no dispute about this bill is open');
    row.state = 'paid';
    if (decided === 'user') forUser(funds, row, user);
    else {
      const debt = funds.debt(row, user.id);
      const state = user.owed > user.line ? 'recorded' : 'advanced';
      if (debt && debt.remaining > 0) funds.restate(user, debt, state);
    }
    await updateBills(sql, [row]);
    await settleFares(sql, funds, [row]);
    await funds.write();
    const [told] = await sql.rows<Dispute>(
      `update disputes set decided = $3, ground = $4 where terminal = $1 and sequence = $2
       returning terminal, sequence, at_s, decided, ground`,
      [name.terminal, name.sequence, decided, GROUNDS.counter],
    );
    return told;
  });
}

function decide(row: BillRow): { readonly decided: Decided; readonly ground: string } {
  if (row.means === Means.face) return { decided: 'user', ground: GROUNDS.face };
  if (row.bearer === 'platform') return { decided: 'site', ground: GROUNDS.borne };
  const isPriced = codeIn(row.evidence)?.amount !== undefined;
  return isPriced ? { decided: 'site', ground: GROUNDS.signed } : { decided: '', ground: GROUNDS.open };
}

/** The site gives back what is left of the bill. */
function forUser(funds: Funds, row: BillRow, user: Party): void {
  const amount = row.amount - row.returned;
  const site = funds.party(row.site)!;
  row.returned = row.amount;
  row.bearer = 'site';
  const from = funds.take(site, amount, row);
  const to = funds.giveBack(user, amount, row);
  funds.movePieces(from, to, user.currency, 'dispute', row);
}

const nameOfBill = ({ terminal, sequence }: BillName): BillName => ({ terminal, sequence });

async function openBill(
  context: Context,
  sql: Sql,
  { terminal, sequence }: BillName,
): Promise<{ row: BillRow; funds: Funds; user: Party }> {
  const [row] = await sql.rows<BillRow>('select * from bills where terminal = $1 and sequence = $2', [
    terminal,
    sequence,
  ]);
  if (!row) throw new BankError('unknown-bill', `no bill ${sequence} of terminal ${hex(terminal)}`);
  if (row.account === null) throw new BankError('dispute', 'it was set aside: nobody has paid it');
  const funds = new Funds(context, sql);
  await funds.read([row.account, row.site]);
  await funds.readDebts([row]);
  return { row, funds, user: funds.party(row.account)! };
}
