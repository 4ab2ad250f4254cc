import type { Fares } from '../../../firmware/account/fare.js';
import { AMOUNT_MAX, FARE_STATIONS_MAX, FARE_ZONES_MAX } from '../../../firmware/limits.js';
import {
  CATEGORY_LIMITS_MAX,
  LIMIT_NUMBERS,
  type Limits,
  ReceivedPolicy,
  TIERS,
  WHITELIST_MAX,
} from '../../../firmware/objects/profile.js';
import { U32_MAX } from '../../../firmware/objects/shape.js';
import { BankError } from '../codes.js';

/*
 * Fields of a request, each as its method takes it. All throw BankError `malformed`, with the name of the
 * field.
 */

export type Request = Record<string, unknown>;

export function wrong(name: string): never {
  throw new BankError('malformed', `${name} is missing or is not what it should be`);
}

export function whole(request: Request, name: string, max = AMOUNT_MAX): number {
  const value = request[name];
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max
    ? value
    : wrong(name);
}

export function positive(request: Request): number {
  return whole(request, 'amount') || wrong('amount');
}

export function text(request: Request, name: string): string {
  const value = request[name];
  return typeof value === 'string' && !value.includes('\0') ? value : wrong(name);
}

export function bytes(request: Request, name: string, length: number): Uint8Array {
  const value = request[name];
  return value instanceof Uint8Array && value.length === length ? value : wrong(name);
}

export const device = (request: Request): Uint8Array => bytes(request, 'device', 8);

export function optional<T>(
  request: Request,
  name: string,
  read: (request: Request, name: string) => T,
): T | undefined {
  return request[name] === undefined ? undefined : read(request, name);
}

/** Merchant category that money is bound to; 0 for ordinary money. */
export function category(request: Request, name = 'purpose'): number {
  const value = optional(request, name, (each, key) => whole(each, key)) ?? 0;
  return value <= 0xffff ? value : wrong(name);
}

export const place = (request: Request, name: string): number => whole(request, name, U32_MAX);

export function limits(request: Request): Limits {
  const given = request.limits;
  if (typeof given !== 'object' || given === null) return wrong('limits');
  const source = given as Request;
  const received = whole(source, 'received');
  if (received > ReceivedPolicy.circulating) wrong('received');
  const result: Record<string, unknown> = { received };
  for (const name of LIMIT_NUMBERS) result[name] = whole(source, name);
  result.categoryLimits = list(source, 'categoryLimits', CATEGORY_LIMITS_MAX).map((limit) => {
    if (typeof limit !== 'object' || limit === null) return wrong('categoryLimits');
    const fields = limit as Request;
    return { category: category(fields, 'category'), paymentMax: whole(fields, 'paymentMax') };
  });
  const tierMax = list(source, 'tierMax', TIERS);
  if (tierMax.length !== 0 && tierMax.length !== TIERS) wrong('tierMax');
  result.tierMax = tierMax.map((number) => whole({ number }, 'number'));
  result.emptyWithin_s = whole(source, 'emptyWithin_s');
  result.operators = list(source, 'operators', WHITELIST_MAX).map((number) => whole({ number }, 'number'));
  return result as Limits;
}

/** Whether its parts fit together, `faultOfFares` says. */
export function fares(request: Request): Fares {
  const given = request.fares;
  if (typeof given !== 'object' || given === null) return wrong('fares');
  const source = given as Request;
  const number = (name: string): number => whole(source, name);
  return {
    zoneOf: wholes(source, 'zoneOf', FARE_STATIONS_MAX),
    zones: list(source, 'zones', FARE_ZONES_MAX).map((zones) => wholes({ zones }, 'zones', FARE_ZONES_MAX)),
    ...{ maximum: number('maximum'), dayCap: number('dayCap'), flat: number('flat') },
    ...{ grace_s: number('grace_s'), journeyMax_s: number('journeyMax_s') },
    ...{ dayBegins_s: number('dayBegins_s'), passback_s: number('passback_s') },
  };
}

const wholes = (request: Request, name: string, lengthMax: number): number[] =>
  list(request, name, lengthMax).map((each) => whole({ [name]: each }, name));

export function list(request: Request, name: string, lengthMax: number): unknown[] {
  const value = request[name];
  return Array.isArray(value) && value.length <= lengthMax ? value : wrong(name);
}
