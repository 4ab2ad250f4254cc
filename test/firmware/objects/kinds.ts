import fc from 'fast-check';
import {
  AMOUNT_MAX,
  HOPS_MAX,
  IN_FLIGHT_MAX,
  NOTES_MAX,
  TRANSFER_NOTES_MAX,
} from '../../../firmware/limits.js';
import { Certificate, type CertificateFields } from '../../../firmware/objects/certificate.js';
import { HotList } from '../../../firmware/objects/hot-list.js';
import { Invoice, type InvoiceFields } from '../../../firmware/objects/invoice.js';
import { Note, type NoteFields } from '../../../firmware/objects/note.js';
import { Operator } from '../../../firmware/objects/operator.js';
import {
  CATEGORY_LIMITS_MAX,
  type Limits,
  Profile,
  WHITELIST_MAX,
} from '../../../firmware/objects/profile.js';
import { Receipt, type ReceiptFields } from '../../../firmware/objects/receipt.js';
import { Settlement, type SettlementFields } from '../../../firmware/objects/settlement.js';
import { Transfer, type TransferFields } from '../../../firmware/objects/transfer.js';
import { opensslCrypto as crypto } from '../../../hal/crypto/openssl.js';
import type { Crypto } from '../../../hal/crypto.js';

export const KEY = crypto.ed25519KeyFromSeed(new Uint8Array(32).fill(9));
export const PUBLIC_KEY = KEY.slice(32);

interface Parsed {
  readonly bytes: Uint8Array;
  verify?(crypto: Crypto, publicKey: Uint8Array, ...more: Uint8Array[]): boolean;
}

/** What a test needs to know of one kind of object: how to make it, and what it must read back as. */
export interface ObjectKind<Fields = unknown> {
  readonly name: string;
  /** The number in front of it on the wire. */
  readonly type: number;
  readonly signed: boolean;
  readonly fields: fc.Arbitrary<Fields>;
  build(fields: Fields): Parsed;
  parse(bytes: Uint8Array): Parsed | undefined;
  /** The same fields, read from the object. */
  read(object: never): Fields;
  /** What any CBOR decoder must see between the type and the signature. */
  wire(fields: Fields): unknown[];
}

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const u32 = fc.nat(0xffffffff);
const u16 = fc.nat(0xffff);
const amount = fc.integer({ min: 1, max: AMOUNT_MAX });
const u32be = (value: number) => [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff);

/** `items` of some bytes each, then zeros up to `length`. */
function padded(items: readonly (readonly number[])[], length: number): Uint8Array {
  const all = new Uint8Array(length);
  all.set(items.flat());
  return all;
}

/** Reads the properties that `like` has from an object's getters. */
const pick = <T extends object>(keys: readonly (keyof T)[]) =>
  ((object: T) => Object.fromEntries(keys.map((key) => [key, object[key]]))) as unknown as (
    object: never,
  ) => T;

export const certificate: ObjectKind<CertificateFields> = {
  name: 'certificate',
  type: 1,
  signed: true,
  fields: fc.record({
    id: bytes(8),
    issuer: u32,
    signingKey: bytes(32),
    agreementKey: bytes(32),
    notBefore_s: u32,
    notAfter_s: u32,
    role: fc.nat(2),
    category: u16,
    tier: fc.nat(23),
  }),
  build: (fields) => Certificate.build(crypto, KEY, fields),
  parse: Certificate.parse,
  read: pick<CertificateFields>([
    'id',
    'issuer',
    'signingKey',
    'agreementKey',
    'notBefore_s',
    'notAfter_s',
    'role',
    'category',
    'tier',
  ]),
  wire: (f) => [
    f.id,
    f.issuer,
    f.signingKey,
    f.agreementKey,
    f.notBefore_s,
    f.notAfter_s,
    f.role,
    f.category,
    f.tier,
  ],
};

export const note: ObjectKind<NoteFields> = {
  name: 'note',
  type: 2,
  signed: true,
  fields: fc.record({
    id: bytes(8),
    issuer: u32,
    value: amount,
    currency: bytes(3),
    owner: bytes(8),
    issued_s: u32,
    expires_s: u32,
    hopsMax: fc.integer({ min: 1, max: HOPS_MAX }),
    purpose: u16,
    registry: u16,
  }),
  build: (fields) => Note.build(crypto, KEY, fields),
  parse: Note.parse,
  read: pick<NoteFields>([
    'id',
    'issuer',
    'value',
    'currency',
    'owner',
    'issued_s',
    'expires_s',
    'hopsMax',
    'purpose',
    'registry',
  ]),
  wire: (f) => [
    f.id,
    f.issuer,
    f.value,
    f.currency,
    f.owner,
    f.issued_s,
    f.expires_s,
    f.hopsMax,
    f.purpose,
    f.registry,
  ],
};

export const invoice: ObjectKind<InvoiceFields> = {
  name: 'invoice',
  type: 3,
  signed: false,
  fields: fc.record({
    payee: bytes(8),
    id: bytes(8),
    amount,
    currency: bytes(3),
    category: u16,
    created_s: u32,
    validUntil_s: u32,
  }),
  build: (fields) => Invoice.build(fields),
  parse: Invoice.parse as ObjectKind['parse'],
  read: pick<InvoiceFields>(['payee', 'id', 'amount', 'currency', 'category', 'created_s', 'validUntil_s']),
  wire: (f) => [f.payee, f.id, f.amount, f.currency, f.category, f.created_s, f.validUntil_s],
};

const inputs = fc.uniqueArray(
  fc.record({ id: bytes(8), amount: fc.integer({ min: 1, max: Math.floor(AMOUNT_MAX / 8) }) }),
  { maxLength: TRANSFER_NOTES_MAX, selector: (input) => input.id.join() },
);

/** Transfers whose terms agree with their inputs: received value has hops behind it, notes have none. */
export const transferFields: fc.Arbitrary<TransferFields> = fc
  .record({
    payer: bytes(8),
    payee: bytes(8),
    invoice: bytes(8),
    currency: bytes(3),
    purpose: u16,
    sequence: u32,
    previous: bytes(32),
    created_s: u32,
    claimBy_s: u32,
    received: fc.integer({ min: 1, max: AMOUNT_MAX >> 1 }),
    notes: inputs,
    withReceived: fc.boolean(),
    hops: fc.integer({ min: 1, max: HOPS_MAX - 1 }),
    spare: fc.nat(HOPS_MAX),
    expires_s: u32,
  })
  .map(({ withReceived, hops, spare, expires_s, ...rest }) => {
    const circulates = withReceived || rest.notes.length === 0;
    const before = circulates ? hops : 0;
    const hopsLimit = before + 1 + (spare % (HOPS_MAX - before));
    return {
      ...rest,
      received: circulates ? rest.received : 0,
      terms: { hops: before, hopsLimit, expires_s },
    };
  });

export const transfer: ObjectKind<TransferFields> = {
  name: 'transfer',
  type: 4,
  signed: true,
  fields: transferFields,
  build: (fields) => Transfer.build(crypto, KEY, fields),
  parse: Transfer.parse,
  read: (object: Transfer) => ({
    ...(
      pick<Omit<TransferFields, 'terms' | 'notes'>>([
        'payer',
        'payee',
        'invoice',
        'currency',
        'purpose',
        'sequence',
        'previous',
        'created_s',
        'claimBy_s',
        'received',
      ]) as (object: unknown) => Omit<TransferFields, 'terms' | 'notes'>
    )(object),
    terms: { hops: object.hops, hopsLimit: object.hopsLimit, expires_s: object.expires_s },
    notes: Array.from({ length: object.noteCount }, (_, i) => ({
      id: object.noteId(i),
      amount: object.noteAmount(i),
    })),
  }),
  wire: (f) => [
    f.payer,
    f.payee,
    f.invoice,
    f.notes.reduce((sum, input) => sum + input.amount, f.received),
    f.currency,
    f.purpose,
    f.sequence,
    f.previous,
    f.created_s,
    f.claimBy_s,
    f.received,
    f.terms.hops,
    f.terms.hopsLimit,
    f.terms.expires_s,
    f.notes.map((input) => [input.id, input.amount]),
  ],
};

export const receipt: ObjectKind<ReceiptFields> = {
  name: 'receipt',
  type: 5,
  signed: true,
  fields: fc.record({
    payee: bytes(8),
    payer: bytes(8),
    invoice: bytes(8),
    transfer: bytes(32),
    outcome: fc.nat(1),
    sequence: u32,
    created_s: u32,
  }),
  build: (fields) => Receipt.build(crypto, KEY, fields),
  parse: Receipt.parse,
  read: pick<ReceiptFields>(['payee', 'payer', 'invoice', 'transfer', 'outcome', 'sequence', 'created_s']),
  wire: (f) => [f.payee, f.payer, f.invoice, f.transfer, f.outcome, f.sequence, f.created_s],
};

type OperatorFields = { number: number; key: Uint8Array; notBefore_s: number; notAfter_s: number };

export const operator: ObjectKind<OperatorFields> = {
  name: 'operator',
  type: 6,
  signed: true,
  fields: fc.record({ number: u32, key: bytes(32), notBefore_s: u32, notAfter_s: u32 }),
  build: (fields) => Operator.build(crypto, KEY, fields),
  parse: Operator.parse,
  read: pick<OperatorFields>(['number', 'key', 'notBefore_s', 'notAfter_s']),
  wire: (f) => [f.number, f.key, f.notBefore_s, f.notAfter_s],
};

type ProfileFields = { device: Uint8Array; limits: Limits };

const NUMBERS = [
  'version',
  'paymentMax',
  'receivedPaymentMax',
  'dayMax',
  'balanceMax',
  'offlineCountMax',
  'offlineDuration_s',
  'counterpartyCountMax',
  'counterpartyAmountMax',
  'noConfirmMax',
  'noConfirmTotalMax',
  'buttonMax',
  'claimGrace_s',
] as const;

const numbers = fc.tuple(...NUMBERS.map(() => u32)).map((values) => {
  return Object.fromEntries(NUMBERS.map((name, i) => [name, values[i]])) as Record<
    (typeof NUMBERS)[number],
    number
  >;
});

export const profile: ObjectKind<ProfileFields> = {
  name: 'profile',
  type: 7,
  signed: true,
  fields: fc.record({
    device: bytes(8),
    limits: fc
      .record({
        numbers,
        received: fc.nat(2),
        categoryLimits: fc.array(
          fc.record({ category: fc.integer({ min: 1, max: 0xffff }), paymentMax: u32 }),
          {
            maxLength: CATEGORY_LIMITS_MAX,
          },
        ),
        operators: fc.array(fc.integer({ min: 1, max: 0xffffffff }), { maxLength: WHITELIST_MAX }),
      })
      .map(({ numbers: values, ...rest }) => ({ ...values, ...rest })),
  }),
  build: ({ device, limits }) => Profile.build(crypto, KEY, device, limits),
  parse: Profile.parse,
  read: (object: Profile) => ({ device: object.device, limits: object.limits() }),
  wire: ({ device, limits }) => [
    device,
    ...NUMBERS.map((name) => limits[name]),
    limits.received,
    padded(
      limits.categoryLimits.map(({ category, paymentMax }) => [
        category >> 8,
        category & 0xff,
        ...u32be(paymentMax),
      ]),
      6 * CATEGORY_LIMITS_MAX,
    ),
    padded(limits.operators.map(u32be), 4 * WHITELIST_MAX),
  ],
};

type HotListFields = {
  issuer: number;
  version: number;
  part: number;
  parts: number;
  ids: readonly Uint8Array[];
};

export const hotList: ObjectKind<HotListFields> = {
  name: 'hot list',
  type: 8,
  signed: true,
  fields: fc
    .record({
      issuer: u32,
      version: u32,
      parts: fc.integer({ min: 1, max: 8 }),
      at: fc.nat(7),
      ids: fc.array(
        bytes(8).filter((id) => id.some((byte) => byte !== 0)),
        { maxLength: 64 },
      ),
    })
    .map(({ at, ...rest }) => ({ ...rest, part: at % rest.parts })),
  build: (fields) => HotList.build(crypto, KEY, fields),
  parse: HotList.parse,
  read: (object: HotList) => {
    const { issuer, version, part, parts } = object;
    const ids = Array.from({ length: 64 }, (_, i) => object.ids.subarray(8 * i, 8 * i + 8));
    return { issuer, version, part, parts, ids: ids.filter((id) => id.some((byte) => byte !== 0)) };
  },
  wire: (f) => [
    f.issuer,
    f.version,
    f.part,
    f.parts,
    padded(
      f.ids.map((id) => [...id]),
      512,
    ),
  ],
};

export const settlement: ObjectKind<SettlementFields> = {
  name: 'settlement',
  type: 9,
  signed: true,
  fields: fc.record({
    device: bytes(8),
    issuer: u32,
    sequence: u32,
    head: bytes(32),
    time_s: u32,
    epoch: u32,
    standing: fc.nat(2),
    retireUntil_s: u32,
    notes: fc.nat(NOTES_MAX),
    notesHash: bytes(32),
    resolved: fc.array(fc.record({ sequence: u32, resolution: fc.integer({ min: 1, max: 2 }) }), {
      maxLength: IN_FLIGHT_MAX,
    }),
  }),
  build: (fields) => Settlement.build(crypto, KEY, fields),
  parse: Settlement.parse,
  read: (object: Settlement) => ({
    ...(
      pick<Omit<SettlementFields, 'resolved'>>([
        'device',
        'issuer',
        'sequence',
        'head',
        'time_s',
        'epoch',
        'standing',
        'retireUntil_s',
        'notes',
        'notesHash',
      ]) as (object: unknown) => Omit<SettlementFields, 'resolved'>
    )(object),
    resolved: object.resolved(),
  }),
  wire: (f) => [
    f.device,
    f.issuer,
    f.sequence,
    f.head,
    f.time_s,
    f.epoch,
    f.standing,
    f.retireUntil_s,
    f.notes,
    f.notesHash,
    padded(
      f.resolved.map(({ sequence, resolution }) => [...u32be(sequence), resolution]),
      5 * IN_FLIGHT_MAX,
    ),
  ],
};

export const kinds = [
  certificate,
  note,
  invoice,
  transfer,
  receipt,
  operator,
  profile,
  hotList,
  settlement,
] as unknown as readonly ObjectKind[];

export type CborByte = 'head' | 'small integer' | 'value';

/**
 * What each byte of a CBOR item is (RFC 8949, 3): worked out from the bytes alone, so it knows nothing of our
 * shapes.
 */
export function classify(item: Uint8Array): CborByte[] {
  const classes: CborByte[] = [];
  let at = 0;
  const read = (): void => {
    const major = item[at] >> 5;
    const info = item[at] & 31;
    const widthOfLength = info < 24 ? 0 : 1 << (info - 24);
    let length = info;
    if (widthOfLength > 0) {
      length = 0;
      for (let i = 1; i <= widthOfLength; i++) length = length * 256 + item[at + i];
    }
    const put = (kind: CborByte, count: number) => {
      for (let i = 0; i < count; i++) classes.push(kind);
      at += count;
    };
    if (major === 0) {
      put(widthOfLength === 0 ? 'small integer' : 'head', 1);
      put('value', widthOfLength);
    } else if (major === 2) {
      put('head', 1 + widthOfLength);
      put('value', length);
    } else if (major === 4) {
      put('head', 1 + widthOfLength);
      for (let i = 0; i < length; i++) read();
    } else throw new Error(`CBOR major type ${major} at ${at}`);
  };
  read();
  if (at !== item.length) throw new Error('more than one item');
  return classes;
}
