import fc from 'fast-check';
import { AMOUNT_MAX, HOPS_MAX, PURPOSE_MAX, TRANSFER_NOTES_MAX } from '../../../firmware/limits.js';
import { Certificate, type CertificateFields } from '../../../firmware/objects/certificate.js';
import { Invoice, type InvoiceFields } from '../../../firmware/objects/invoice.js';
import { Note, type NoteFields } from '../../../firmware/objects/note.js';
import { Receipt, type ReceiptFields } from '../../../firmware/objects/receipt.js';
import { Transfer, type TransferFields } from '../../../firmware/objects/transfer.js';
import { opensslCrypto as crypto } from '../../../hal/crypto/openssl.js';
import { amount, bytes, KEY, type ObjectKind, pick, u16, u32 } from './object-kind.js';

/** Numbers of targets and merchant categories never meet. */
const target = fc.oneof(fc.constant(0), fc.integer({ min: PURPOSE_MAX + 1, max: 0xffffffff }));

export const certificate: ObjectKind<CertificateFields> = {
  name: 'certificate',
  type: 1,
  signed: true,
  fields: fc.record({
    id: bytes(8),
    issuer: u32,
    endorsement: u16,
    publicKey: bytes(32),
    notAfter_s: u32,
    role: fc.nat(2),
    category: u16,
    tier: fc.nat(23),
    place: u32,
  }),
  build: (fields) => Certificate.build(crypto, KEY, fields),
  parse: Certificate.parse,
  read: pick<CertificateFields>([
    'id',
    'issuer',
    'endorsement',
    'publicKey',
    'notAfter_s',
    'role',
    'category',
    'tier',
    'place',
  ]),
  wire: (f) => [
    f.id,
    f.issuer,
    f.endorsement!,
    f.publicKey,
    f.notAfter_s,
    f.role,
    f.category,
    f.tier,
    f.place!,
  ],
};

export const note: ObjectKind<NoteFields> = {
  name: 'note',
  type: 2,
  signed: true,
  fields: fc.record({
    id: bytes(8),
    issuer: u32,
    endorsement: u16,
    value: amount,
    currency: bytes(3),
    owner: bytes(8),
    issued_s: u32,
    expires_s: u32,
    hopsMax: fc.integer({ min: 1, max: HOPS_MAX }),
    purpose: u16,
    registry: u16,
    place: u32,
    payee: bytes(8),
    target,
  }),
  build: (fields) => Note.build(crypto, KEY, fields),
  parse: Note.parse,
  read: pick<NoteFields>([
    'id',
    'issuer',
    'endorsement',
    'value',
    'currency',
    'owner',
    'issued_s',
    'expires_s',
    'hopsMax',
    'purpose',
    'registry',
    'place',
    'payee',
    'target',
  ]),
  wire: (f) => [
    f.id,
    f.issuer,
    f.endorsement!,
    f.value,
    f.currency,
    f.owner,
    f.issued_s,
    f.expires_s,
    f.hopsMax,
    f.purpose,
    f.registry,
    f.place!,
    f.payee!,
    f.target!,
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
    validity_s: u16,
  }),
  build: (fields) => Invoice.build(fields),
  parse: Invoice.parse as ObjectKind['parse'],
  read: pick<InvoiceFields>(['payee', 'id', 'amount', 'currency', 'category', 'created_s', 'validity_s']),
  wire: (f) => [f.payee, f.id, f.amount, f.currency, f.category, f.created_s, f.validity_s],
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
    target,
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
      target: circulates ? 0 : rest.target,
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
        'target',
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
    f.target!,
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
