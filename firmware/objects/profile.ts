import type { Crypto } from '../../hal/crypto.js';
import { getU16, getU32 } from '../bytes.js';
import { CLOCKS_APART_S_DEFAULT } from '../limits.js';
import { fieldTiny, fieldU16, fieldU32, Shape } from './shape.js';
import { signInPlace, verifySigned } from './signed.js';

/** What may be done with received value before a sync (R24). */
export const ReceivedPolicy = {
  /** Not spendable, and outside the balance until the bank unfreezes it. */
  frozen: 0,
  /** Not spendable, in the balance as pending verification. */
  pending: 1,
  /** Spendable up to its hops. */
  circulating: 2,
} as const;

/** In wire order. Amounts in minor units; AMOUNT_MAX stands for "no limit", 0 forbids. */
export const LIMIT_NUMBERS = [
  /** Grows with every change; a wallet takes no older one. */
  'version',
  'paymentMax',
  /** Of one payment made, how much may be received value. */
  'receivedPaymentMax',
  'dayMax',
  'balanceMax',
  /** Payments, made and received, between two syncs (R11). */
  'offlineCountMax',
  'offlineDuration_s',
  'counterpartyCountMax',
  'counterpartyAmountMax',
  /** One payment without asking anybody, and all such payments between two confirmed ones. */
  'noConfirmMax',
  'noConfirmTotalMax',
  /** Up to here a button is consent enough; above it takes the PIN. */
  'buttonMax',
  /** After an invoice has run out, how long its payee may still claim before the bank returns the value. */
  'claimGrace_s',
] as const;

export const CATEGORY_LIMITS_MAX = 4;
export const WHITELIST_MAX = 8;

export interface CategoryLimit {
  category: number;
  /** Most for one payment to this merchant category; 0 forbids it. */
  paymentMax: number;
}

export type Limits = Record<(typeof LIMIT_NUMBERS)[number], number> & {
  received: number;
  categoryLimits: readonly CategoryLimit[];
  /** Operators whose customers may pay and be paid; empty: all known ones. */
  operators: readonly number[];
  /** How far another device's clock may be from the own, either way. AMOUNT_MAX: any distance. */
  clocksApart_s: number;
};

const CATEGORY_LIMIT_BYTES = 6;
const FIELDS = [
  8,
  ...LIMIT_NUMBERS.map(() => 'u32' as const),
  'tiny' as const,
  CATEGORY_LIMITS_MAX * CATEGORY_LIMIT_BYTES,
  WHITELIST_MAX * 4,
];
const SHAPE = new Shape(LIMIT_NUMBERS.length + 7, 7, [...FIELDS, 'u32', 64]);
/** What a device of 0.2.0 has in its flash. */
const SHAPE_OF_0_2 = new Shape(LIMIT_NUMBERS.length + 6, 7, [...FIELDS, 64]);
const DEVICE = SHAPE.offsets[0];
const RECEIVED = SHAPE.offsets[LIMIT_NUMBERS.length + 1];
const CATEGORY_LIMITS = SHAPE.offsets[LIMIT_NUMBERS.length + 2];
const OPERATORS = SHAPE.offsets[LIMIT_NUMBERS.length + 3];
const CLOCKS_APART = SHAPE.offsets[LIMIT_NUMBERS.length + 4];

export const PROFILE_BYTES = SHAPE.length;

/** Profile: the limits that a bank sets for one device (R11 to R13, R15, R24). */
export class Profile {
  private constructor(readonly bytes: Uint8Array) {}

  static build(crypto: Crypto, issuerKey: Uint8Array, device: Uint8Array, limits: Limits): Profile {
    const bytes = SHAPE.blank();
    bytes.set(device, DEVICE);
    for (let i = 0; i < LIMIT_NUMBERS.length; i++)
      fieldU32(bytes, SHAPE.offsets[i + 1], limits[LIMIT_NUMBERS[i]]);
    fieldTiny(bytes, RECEIVED, limits.received);
    limits.categoryLimits.slice(0, CATEGORY_LIMITS_MAX).forEach((categoryLimit, i) => {
      fieldU16(bytes, CATEGORY_LIMITS + i * CATEGORY_LIMIT_BYTES, categoryLimit.category);
      fieldU32(bytes, CATEGORY_LIMITS + i * CATEGORY_LIMIT_BYTES + 2, categoryLimit.paymentMax);
    });
    limits.operators.slice(0, WHITELIST_MAX).forEach((operator, i) => {
      fieldU32(bytes, OPERATORS + i * 4, operator);
    });
    fieldU32(bytes, CLOCKS_APART, limits.clocksApart_s);
    signInPlace(crypto, issuerKey, bytes);
    return new Profile(bytes);
  }

  static parse(bytes: Uint8Array): Profile | undefined {
    const fits = SHAPE.fits(bytes) || SHAPE_OF_0_2.fits(bytes);
    return fits && bytes[RECEIVED] <= ReceivedPolicy.circulating ? new Profile(bytes) : undefined;
  }

  verify(crypto: Crypto, issuerPublicKey: Uint8Array): boolean {
    return verifySigned(crypto, issuerPublicKey, this.bytes);
  }

  get device(): Uint8Array {
    return this.bytes.subarray(DEVICE, DEVICE + 8);
  }

  /** The limits as plain numbers; category 0 and operator 0 mark unused places. */
  limits(): Limits {
    const limits = { received: this.bytes[RECEIVED] } as Record<string, unknown>;
    for (let i = 0; i < LIMIT_NUMBERS.length; i++)
      limits[LIMIT_NUMBERS[i]] = getU32(this.bytes, SHAPE.offsets[i + 1]);
    const categoryLimits: CategoryLimit[] = [];
    for (
      let at = CATEGORY_LIMITS;
      at < CATEGORY_LIMITS + CATEGORY_LIMITS_MAX * CATEGORY_LIMIT_BYTES;
      at += CATEGORY_LIMIT_BYTES
    ) {
      const category = getU16(this.bytes, at);
      if (category !== 0) categoryLimits.push({ category, paymentMax: getU32(this.bytes, at + 2) });
    }
    const operators: number[] = [];
    for (let at = OPERATORS; at < OPERATORS + WHITELIST_MAX * 4; at += 4) {
      const operator = getU32(this.bytes, at);
      if (operator !== 0) operators.push(operator);
    }
    const isOf_0_2 = this.bytes.length < PROFILE_BYTES;
    const clocksApart_s = isOf_0_2 ? CLOCKS_APART_S_DEFAULT : getU32(this.bytes, CLOCKS_APART);
    return { ...limits, categoryLimits, operators, clocksApart_s } as unknown as Limits;
  }
}
