import { describe, expect, it } from 'vitest';
import * as bounds from '../../../firmware/limits.js';
import { CERTIFICATE_BYTES, Certificate } from '../../../firmware/objects/certificate.js';
import { HOT_LIST_BYTES, HotList } from '../../../firmware/objects/hot-list.js';
import { INVOICE_BYTES, Invoice } from '../../../firmware/objects/invoice.js';
import { NOTE_BYTES, Note } from '../../../firmware/objects/note.js';
import { OPERATOR_BYTES, Operator } from '../../../firmware/objects/operator.js';
import { PROFILE_BYTES, Profile } from '../../../firmware/objects/profile.js';
import { RECEIPT_BYTES, Receipt } from '../../../firmware/objects/receipt.js';
import { SETTLEMENT_BYTES, Settlement } from '../../../firmware/objects/settlement.js';
import type { Shape } from '../../../firmware/objects/shape.js';
import { ReceiptFault, StandaloneReceipt } from '../../../firmware/objects/standalone-receipt.js';
import { Transfer } from '../../../firmware/objects/transfer.js';
import { Lifecycle } from '../../../firmware/payment/lifecycle.js';
import { AID, Ins, VERSIONS } from '../../../firmware/protocol/apdu.js';
import { HistoryKind } from '../../../firmware/protocol/history.js';
import { Message } from '../../../firmware/protocol/message.js';
import { touchPrologue } from '../../../firmware/protocol/prologue.js';
import { Refusal } from '../../../firmware/protocol/refusal.js';
import { StatusWord } from '../../../firmware/protocol/status-word.js';
import { Answer, Ask, SyncRefusal } from '../../../firmware/protocol/sync-message.js';
import { ExportRefusal } from '../../../firmware/wallet/receipt-export.js';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import { toHex } from '../../../tools/cli/protocol/example.js';
import { type Row, section, table } from './document-text.js';

const numbers = (rows: readonly Row[], name: string, value: string, radix: number) =>
  Object.fromEntries(rows.map((row) => [row[name], Number.parseInt(row[value], radix)]));

describe('the tables of codes are the code', () => {
  it('status words', () => {
    expect(numbers(table(section('Status words'), 'SW', 'name'), 'name', 'SW', 16)).toEqual(StatusWord);
  });
  it('refusals', () => {
    expect(numbers(table(section('Refusals'), 'code', 'name'), 'name', 'code', 16)).toEqual(Refusal);
  });
  it('refusals named elsewhere exist', () => {
    const codes = new Set<number>(Object.values(Refusal));
    const checks = table(section('What is checked, in order'), '#', 'check', 'refusal');
    for (const row of checks)
      for (const code of row.refusal.split(' '))
        expect(codes, row.check).toContain(Number.parseInt(code, 16));
  });
  it('instructions', () => {
    expect(numbers(table(section('APDUs'), 'INS', 'name'), 'name', 'INS', 16)).toEqual(Ins);
  });
  it('messages', () => {
    expect(numbers(table(section('Messages'), 'byte', 'name'), 'name', 'byte', 16)).toEqual(Message);
  });
  it('kinds of history and journal', () => {
    expect(numbers(table(section('Messages'), 'kind', 'entry'), 'entry', 'kind', 10)).toEqual(HistoryKind);
    const kinds = table(section('Journal'), 'kind', 'bytes').map((row) => row.kind);
    expect(kinds.sort()).toEqual(Object.keys(HistoryKind).sort());
  });
  it('sync', () => {
    expect(numbers(table(section('Ask'), 'byte', 'name'), 'name', 'byte', 16)).toEqual(Ask);
    expect(numbers(table(section('Answer'), 'byte', 'name'), 'name', 'byte', 16)).toEqual(Answer);
    expect(numbers(table(section('Answer'), 'code', 'name'), 'name', 'code', 10)).toEqual(SyncRefusal);
  });
  it('lifecycle', () => {
    expect(numbers(table(section('Lifecycle'), 'value', 'name'), 'name', 'value', 10)).toEqual(Lifecycle);
  });
  it('bounds', () => {
    expect(numbers(table(section('Bounds'), 'name', 'value'), 'name', 'value', 10)).toEqual({ ...bounds });
  });
  it('AID and prologue', () => {
    const spaced = (bytes: Uint8Array) => toHex(bytes).replace(/(..)(?!$)/g, '$1 ');
    expect(section('APDUs')).toContain(`AID: \`${spaced(AID)}\``);
    expect(section('The session')).toContain(`\`${spaced(touchPrologue(VERSIONS.newest))}\``);
  });
});

/** One object of each kind, with every field different. */
function objects(): Record<string, { bytes: Uint8Array; length: number; fields: object }> {
  const crypto = opensslCrypto;
  const key = crypto.ed25519KeyFromSeed(new Uint8Array(32).fill(1));
  const id = (byte: number, length = 8) => new Uint8Array(length).fill(byte);
  const currency = new TextEncoder().encode('CNY');
  const certificate = Certificate.build(crypto, key, {
    id: id(1),
    issuer: 2,
    endorsement: 4,
    publicKey: id(3, 32),
    notAfter_s: 6,
    role: 1,
    category: 7,
    tier: 8,
    place: 9,
  });
  const note = Note.build(crypto, key, {
    id: id(1),
    issuer: 2,
    endorsement: 10,
    value: 3,
    currency,
    owner: id(4),
    issued_s: 5,
    expires_s: 6,
    hopsMax: 7,
    purpose: 8,
    registry: 9,
    place: 11,
    payee: id(12),
    target: 0x10000,
  });
  const invoice = Invoice.build({
    payee: id(1),
    id: id(2),
    amount: 3,
    currency,
    category: 4,
    created_s: 5,
    validity_s: 6,
  });
  const transfer = Transfer.build(crypto, key, {
    payer: id(1),
    payee: id(2),
    invoice: id(3),
    currency,
    purpose: 4,
    target: 0,
    sequence: 5,
    previous: id(6, 32),
    created_s: 7,
    claimBy_s: 8,
    received: 9,
    terms: { hops: 10, hopsLimit: 11, expires_s: 12 },
    notes: [],
  });
  const receipt = Receipt.build(crypto, key, {
    payee: id(1),
    payer: id(2),
    invoice: id(3),
    transfer: id(4, 32),
    outcome: 1,
    sequence: 5,
    created_s: 6,
  });
  const operator = Operator.build(crypto, key, {
    number: 1,
    version: 5,
    key: id(2, 32),
    notBefore_s: 3,
    notAfter_s: 4,
  });
  const limits = {
    version: 1,
    paymentMax: 2,
    receivedPaymentMax: 3,
    dayMax: 4,
    balanceMax: 5,
    offlineCountMax: 6,
    offlineDuration_s: 7,
    counterpartyCountMax: 8,
    counterpartyAmountMax: 9,
    noConfirmMax: 10,
    noConfirmTotalMax: 11,
    buttonMax: 12,
    claimGrace_s: 13,
    received: 2,
    categoryLimits: [],
    tierMax: [],
    emptyWithin_s: 0,
    operators: [],
    clocksApart_s: 14,
    relayMax_us: 15,
  };
  const profile = Profile.build(crypto, key, id(1), limits, 16);
  const hotList = HotList.build(crypto, key, {
    issuer: 1,
    endorsement: 6,
    version: 2,
    part: 3,
    parts: 4,
    ids: [id(5)],
  });
  const settlement = Settlement.build(crypto, key, {
    device: id(1),
    issuer: 2,
    endorsement: 10,
    sequence: 3,
    head: id(4, 32),
    time_s: 5,
    epoch: 6,
    standing: 1,
    retireUntil_s: 7,
    notes: 8,
    notesHash: id(9, 32),
    resolved: [],
  });
  return {
    Certificate: { bytes: certificate.bytes, length: CERTIFICATE_BYTES, fields: certificate },
    Note: { bytes: note.bytes, length: NOTE_BYTES, fields: note },
    Invoice: { bytes: invoice.bytes, length: INVOICE_BYTES, fields: invoice },
    Transfer: { bytes: transfer.bytes, length: 174, fields: transfer },
    Receipt: { bytes: receipt.bytes, length: RECEIPT_BYTES, fields: receipt },
    Operator: { bytes: operator.bytes, length: OPERATOR_BYTES, fields: operator },
    Profile: {
      bytes: profile.bytes,
      length: PROFILE_BYTES,
      fields: { ...limits, device: profile.device, endorsement: 16 },
    },
    'Hot list': { bytes: hotList.bytes, length: HOT_LIST_BYTES, fields: hotList },
    Settlement: { bytes: settlement.bytes, length: SETTLEMENT_BYTES, fields: settlement },
  };
}

const SHAPES: Record<string, Shape> = {
  Certificate: Certificate.shape,
  Note: Note.shape,
  Invoice: Invoice.shape,
  Transfer: Transfer.shapes[0],
  Receipt: Receipt.shape,
  Operator: Operator.shape,
  Profile: Profile.shape,
  'Hot list': HotList.shape,
  Settlement: Settlement.shape,
};

const valueAt = (bytes: Uint8Array): number => bytes.reduce((value, byte) => value * 256 + byte, 0);

describe('the tables of bytes are the bytes', () => {
  it.each(Object.entries(objects()))('%s', (name, { bytes, length, fields }) => {
    const text = section(name);
    const [, type, elements, stated] = /Type (\d), (\d+) elements, (\d+)/.exec(text)!.map(Number);
    expect([bytes[0], bytes[1], bytes.length]).toEqual([0x80 | elements, type, stated]);
    expect(length).toBe(stated);
    expect(text.replace(/\s+/g, ' ')).toContain(`\`${toHex(bytes.subarray(0, 2)).replace(/^(..)/, '$1 ')}\``);
    let end = 2;
    for (const row of table(text, 'offset', 'bytes', 'head', 'field')) {
      const [offset, width] = [Number(row.offset), Number(row.bytes)];
      const head = row.head === '–' ? '' : row.head.replaceAll(' ', '');
      expect(offset, `${row.field} follows what is before it`).toBe(end + head.length / 2);
      expect(toHex(bytes.subarray(end, offset)), `head of ${row.field}`).toBe(head);
      end = offset + width;
      const value = (fields as Record<string, unknown>)[row.field];
      const there = bytes.subarray(offset, end);
      if (value instanceof Uint8Array) expect(toHex(there), row.field).toBe(toHex(value));
      else if (typeof value === 'number') expect(valueAt(there), row.field).toBe(value);
      else
        expect(['signature', 'resolved', 'categoryLimits', 'operators', 'rules'], row.field).toContain(
          row.field,
        );
    }
    const shape = SHAPES[name];
    const documented = table(text, 'offset', 'bytes', 'head', 'field');
    expect(shape.fields.map((each) => each.name)).toEqual([
      ...documented.map((row) => row.field),
      ...(name === 'Transfer' ? ['signature'] : []),
    ]);
    documented.forEach((row, i) => {
      if ('travels' in row) expect(row.travels, row.field).toBe(shape.fields[i].travel);
      else if (row.what.startsWith('reserved')) expect(shape.fields[i].travel, row.field).toBe('reserved');
    });
    // An array of inputs, empty here, and a signature follow the transfer's table.
    if (name === 'Transfer') expect(toHex(bytes.subarray(end, end + 3))).toBe('805840');
    expect(end + (name === 'Transfer' ? 3 + 64 : 0)).toBe(bytes.length);
  });

  it('Transfer, inputs', () => {
    const key = opensslCrypto.ed25519KeyFromSeed(new Uint8Array(32).fill(1));
    const notes = [1, 2, 3].map((byte) => ({ id: new Uint8Array(8).fill(byte), amount: byte }));
    const none = new Uint8Array(8);
    const { bytes } = Transfer.build(opensslCrypto, key, {
      payer: none,
      payee: none,
      invoice: none,
      currency: new Uint8Array(3),
      purpose: 0,
      sequence: 1,
      previous: new Uint8Array(32),
      created_s: 0,
      claimBy_s: 0,
      received: 0,
      terms: { hops: 0, hopsLimit: 1, expires_s: 0 },
      notes,
    });
    expect(bytes.length).toBe(174 + 15 * 3);
    expect(bytes[107]).toBe(0x83);
    notes.forEach(({ id, amount }, i) => {
      expect(toHex(bytes.subarray(108 + 15 * i, 110 + 15 * i))).toBe('8248');
      expect(toHex(bytes.subarray(110 + 15 * i, 118 + 15 * i))).toBe(toHex(id));
      expect(bytes[118 + 15 * i]).toBe(0x1a);
      expect(valueAt(bytes.subarray(119 + 15 * i, 123 + 15 * i))).toBe(amount);
    });
    expect(toHex(bytes.subarray(108 + 45, 110 + 45))).toBe('5840');
    expect(section('Transfer')).toContain('`1a` and the amount (4) at 119 + 15 _i_');
  });
});

describe('a receipt that stands alone', () => {
  const text = section('A receipt that stands alone');

  it('has the codes of the code', () => {
    const [faults, refusals] = [
      table(text, 'code', 'name', 'what is wrong'),
      table(text, 'code', 'name', 'why'),
    ];
    expect(numbers(faults, 'name', 'code', 10)).toEqual(ReceiptFault);
    expect(numbers(refusals, 'name', 'code', 10)).toEqual(ExportRefusal);
  });

  it('has the bytes of the table', () => {
    const { Certificate: certificate, Operator: operator, Receipt: receipt, Transfer: transfer } = objects();
    const bytesOf: Record<string, Uint8Array> = {
      Certificate: certificate.bytes,
      Operator: operator.bytes,
      Receipt: receipt.bytes,
      Transfer: transfer.bytes,
    };
    const party = { certificate: certificate.fields as Certificate, operator: operator.fields as Operator };
    const parsed = Transfer.parse(transfer.bytes) ?? (transfer.fields as Transfer);
    const { bytes } = StandaloneReceipt.build(receipt.fields as Receipt, parsed, party, party) ?? {};
    expect(bytes).toBeDefined();
    const [, type, elements, length] = /Type (\d+), (\d+) elements,\s(\d+) \+ 15/.exec(text)!.map(Number);
    expect([bytes![0], bytes![1], bytes!.length]).toEqual([0x80 | elements, type, length]);
    let end = 2;
    for (const row of table(text, 'offset', 'bytes', 'object', 'field')) {
      const there = bytesOf[row.object];
      expect([Number(row.offset), Number.parseInt(row.bytes, 10)], row.field).toEqual([end, there.length]);
      expect(bytes!.subarray(end, end + there.length), row.field).toEqual(there);
      end += there.length;
    }
    expect(end).toBe(length);
  });
});
