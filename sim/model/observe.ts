import { Settlement, Standing } from '../../firmware/objects/settlement.js';
import type { Wallet } from '../../firmware/wallet/wallet.js';
import { hex } from '../bank/bytes.js';
import type { Sql } from '../bank/db/database.js';
import type { Place, TransferRow } from '../bank/db/rows.js';
import type { Field, ModelState } from './graph.js';

/** What can be seen of a state from outside, by the model's names. */
export type Observed = Readonly<Partial<Record<Field | Sum, number>>>;

/** Follows from the fields of a state, and is in no field itself. */
type Sum = 'newOfPayer' | 'newOfPayee' | 'onPayer' | 'inFlightOfPayer' | 'heldForPayer' | 'owed' | 'loss';

interface Side {
  readonly id: Uint8Array;
  readonly account: number;
  readonly device: { readonly wallet: Wallet };
}

export interface Watched {
  readonly time_s: number;
  readonly payer: Side;
  readonly payee: Side;
  /** Undefined before the transfer is signed. */
  readonly invoiceEpoch: number | undefined;
}

const PLACES: readonly Place[] = ['payer', 'in-flight', 'held', 'payee', 'account', 'late'];
const STATES: readonly TransferRow['payer_state'][] = ['unseen', 'open', 'accepted', 'void', 'resolved'];

interface Books {
  devices: Record<string, DeviceBooks>;
  balances: Record<string, number>;
}

interface DeviceBooks {
  sequence: number;
  epoch: number;
  convicted: boolean;
  suspended: boolean;
  lost: boolean;
  recovered: boolean;
  received: Record<string, number>;
  net: number;
  in_flight: number;
  waiting: number;
  undelivered: boolean;
  spent: boolean;
}

const BOOKS = `select
  (select jsonb_object_agg(encode(d.id, 'hex'), jsonb_build_object('sequence', sequence, 'epoch', epoch,
     'convicted', convicted, 'suspended', suspended, 'lost', lost_s is not null, 'recovered', recovered,
     'received', received, 'net', coalesce(net, 0), 'in_flight', coalesce(in_flight, 0),
     'waiting', coalesce(waiting, 0),
     'undelivered', exists (select 1 from loads l where l.device = d.id and not delivered),
     'spent', exists (select 1 from notes n where n.device = d.id and state = 'held' and remaining = 0)))
   from devices d left join positions p on p.device = d.id) as devices,
  (select jsonb_object_agg(account, balance) from balances) as balances`;

/** Reads the books and the two devices. */
export async function observe(sql: Sql, watched: Watched): Promise<Observed> {
  const { payer, payee } = watched;
  const [{ devices, balances }] = await sql.rows<Books>(BOOKS);
  const rows = await sql.rows<TransferRow>('select * from transfers');
  const issued = await sql.rows<{ bytes: Uint8Array; effects: { loads: number[] } }>(
    `select bytes, effects from settlements where device = $1 order by id desc limit 1`,
    [payer.id],
  );
  const [p, q] = [devices[hex(payer.id)], devices[hex(payee.id)]];
  const { ledger } = payer.device.wallet;
  const own = ledger.inFlightTransfers[0];
  const of = (account: string) => balances[account] ?? 0;
  const name = hex(payer.id);
  const settlement = Settlement.parse(issued[0].bytes)!;
  return {
    p_value: ledger.held,
    p_stopped: Number(ledger.suspended),
    newOfPayer: ledger.sequence - p.sequence,
    newOfPayee: payee.device.wallet.ledger.sequence - q.sequence,
    lost: p.recovered ? 2 : Number(p.lost),
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
    late: -of(`late:${hex(payee.id)}`),
    onPayer: of(`device:${name}`),
    inFlightOfPayer: of(`in-flight:${name}`),
    heldForPayer: of(`held:${name}`),
    owed: of(`owed:${name}`),
    loss: of(`loss:${name}`),
    l_stop: Number(settlement.standing === Standing.suspended),
    l_load: Number(issued[0].effects.loads.length > 0),
    l_resolve: Number(settlement.resolved().length > 0),
    ...ofTransfer(watched, rows, own !== undefined, q.epoch),
  };
}

/** The transfer of the payer's own device, not that of its copy. */
function ofTransfer(
  { time_s, invoiceEpoch }: Watched,
  rows: readonly TransferRow[],
  isOpen: boolean,
  epoch: number,
): Observed {
  const row = rows.find(({ invoice }) => invoiceEpoch !== undefined && invoice !== undefined);
  return {
    ...(isOpen ? { p_out: 1 } : {}),
    b_past: Number(invoiceEpoch !== undefined && epoch > invoiceEpoch),
    state: row ? 1 + STATES.indexOf(row.payer_state) : 0,
    place: row ? PLACES.indexOf(row.place) : 0,
    accepted: Number(row?.accepted != null),
    voided: Number(row?.voided != null),
    booked: Number(row?.payee_booked ?? false),
    fresh: Number(row?.seen_s === time_s),
  };
}

/** The same of a state of the model. */
function expected(state: ModelState): Record<Field | Sum, number> {
  const { net_p, flight, waiting, convicted } = state;
  const has = Math.max(0, net_p);
  const debt = Math.min(0, net_p);
  const news = (...entries: number[]) => entries.filter((entry) => entry !== 0).length;
  return {
    ...state,
    newOfPayer: news(state.p_new_settled, state.p_new_out, state.p_new_answer),
    newOfPayee: news(state.q_new_settled, state.q_new_receipt, state.twin === 1 ? 1 : 0),
    onPayer: Math.max(0, net_p - flight - waiting),
    inFlightOfPayer: Math.min(flight, has),
    heldForPayer: Math.min(waiting, Math.max(0, net_p - flight)),
    owed: convicted ? 0 : debt,
    loss: convicted ? debt : 0,
  };
}

/** Only while the carrier holds a settlement is it the latest that was issued. */
const OF_LINE: readonly string[] = ['l_stop', 'l_load', 'l_resolve'];

/** How what was observed differs from the state of the model; empty when it does not. */
export function differences(state: ModelState, observed: Observed): string[] {
  const wanted: Record<string, number> = expected(state);
  return Object.entries(observed)
    .filter(([name]) => state.line === 1 || !OF_LINE.includes(name))
    .filter(([name, value]) => wanted[name] !== value)
    .map(([name, value]) => `${name} is ${value}, and ${wanted[name]} in the model`);
}
