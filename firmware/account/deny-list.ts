import type { Crypto } from '../../hal/crypto.js';
import { sameBytes } from '../bytes.js';
import { DENY_PART_BYTES } from '../limits.js';
import { platformIdOf } from './account-certificate.js';
import { DenyBitmap } from './deny-bitmap.js';
import { type DenyDelta, joinDeltas, loadDelta, loadSerials, NO_DELTA } from './deny-delta.js';
import { DenyFilter } from './deny-filter.js';
import { DenyKind, DenyPart } from './deny-part.js';
import { SerialSet, type Serials } from './serial-set.js';

/** Why a part of a deny list is not taken; nothing has changed then. */
export type DenyRefusal =
  /** It is no part of a list. */
  | 'malformed'
  /** Of another platform. */
  | 'platform'
  /** The platform has not signed it. */
  | 'signature'
  /** The list at hand, or the one that is coming in, is as new. */
  | 'old'
  /** A delta on another version than the one at hand. */
  | 'base'
  /** Not the next part of the list that is coming in. */
  | 'order'
  /** All parts are there, and their content is no list, or more than a terminal holds. */
  | 'body';

/**
 * The certificates of one platform that it has taken back, in one of three forms, and what deltas have
 * changed since. Version 0 denies nobody.
 */
export class DenyList implements Serials {
  static get none(): DenyList {
    return new DenyList(0, 0, 0, new SerialSet([]), NO_DELTA);
  }

  private constructor(
    readonly version: number,
    readonly time_s: number,
    /** Certificates that it denies, as the platform counts them. */
    readonly count: number,
    private readonly whole: Serials,
    private readonly delta: DenyDelta,
  ) {}

  has(serial: number): boolean {
    const { added, removed } = this.delta;
    return added.has(serial) || (this.whole.has(serial) && !removed.has(serial));
  }

  /** The list of `part` and of the parts beside it, which make `body`; undefined when that is none. */
  next({ version, time_s, kind, count }: DenyPart, body: Uint8Array): DenyList | undefined {
    if (kind === DenyKind.delta) {
      const change = loadDelta(body);
      const delta = change && joinDeltas(this.delta, change);
      return delta && new DenyList(version, time_s, count, this.whole, delta);
    }
    const whole = loadWhole(kind, body, count);
    return whole && new DenyList(version, time_s, count, whole, NO_DELTA);
  }
}

function loadWhole(kind: DenyKind, body: Uint8Array, count: number): Serials | undefined {
  if (kind === DenyKind.bitmap) return DenyBitmap.load(body, count);
  if (kind === DenyKind.filter) return DenyFilter.load(body);
  const serials = loadSerials(body);
  return serials?.sorted.length === count ? serials : undefined;
}

/** Takes the parts of one platform's lists, in order, from whoever brings them. */
export class DenyLoader implements Serials {
  #list: DenyList;
  /** The last part that came of a list that is not whole yet. */
  #last: DenyPart | undefined;
  #body = new Uint8Array(0);
  readonly #id: Uint8Array;

  /** `publicKey`: the platform's, 32 bytes. */
  constructor(
    private readonly crypto: Crypto,
    private readonly publicKey: Uint8Array,
    list = DenyList.none,
  ) {
    this.#list = list;
    this.#id = platformIdOf(crypto, publicKey);
  }

  /** The list that holds. */
  get list(): DenyList {
    return this.#list;
  }
  has(serial: number): boolean {
    return this.#list.has(serial);
  }
  /** Whether parts of a newer list are missing. */
  get isWaiting(): boolean {
    return this.#last !== undefined;
  }

  /**
   * Takes a part from a stranger; undefined when it is taken. The list at hand holds until all parts of the
   * next are there. Part 0 of a newer list takes the place of one that is coming in.
   */
  take(bytes: Uint8Array): DenyRefusal | undefined {
    const part = DenyPart.parse(bytes);
    if (!part) return 'malformed';
    if (!sameBytes(part.platform, this.#id)) return 'platform';
    const refusal = this.#fits(part);
    if (refusal) return refusal;
    if (!part.verify(this.crypto, this.publicKey)) return 'signature';
    if (part.part === 0) this.#body = new Uint8Array(part.bodyBytes);
    this.#body.set(part.content, part.part * DENY_PART_BYTES);
    this.#last = part;
    return part.part + 1 < part.parts ? undefined : this.#complete(part);
  }

  #fits(part: DenyPart): DenyRefusal | undefined {
    const { version } = this.#list;
    if (part.version <= version) return 'old';
    if (part.kind === DenyKind.delta && part.base !== version) return 'base';
    const last = this.#last;
    if (part.part > 0) return last?.isBeside(part) && part.part === last.part + 1 ? undefined : 'order';
    return last && part.version < last.version ? 'old' : undefined;
  }

  #complete(part: DenyPart): DenyRefusal | undefined {
    const next = this.#list.next(part, this.#body);
    this.#last = undefined;
    this.#body = new Uint8Array(0);
    if (!next) return 'body';
    this.#list = next;
    return undefined;
  }
}
