import { sameBytes } from '../../firmware/bytes.js';
import { invoiceEpoch } from '../../firmware/ledger/journal-entry.js';
import { Settlement, Standing } from '../../firmware/objects/settlement.js';
import type { Wallet } from '../../firmware/wallet/wallet.js';
import { hex } from '../bank/bytes.js';
import type { Sql } from '../bank/db/database.js';
import type { Place, TransferRow } from '../bank/db/rows.js';
import type { Field, ModelState } from './graph.js';

/** Follows from the fields of a state, and is in no field itself. */
type Sum =
  | 'isOpen'
  | 'newOfPayer'
  | 'newOfPayee'
  | 'onPayer'
  | 'inFlightOfPayer'
  | 'heldForPayer'
  | 'onPayee'
  | 'owed'
  | 'loss';

/** What can be seen of a state from outside, by the model's names. */
export type Observed = Readonly<Partial<Record<Field | Sum, number>>>;

interface Side {
  readonly id: Uint8Array;
  readonly account: number;
  readonly device: { readonly wallet: Wallet };
}

export interface Watched {
  readonly time_s: number;
  readonly payer: Side;
  readonly payee: Side;
  /** Of the transfer by the payer's own device; undefined before that is signed. */
  readonly invoice: Uint8Array | undefined;
}

const PLACES: readonly Place[] = ['payer', 'in-flight', 'held', 'payee', 'account', 'late'];
const STATES: readonly TransferRow['payer_state'][] = ['unseen', 'open', 'accepted', 'void', 'resolved'];

interface DeviceBooks {
  sequence: number;
  epoch: number;
  convicted: boolean;
  lost: boolean;
  suspended: boolean;
  recovered: boolean;
  received: Record<string, number>;
  net: number;
  in_flight: number;
  waiting: number;
  undelivered: boolean;
  spent: boolean;
}

interface Books {
  readonly devices: Record<string, DeviceBooks>;
  readonly balances: Record<string, number>;
  readonly issued: Uint8Array;
  readonly effects: { readonly loads: number[] };
}

const BOOKS = `select
  (select jsonb_object_agg(encode(d.id, 'hex'), jsonb_build_object('sequence', sequence, 'epoch', epoch,
     'convicted', convicted, 'lost', lost_s is not null,
     'suspended', exists (select 1 from hot_list h where h.device = d.id and reason = 'suspended'), 'recovered', recovered, 'received', received,
     'net', coalesce(net, 0), 'in_flight', coalesce(in_flight, 0), 'waiting', coalesce(waiting, 0),
     'undelivered', exists (select 1 from loads l where l.device = d.id and not delivered),
     'spent', exists (select 1 from notes n where n.device = d.id and state = 'held' and remaining = 0)))
   from devices d left join positions p on p.device = d.id) as devices,
  (select jsonb_object_agg(account, balance) from balances) as balances, s.bytes as issued, s.effects
  from settlements s where s.device = $1 order by s.id desc limit 1`;

/** Reads the books and the two devices. */
export async function observe(sql: Sql, watched: Watched): Promise<Observed> {
  const { payer, payee, invoice } = watched;
  const [{ devices, balances, issued, effects }] = await sql.rows<Books>(BOOKS, [payer.id]);
  const [p, q] = [devices[hex(payer.id)], devices[hex(payee.id)]];
  const { ledger } = payer.device.wallet;
  const of = (account: string) => balances[account] ?? 0;
  const [name, other] = [hex(payer.id), hex(payee.id)];
  const settlement = Settlement.parse(issued)!;
  const rows = invoice
    ? await sql.rows<TransferRow>('select * from transfers where payee = $1 and invoice = $2', [
        payee.id,
        invoice,
      ])
    : [];
  return {
    p_value: ledger.held,
    p_stopped: Number(ledger.suspended),
    isOpen: ledger.inFlightTransfers.length,
    newOfPayer: ledger.sequence - p.sequence,
    newOfPayee: payee.device.wallet.ledger.sequence - q.sequence,
    lost: p.recovered ? 2 : Number(p.lost),
    suspended: Number(p.suspended),
    convicted: Number(p.convicted),
    delivered: Number(!p.undelivered),
    received: q.received['0'] ?? 0,
    net_p: p.net,
    net_q: q.net,
    flight: p.in_flight,
    waiting: p.waiting,
    note_spent: Number(p.spent),
    cash_p: of(`available:${payer.account}`),
    cash_q: of(`available:${payee.account}`),
    withdrawn: 1 + of('cash'),
    late: -of(`late:${other}`),
    onPayer: of(`device:${name}`),
    inFlightOfPayer: of(`in-flight:${name}`),
    heldForPayer: of(`held:${name}`),
    onPayee: of(`device:${other}`),
    owed: of(`owed:${name}`),
    loss: of(`loss:${name}`),
    l_stop: Number(settlement.standing === Standing.suspended),
    l_load: Number(effects.loads.length > 0),
    l_resolve: Number(settlement.resolved().length > 0),
    b_past: Number(invoice !== undefined && q.epoch > invoiceEpoch(invoice)),
    ...ofTransfer(
      rows.find((row) => sameBytes(row.payee, payee.id)),
      watched.time_s,
    ),
  };
}

const ofTransfer = (row: TransferRow | undefined, time_s: number): Observed => ({
  state: row ? 1 + STATES.indexOf(row.payer_state) : 0,
  place: row ? PLACES.indexOf(row.place) : 0,
  accepted: Number(row?.accepted != null),
  voided: Number(row?.voided != null),
  booked: Number(row?.payee_booked ?? false),
  fresh: Number(row?.seen_s === time_s),
});

/** The same of a state of the model. */
function expected(state: ModelState): Record<Field | Sum, number> {
  const { net_p, flight, waiting, convicted } = state;
  const debt = Math.min(0, net_p);
  const news = (...entries: number[]) => entries.filter((entry) => entry !== 0).length;
  return {
    ...state,
    isOpen: Number(state.p_out === 1),
    newOfPayer: news(state.p_new_settled, state.p_new_out, state.p_new_answer),
    newOfPayee: news(state.q_new_settled, state.q_new_receipt, Number(state.twin === 1)),
    onPayer: Math.max(0, net_p - flight - waiting),
    inFlightOfPayer: Math.min(flight, Math.max(0, net_p)),
    heldForPayer: Math.min(waiting, Math.max(0, net_p - flight)),
    onPayee: Math.max(0, state.net_q),
    owed: convicted ? 0 : debt,
    loss: convicted ? debt : 0,
  };
}

/**
 * What `forget` of the model sets back, and what is of a settlement that no carrier holds, is not looked at.
 */
function isMeant(name: string, { line, state, place, q_past }: ModelState): boolean {
  if (name.startsWith('l_')) return line === 1;
  if (name === 'note_spent') return state === 2;
  if (name === 'fresh') return state === 1 ? place === 0 : place === 1 || place === 2;
  return name !== 'q_receipt' || q_past === 0;
}

/** How what was observed differs from the state of the model; empty when it does not. */
export function differences(state: ModelState, observed: Observed): string[] {
  const wanted: Record<string, number> = expected(state);
  return Object.entries(observed)
    .filter(([name, value]) => wanted[name] !== value && isMeant(name, state))
    .map(([name, value]) => `${name} is ${value}, and ${wanted[name]} in the model`);
}
