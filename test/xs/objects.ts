/** What a suite has to know of each kind of object: how to make a random one, and how to read it back. */
import { Bill, type BillFields, BillKind, Means, NO_HASH } from '../../firmware/account/bill.js';
import { BillReceipt, type BillReceiptFields } from '../../firmware/account/bill-receipt.js';
import {
  AMOUNT_MAX,
  HOPS_MAX,
  HOT_LIST_PARTS_MAX,
  IN_FLIGHT_MAX,
  NOTES_MAX,
  TRANSFER_NOTES_MAX,
} from '../../firmware/limits.js';
import { Certificate, type CertificateFields } from '../../firmware/objects/certificate.js';
import { HotList } from '../../firmware/objects/hot-list.js';
import { Invoice, type InvoiceFields } from '../../firmware/objects/invoice.js';
import { Note, type NoteFields } from '../../firmware/objects/note.js';
import { Operator } from '../../firmware/objects/operator.js';
import { type Limits, Profile, TIERS } from '../../firmware/objects/profile.js';
import { Receipt, type ReceiptFields } from '../../firmware/objects/receipt.js';
import { Settlement, type SettlementFields } from '../../firmware/objects/settlement.js';
import { Transfer, type TransferFields } from '../../firmware/objects/transfer.js';
import type { Crypto } from '../../hal/crypto.js';
import type { Dice } from './hardware/dice.js';

export interface Parsed {
  readonly bytes: Uint8Array;
  verify?(crypto: Crypto, publicKey: Uint8Array): boolean;
}

type Fields = Record<string, unknown>;

export interface ObjectKind {
  readonly name: string;
  fields(dice: Dice): Fields;
  /** Signed with `keyOf(crypto, 1)`. */
  build(crypto: Crypto, fields: Fields): Parsed;
  parse(bytes: Uint8Array): Parsed | undefined;
  /** The fields of a parsed one. */
  read(object: Parsed): Fields;
}

export const U32_MAX = 0xffffffff;

/** Ed25519 key of 64 bytes from a seed of one repeated byte. */
export const keyOf = (crypto: Crypto, byte: number): Uint8Array =>
  crypto.ed25519KeyFromSeed(new Uint8Array(32).fill(byte));

/** Any, with the ends of the range among them. */
const u32 = (dice: Dice): number => dice.of([0, 0x7fffffff, 0x80000000, U32_MAX, dice.word(), dice.word()]);
const target = (dice: Dice): number => dice.of([0, 0x10000, 0x7fffffff, U32_MAX]);
const u16 = (dice: Dice): number => dice.of([0, 0x7fff, 0x8000, 0xffff, dice.below(0x10000)]);
const amount = (dice: Dice): number => dice.of([1, AMOUNT_MAX, 1 + dice.below(AMOUNT_MAX)]);
const several = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));

/** Fields that are getters of the object, under their names. */
const self = (object: Parsed): Fields => object as unknown as Fields;

function kind<F>(
  name: string,
  fields: (dice: Dice) => F,
  build: (crypto: Crypto, key: Uint8Array, fields: F) => Parsed,
  parse: (bytes: Uint8Array) => Parsed | undefined,
  read: (object: Parsed) => Fields = self,
): ObjectKind {
  return {
    name,
    fields: (dice) => fields(dice) as Fields,
    build: (crypto, given) => build(crypto, keyOf(crypto, 1), given as F),
    parse,
    read,
  };
}

const certificate = kind<CertificateFields>(
  'certificate',
  (dice) => ({
    id: dice.bytes(8),
    issuer: u32(dice),
    endorsement: u16(dice),
    publicKey: dice.bytes(32),
    notAfter_s: u32(dice),
    role: dice.below(3),
    category: u16(dice),
    tier: dice.below(24),
    place: u32(dice),
  }),
  Certificate.build,
  Certificate.parse,
);

const note = kind<NoteFields>(
  'note',
  (dice) => ({
    id: dice.bytes(8),
    issuer: u32(dice),
    endorsement: u16(dice),
    value: amount(dice),
    currency: dice.bytes(3),
    owner: dice.bytes(8),
    issued_s: u32(dice),
    expires_s: u32(dice),
    hopsMax: 1 + dice.below(HOPS_MAX),
    purpose: u16(dice),
    registry: u16(dice),
    place: u32(dice),
    payee: dice.bytes(8),
    target: target(dice),
  }),
  Note.build,
  Note.parse,
);

const invoice = kind<InvoiceFields>(
  'invoice',
  (dice) => ({
    payee: dice.bytes(8),
    id: dice.bytes(8),
    amount: amount(dice),
    currency: dice.bytes(3),
    category: u16(dice),
    created_s: u32(dice),
    validity_s: u16(dice),
  }),
  (_crypto, _key, fields) => ({ bytes: Invoice.build(fields).bytes }),
  (bytes) => unsigned(Invoice.parse(bytes)),
);

/** An invoice is signed with the session that it is shown in, if at all. */
function unsigned(object: Invoice | undefined): Parsed | undefined {
  if (object === undefined) return undefined;
  const { bytes, payee, id, currency, category, created_s, validity_s } = object;
  return { bytes, payee, id, amount: object.amount, currency, category, created_s, validity_s } as Parsed;
}

const transfer = kind<TransferFields>(
  'transfer',
  (dice) => {
    const notes = several(dice.below(TRANSFER_NOTES_MAX + 1), (i) => {
      const id = dice.bytes(8);
      id[0] = i;
      return { id, amount: 1 + dice.below(AMOUNT_MAX >> 3) };
    });
    const circulates = notes.length === 0 || dice.oneIn(2);
    const hops = circulates ? 1 + dice.below(HOPS_MAX - 1) : 0;
    return {
      payer: dice.bytes(8),
      payee: dice.bytes(8),
      invoice: dice.bytes(8),
      currency: dice.bytes(3),
      purpose: u16(dice),
      target: circulates ? 0 : target(dice),
      sequence: u32(dice),
      previous: dice.bytes(32),
      created_s: u32(dice),
      claimBy_s: u32(dice),
      received: circulates ? 1 + dice.below(AMOUNT_MAX >> 1) : 0,
      terms: { hops, hopsLimit: hops + 1 + dice.below(HOPS_MAX - hops), expires_s: u32(dice) },
      notes,
    };
  },
  Transfer.build,
  Transfer.parse,
  (object) => {
    const parsed = object as Transfer;
    const { hops, hopsLimit, expires_s } = parsed;
    const notes = several(parsed.noteCount, (i) => ({ id: parsed.noteId(i), amount: parsed.noteAmount(i) }));
    return readAs(object, { terms: { hops, hopsLimit, expires_s }, notes });
  },
);

const receipt = kind<ReceiptFields>(
  'receipt',
  (dice) => ({
    payee: dice.bytes(8),
    payer: dice.bytes(8),
    invoice: dice.bytes(8),
    transfer: dice.bytes(32),
    outcome: dice.below(2),
    sequence: u32(dice),
    created_s: u32(dice),
  }),
  Receipt.build,
  Receipt.parse,
);

const operator = kind<Parameters<typeof Operator.build>[2]>(
  'operator',
  (dice) => ({
    number: u32(dice),
    version: u16(dice),
    key: dice.bytes(32),
    notBefore_s: u32(dice),
    notAfter_s: u32(dice),
  }),
  Operator.build,
  Operator.parse,
);

export function randomLimits(dice: Dice, number: (dice: Dice) => number = u32): Limits {
  return {
    version: number(dice),
    paymentMax: number(dice),
    receivedPaymentMax: number(dice),
    dayMax: number(dice),
    balanceMax: number(dice),
    offlineCountMax: number(dice),
    offlineDuration_s: number(dice),
    counterpartyCountMax: number(dice),
    counterpartyAmountMax: number(dice),
    noConfirmMax: number(dice),
    noConfirmTotalMax: number(dice),
    buttonMax: number(dice),
    claimGrace_s: number(dice),
    received: dice.below(3),
    tierMax: dice.oneIn(2) ? [] : Array.from({ length: TIERS }, () => number(dice)),
    emptyWithin_s: dice.oneIn(2) ? 0 : number(dice),
    categoryLimits: several(dice.below(5), () => ({ category: 1 + dice.below(4), paymentMax: number(dice) })),
    operators: several(dice.below(9), () => 1 + dice.below(20)),
    clocksApart_s: number(dice),
    relayMax_us: number(dice),
  };
}

const profile = kind<{ device: Uint8Array; limits: Limits }>(
  'profile',
  (dice) => ({ device: dice.bytes(8), limits: randomLimits(dice) }),
  (crypto, key, { device, limits }) => Profile.build(crypto, key, device, limits),
  Profile.parse,
  (object) => readAs(object, { limits: (object as Profile).limits() }),
);

const hotList = kind<Parameters<typeof HotList.build>[2]>(
  'hot list',
  (dice) => {
    const parts = 1 + dice.below(HOT_LIST_PARTS_MAX);
    return {
      issuer: u32(dice),
      endorsement: u16(dice),
      version: u32(dice),
      part: dice.below(parts),
      parts,
      ids: several(64, () => dice.bytes(8)),
    };
  },
  HotList.build,
  HotList.parse,
  (object) => {
    const { ids } = object as HotList;
    return readAs(object, { ids: several(64, (i) => ids.subarray(8 * i, 8 * i + 8)) });
  },
);

const settlement = kind<SettlementFields>(
  'settlement',
  (dice) => ({
    device: dice.bytes(8),
    issuer: u32(dice),
    endorsement: u16(dice),
    sequence: u32(dice),
    head: dice.bytes(32),
    time_s: u32(dice),
    epoch: u32(dice),
    standing: dice.below(3),
    retireUntil_s: u32(dice),
    notes: dice.below(NOTES_MAX + 1),
    notesHash: dice.bytes(32),
    resolved: several(dice.below(IN_FLIGHT_MAX + 1), () => ({
      sequence: u32(dice),
      resolution: 1 + dice.below(2),
    })),
  }),
  Settlement.build,
  Settlement.parse,
  (object) => readAs(object, { resolved: (object as Settlement).resolved() }),
);

const bill = kind<BillFields>(
  'bill',
  (dice) => {
    const sequence = 2 + dice.below(U32_MAX - 1);
    const [refund, face] = [dice.oneIn(2), dice.oneIn(2)];
    const [pseudonym, evidence] = [dice.bytes(8), dice.bytes(32)];
    return {
      sequence,
      previous: dice.bytes(32),
      time_s: u32(dice),
      kind: refund ? BillKind.refund : dice.of([BillKind.sale, BillKind.entry, BillKind.exit]),
      means: face ? Means.face : dice.of([Means.code, Means.card]),
      platform: dice.bytes(4),
      pseudonym: face ? new Uint8Array(8) : pseudonym,
      serial: u32(dice),
      counter: face ? 0 : u32(dice),
      amount: amount(dice),
      place: u16(dice),
      refers: refund ? 1 + dice.below(sequence - 1) : 0,
      evidence: refund || face ? NO_HASH : evidence,
    };
  },
  Bill.build,
  Bill.parse,
);

const billReceipt = kind<BillReceiptFields>(
  'receipt for bills',
  (dice) => ({
    terminal: dice.bytes(8),
    sequence: 1 + dice.below(U32_MAX),
    head: dice.bytes(32),
    time_s: u32(dice),
  }),
  BillReceipt.build,
  BillReceipt.parse,
);

export const kinds: readonly ObjectKind[] = [
  certificate,
  note,
  invoice,
  transfer,
  receipt,
  operator,
  profile,
  hotList,
  settlement,
  bill,
  billReceipt,
];

/** The object's own getters, but for these. */
function readAs(object: Parsed, others: Fields): Fields {
  const own = object as unknown as Fields;
  return new Proxy(own, { get: (_, name) => (name in others ? others : own)[name as string] });
}
