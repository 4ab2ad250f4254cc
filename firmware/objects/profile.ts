import type { Crypto } from '../../hal/crypto.js';
import { getU16, getU32, isZero } from '../bytes.js';
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
  /** How far another device's clock may be from the own, either way. AMOUNT_MAX: any distance. */
  'clocksApart_s',
  /** How much longer than it should a touch's proximity check may take, in microseconds; 0: none is made. */
  'relayMax_us',
] as const;

export const CATEGORY_LIMITS_MAX = 4;
/** Tiers that limits tell apart; a stronger one counts as the last of them. */
export const TIERS = 4;
export const WHITELIST_MAX = 8;

export interface CategoryLimit {
  category: number;
  /** Most for one payment to this merchant category; 0 forbids it. */
  paymentMax: number;
}

export type Limits = Record<(typeof LIMIT_NUMBERS)[number], number> & {
  received: number;
  categoryLimits: readonly CategoryLimit[];
  /**
   * By tier, from 0: the most for one payment in which its holder takes part (R8). Empty: tiers do not count.
   */
  tierMax: readonly number[];
  /**
   * After received value has come in, how long until it must have met its bank (R34): then no more is taken,
   * and none is spent. 0: any time.
   */
  emptyWithin_s: number;
  /** Operators whose customers may pay and be paid; empty: all known ones. */
  operators: readonly number[];
};

const CATEGORY_LIMIT_BYTES = 6;
/** In `rules`: limits of tiers, `emptyWithin_s`. */
const RULE_BYTES = TIERS * 4 + 4;
/** For what comes, and zero: how many digits of an amount are shown behind the point. */
const RESERVED_BYTES = 1;
const SHAPE = new Shape(
  LIMIT_NUMBERS.length + 8,
  7,
  `
  device 8
  endorsement u16
  ${LIMIT_NUMBERS.map((name) => `${name} u32`).join('\n')}
  received tiny
  categoryLimits ${CATEGORY_LIMITS_MAX * CATEGORY_LIMIT_BYTES}
  operators ${WHITELIST_MAX * 4}
  rules ${RULE_BYTES + RESERVED_BYTES}
  signature 64
`,
);
const [DEVICE, ENDORSEMENT] = SHAPE.offsets;
const NUMBERS_FIRST = 2;
const [RECEIVED, CATEGORY_LIMITS, OPERATORS, RULES] = SHAPE.offsets.slice(
  NUMBERS_FIRST + LIMIT_NUMBERS.length,
);

export const PROFILE_BYTES = SHAPE.length;

/** Profile: the limits that a bank sets for one device (R11 to R13, R15, R24). */
export class Profile {
  /** Its fields, for whoever shows bytes to people. */
  static get shape(): Shape {
    return SHAPE;
  }

  private constructor(readonly bytes: Uint8Array) {}

  static build(
    crypto: Crypto,
    issuerKey: Uint8Array,
    device: Uint8Array,
    limits: Limits,
    endorsement = 0,
  ): Profile {
    const bytes = SHAPE.blank();
    bytes.set(device, DEVICE);
    fieldU16(bytes, ENDORSEMENT, endorsement);
    for (let i = 0; i < LIMIT_NUMBERS.length; i++)
      fieldU32(bytes, SHAPE.offsets[NUMBERS_FIRST + i], limits[LIMIT_NUMBERS[i]]);
    fieldTiny(bytes, RECEIVED, limits.received);
    limits.categoryLimits.slice(0, CATEGORY_LIMITS_MAX).forEach((categoryLimit, i) => {
      fieldU16(bytes, CATEGORY_LIMITS + i * CATEGORY_LIMIT_BYTES, categoryLimit.category);
      fieldU32(bytes, CATEGORY_LIMITS + i * CATEGORY_LIMIT_BYTES + 2, categoryLimit.paymentMax);
    });
    limits.operators.slice(0, WHITELIST_MAX).forEach((operator, i) => {
      fieldU32(bytes, OPERATORS + i * 4, operator);
    });
    limits.tierMax.slice(0, TIERS).forEach((paymentMax, tier) => {
      fieldU32(bytes, RULES + tier * 4, paymentMax);
    });
    fieldU32(bytes, RULES + TIERS * 4, limits.emptyWithin_s);
    signInPlace(crypto, issuerKey, bytes);
    return new Profile(bytes);
  }

  static parse(bytes: Uint8Array): Profile | undefined {
    if (!SHAPE.fits(bytes) || bytes[RECEIVED] > ReceivedPolicy.circulating) return undefined;
    const reserved = RULES + RULE_BYTES;
    return isZero(bytes.subarray(reserved, reserved + RESERVED_BYTES)) ? new Profile(bytes) : undefined;
  }

  verify(crypto: Crypto, issuerPublicKey: Uint8Array): boolean {
    return verifySigned(crypto, issuerPublicKey, this.bytes);
  }

  get device(): Uint8Array {
    return this.bytes.subarray(DEVICE, DEVICE + 8);
  }

  get endorsement(): number {
    return getU16(this.bytes, ENDORSEMENT);
  }

  /** The limits as plain numbers; category 0 and operator 0 mark unused places. */
  limits(): Limits {
    const limits = { received: this.bytes[RECEIVED] } as Record<string, unknown>;
    for (let i = 0; i < LIMIT_NUMBERS.length; i++)
      limits[LIMIT_NUMBERS[i]] = getU32(this.bytes, SHAPE.offsets[NUMBERS_FIRST + i]);
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
    const tierMax: number[] = [];
    if (!isZero(this.bytes.subarray(RULES, RULES + TIERS * 4)))
      for (let tier = 0; tier < TIERS; tier++) tierMax.push(getU32(this.bytes, RULES + tier * 4));
    const emptyWithin_s = getU32(this.bytes, RULES + TIERS * 4);
    return { ...limits, categoryLimits, operators, tierMax, emptyWithin_s } as unknown as Limits;
  }
}
