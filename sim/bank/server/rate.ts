/** Of whoever has no token: as many at once, and so many a second after that. */
const BURST = 2_000;
const PER_SECOND = 500;
/** Addresses that are remembered. A flood from more of them forgets the oldest. */
const ADDRESSES_MAX = 10_000;

interface Bucket {
  left: number;
  at_ms: number;
}

/** How many requests an address may still make: a bucket that fills up again. */
export class RateLimit {
  readonly #buckets = new Map<string, Bucket>();

  constructor(
    private readonly burst = BURST,
    private readonly perSecond = PER_SECOND,
  ) {}

  /** Counts one request. Whether it may be served. */
  admits(address: string, now_ms: number): boolean {
    const bucket = this.#buckets.get(address) ?? { left: this.burst, at_ms: now_ms };
    const filled = Math.max(0, now_ms - bucket.at_ms) * (this.perSecond / 1_000);
    bucket.left = Math.min(this.burst, bucket.left + filled);
    bucket.at_ms = now_ms;
    this.#buckets.delete(address);
    this.#buckets.set(address, bucket);
    if (this.#buckets.size > ADDRESSES_MAX) {
      const [oldest] = this.#buckets.keys();
      this.#buckets.delete(oldest);
    }
    if (bucket.left < 1) return false;
    bucket.left--;
    return true;
  }
}
