/** How much memory of the engine something takes. */
import { collectGarbage, memory } from '../../../xs/engine.js';

/** Bytes in the engine. */
export interface Bytes {
  readonly chunks: number;
  readonly slots: number;
}

/** Now, garbage included. */
export function used(): Bytes {
  const { chunkBytes, slots, slotBytes } = memory();
  return { chunks: chunkBytes, slots: slots * slotBytes };
}

export const minus = (a: Bytes, b: Bytes): Bytes => ({
  chunks: a.chunks - b.chunks,
  slots: a.slots - b.slots,
});
const larger = (a: Bytes, b: Bytes): Bytes => ({
  chunks: Math.max(a.chunks, b.chunks),
  slots: Math.max(a.slots, b.slots),
});

/** What `work` leaves, and what it drops on the way. */
export class Scale {
  most: Bytes = { chunks: 0, slots: 0 };
  garbage: Bytes = { chunks: 0, slots: 0 };
  /** The most that there is before anything is collected, where that is done before each `work`. */
  dirtiest: Bytes = { chunks: 0, slots: 0 };

  constructor(private readonly base: Bytes) {}

  weigh(work: () => void): void {
    const before = used();
    work();
    const dirty = used();
    this.dirtiest = larger(this.dirtiest, minus(dirty, this.base));
    collectGarbage();
    const clean = used();
    const dropped = minus(dirty, larger(clean, before));
    this.garbage = {
      chunks: this.garbage.chunks + dropped.chunks,
      slots: this.garbage.slots + dropped.slots,
    };
    this.most = larger(this.most, minus(clean, this.base));
  }
}
