import { createHash, timingSafeEqual } from 'node:crypto';
import type { Bank } from '../bank.js';
import { BankError } from '../codes.js';
import { decodeCbor, encodeCbor } from './codec.js';
import { KEYED } from './keyed.js';
import { METHODS } from './methods.js';

/** A token of the counter: so many characters that nobody guesses it, and none that a header splits at. */
export const TOKEN = /^[\x21-\x7e]{32,200}$/;
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,100}$/;
/** Methods that anybody may call: they tell what a wallet needs to find its bank, and nothing of anybody. */
const PUBLIC: readonly string[] = ['about'];
const CODEC = { encode: encodeCbor, decode: decodeCbor };

/** The bank's counter: who has its token calls methods by name. */
export class Counter {
  readonly #token: Uint8Array;

  constructor(
    private readonly bank: Bank,
    token: string,
  ) {
    if (!TOKEN.test(token)) throw new RangeError('a token is 32 to 200 characters of ASCII without spaces');
    this.#token = hashOf(token);
  }

  /** Whether a header `Authorization: Bearer TOKEN` has the token; in constant time. */
  admits(authorization: string | undefined): boolean {
    const [, token = ''] = /^Bearer (\S+)$/i.exec(authorization ?? '') ?? [];
    return timingSafeEqual(hashOf(token), this.#token);
  }

  /** `key`: of a request that may be sent again, see Bank.once. Throws BankError. */
  async call(method: string, body: Uint8Array, isAdmitted: boolean, key?: string): Promise<unknown> {
    if (!Object.hasOwn(METHODS, method)) throw new BankError('unknown-method', 'no such method');
    if (!isAdmitted && !PUBLIC.includes(method))
      throw new BankError('unauthorized', 'the counter is for whoever has its token');
    const request = decodeCbor(body);
    if (typeof request !== 'object' || request === null)
      throw new BankError('malformed', 'the body is no CBOR map');
    return (
      (await METHODS[method](this.#bankFor(method, body, key), request as Record<string, unknown>)) ?? {}
    );
  }

  #bankFor(method: string, body: Uint8Array, key: string | undefined): Bank {
    if (key === undefined) return this.bank;
    if (!IDEMPOTENCY_KEY.test(key)) throw new BankError('malformed', 'the idempotency key');
    if (!KEYED.includes(method)) throw new BankError('malformed', `${method} takes no idempotency key`);
    const request = createHash('sha256').update(method).update('\0').update(body).digest();
    return this.bank.once(key, request, CODEC);
  }
}

const hashOf = (token: string): Uint8Array => createHash('sha256').update(token).digest();
