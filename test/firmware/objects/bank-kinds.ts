import fc from 'fast-check';
import { IN_FLIGHT_MAX, NOTES_MAX } from '../../../firmware/limits.js';
import { HotList } from '../../../firmware/objects/hot-list.js';
import { Operator } from '../../../firmware/objects/operator.js';
import {
  CATEGORY_LIMITS_MAX,
  type Limits,
  Profile,
  TIERS,
  WHITELIST_MAX,
} from '../../../firmware/objects/profile.js';
import { Settlement, type SettlementFields } from '../../../firmware/objects/settlement.js';
import { opensslCrypto as crypto } from '../../../hal/crypto/openssl.js';
import { bytes, KEY, type ObjectKind, padded, pick, u16, u32, u32be } from './object-kind.js';

export type OperatorFields = {
  number: number;
  version: number;
  key: Uint8Array;
  notBefore_s: number;
  notAfter_s: number;
};

export const operator: ObjectKind<OperatorFields> = {
  name: 'operator',
  type: 6,
  signed: true,
  fields: fc.record({ number: u32, version: u16, key: bytes(32), notBefore_s: u32, notAfter_s: u32 }),
  build: (fields) => Operator.build(crypto, KEY, fields),
  parse: Operator.parse,
  read: pick<OperatorFields>(['number', 'version', 'key', 'notBefore_s', 'notAfter_s']),
  wire: (f) => [f.number, f.version, f.key, f.notBefore_s, f.notAfter_s],
};

export type ProfileFields = { device: Uint8Array; limits: Limits };

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
  'clocksApart_s',
  'relayMax_us',
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
        emptyWithin_s: u32,
        tierMax: fc.oneof(
          fc.constant([]),
          fc
            .array(u32, { minLength: TIERS, maxLength: TIERS })
            .filter((tiers) => tiers.some((paymentMax) => paymentMax > 0)),
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
    0,
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
    padded(
      [...Array.from({ length: TIERS }, (_, i) => limits.tierMax[i] ?? 0), limits.emptyWithin_s].map(u32be),
      21,
    ),
  ],
};

export type HotListFields = {
  issuer: number;
  endorsement: number;
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
      endorsement: u16,
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
    const { issuer, endorsement, version, part, parts } = object;
    const ids = Array.from({ length: 64 }, (_, i) => object.ids.subarray(8 * i, 8 * i + 8));
    return {
      issuer,
      endorsement,
      version,
      part,
      parts,
      ids: ids.filter((id) => id.some((byte) => byte !== 0)),
    };
  },
  wire: (f) => [
    f.issuer,
    f.endorsement,
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
    endorsement: u16,
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
        'endorsement',
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
    f.endorsement!,
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
