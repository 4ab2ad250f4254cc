import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NoteIndex } from '../../../firmware/ledger/note-index.js';
import { NOTES_MAX, TRANSFER_NOTES_MAX } from '../../../firmware/limits.js';
import { Note } from '../../../firmware/objects/note.js';
import { opensslCrypto as crypto } from '../../../hal/crypto/openssl.js';

const KEY = crypto.ed25519KeyFromSeed(new Uint8Array(32));

interface Held {
  readonly id: Uint8Array;
  readonly expires_s: number;
  readonly purpose: number;
  readonly hops: number;
  readonly place: number;
  value: number;
  left: number;
  retired: boolean;
}

type Spec = Pick<Held, 'value' | 'expires_s' | 'purpose' | 'hops'>;

function noteOf(number: number, { value, expires_s, purpose, hops }: Spec): Note {
  const id = new Uint8Array(8);
  new DataView(id.buffer).setUint32(4, number);
  return Note.build(crypto, KEY, {
    id,
    issuer: 1,
    value,
    currency: new Uint8Array(3),
    owner: new Uint8Array(8),
    issued_s: 0,
    expires_s,
    hopsMax: hops,
    purpose,
    registry: 0,
  });
}

/** A note index, and beside it a plain list that is searched from end to end for everything. */
class Both {
  readonly noteIndex = new NoteIndex();
  held: Held[] = [];
  #made = 0;

  add(spec: Spec): void {
    const number = ++this.#made;
    const note = noteOf(number, spec);
    expect(this.noteIndex.add(note, number)).toBe(true);
    const { id } = note;
    this.held.push({ ...spec, id, place: number, left: spec.value, retired: false });
  }

  /** Notes that may be used, as they expire; of the same instant, as they came. */
  usable(purpose: number, time_s: number): Held[] {
    return this.held
      .filter((note) => note.left > 0 && note.purpose === purpose && note.expires_s > time_s)
      .sort((a, b) => a.expires_s - b.expires_s);
  }

  spendable(purpose: number, time_s: number): number {
    const largest = this.usable(purpose, time_s)
      .map((note) => note.left)
      .sort((a, b) => b - a);
    return largest.slice(0, TRANSFER_NOTES_MAX).reduce((sum, left) => sum + left, 0);
  }

  checkChoice(purpose: number, amount: number, time_s: number): void {
    const choice = this.noteIndex.choose(purpose, amount, time_s);
    const usable = this.usable(purpose, time_s);
    if (!choice) return expect(this.spendable(purpose, time_s)).toBeLessThan(amount);
    const used = choice.notes.map((input) => usable.find((note) => same(note.id, input.id))!);
    expect(choice.notes.length).toBeLessThanOrEqual(TRANSFER_NOTES_MAX);
    expect(used.every((note) => note !== undefined)).toBe(true);
    expect(new Set(used).size).toBe(used.length);
    choice.notes.forEach((input, i) => {
      expect(input.amount).toBeGreaterThan(0);
      expect(input.amount).toBeLessThanOrEqual(used[i].left);
    });
    expect(choice.notes.reduce((sum, input) => sum + input.amount, 0)).toBe(amount);
    expect(choice.hops).toBe(0);
    expect(choice.hopsLimit).toBe(Math.min(...used.map((note) => note.hops)));
    expect(choice.expires_s).toBe(Math.min(...used.map((note) => note.expires_s)));
    this.#checkSoonestFirst(usable, used, amount);
  }

  #checkSoonestFirst(usable: readonly Held[], used: readonly Held[], amount: number): void {
    const soonest: Held[] = [];
    let sum = 0;
    for (const note of usable.slice(0, TRANSFER_NOTES_MAX)) {
      if (sum >= amount) break;
      soonest.push(note);
      sum += note.left;
    }
    if (sum >= amount) expect(used).toEqual(soonest);
  }

  take(at: number, share: number): void {
    const note = this.held[at];
    const amount = Math.max(1, Math.floor(note.left * share));
    const enough = note.left >= amount;
    expect(this.noteIndex.take(note.id, amount)).toBe(enough);
    expect(this.noteIndex.take(note.id, note.value + 1)).toBe(false);
    if (enough) note.left -= amount;
  }

  restore(at: number): void {
    const note = this.held[at];
    const amount = note.value - note.left;
    if (amount === 0) return;
    expect(this.noteIndex.restore(note.id, amount)).toBe(!note.retired);
    if (!note.retired) note.left += amount;
  }

  retire(until_s: number, inUse: number): void {
    const needed = this.held.filter((_, i) => i % 3 === inUse);
    this.noteIndex.retire(until_s, (id) => needed.some((note) => same(note.id, id)));
    for (const note of this.held) {
      if (note.expires_s > until_s) continue;
      note.left = 0;
      note.retired = true;
    }
    for (const note of this.held) {
      const kept = note.left > 0 || needed.includes(note);
      expect(this.noteIndex.place(note.id)).toBe(kept ? note.place : undefined);
    }
    this.held = this.held.filter((note) => note.left > 0 || needed.includes(note));
  }

  check(): void {
    expect(this.noteIndex.count).toBe(this.held.length);
    expect(this.noteIndex.total).toBe(this.held.reduce((sum, note) => sum + note.left, 0));
    const seen: string[] = [];
    this.noteIndex.each((id, left, expires_s) => void seen.push(`${id.join()} ${left} ${expires_s}`));
    const ours = this.held
      .filter((note) => note.left > 0)
      .map((note) => `${note.id.join()} ${note.left} ${note.expires_s}`);
    expect(seen.sort()).toEqual(ours.sort());
  }
}

const same = (a: Uint8Array, b: Uint8Array): boolean => a.join() === b.join();

const spec = fc.record({
  value: fc.integer({ min: 1, max: 200 }),
  expires_s: fc.integer({ min: 1, max: 8 }),
  purpose: fc.constantFrom(0, 0, 0, 5812),
  hops: fc.integer({ min: 1, max: 15 }),
});
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('add' as const), spec }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('take' as const),
      at: fc.nat(),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restore' as const), at: fc.nat() }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('retire' as const), until_s: fc.nat(8), inUse: fc.nat(2) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('choose' as const),
      purpose: fc.constantFrom(0, 5812),
      amount: fc.integer({ min: 1, max: 600 }),
      time_s: fc.nat(8),
    }),
  },
);

describe('the note index', () => {
  test('does what a plain list of notes does', () => {
    fc.assert(
      fc.property(
        fc.array(spec, { minLength: 4, maxLength: 12 }),
        fc.array(step, { maxLength: 30 }),
        (first, history) => {
          const both = new Both();
          for (const note of first) both.add(note);
          for (const next of history) {
            if (next.do === 'add') both.add(next.spec);
            else if (next.do === 'choose') {
              both.checkChoice(next.purpose, next.amount, next.time_s);
              expect(both.noteIndex.spendable(next.purpose, next.time_s)).toBe(
                both.spendable(next.purpose, next.time_s),
              );
            } else if (next.do === 'retire') both.retire(next.until_s, next.inUse);
            else if (both.held.length > 0) {
              const at = next.at % both.held.length;
              if (next.do === 'take') both.take(at, next.share);
              else both.restore(at);
            }
            both.check();
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  test('covers exactly what its four largest notes can, and not one fen more', () => {
    fc.assert(
      fc.property(fc.array(spec, { minLength: 1, maxLength: 12 }), fc.nat(4), (notes, time_s) => {
        const both = new Both();
        for (const note of notes) both.add(note);
        const most = both.spendable(0, time_s);
        if (most > 0) expect(both.noteIndex.choose(0, most, time_s)).toBeDefined();
        expect(both.noteIndex.choose(0, most + 1, time_s)).toBeUndefined();
        both.checkChoice(0, most + 1, time_s);
        if (most > 0) both.checkChoice(0, most, time_s);
      }),
      { numRuns: 200 },
    );
  });

  test('holds a thousand notes, finds each, spends each to the end, and takes no more than it can hold', () => {
    const both = new Both();
    const seeded = fc.sample(spec, { numRuns: NOTES_MAX, seed: 5 });
    for (const note of seeded) both.add({ ...note, value: note.value + 4 });
    both.check();
    expect(both.noteIndex.add(noteOf(99_999, seeded[0]), 1)).toBe(false);
    both.check();
    for (const note of both.held) {
      expect(both.noteIndex.place(note.id)).toBe(note.place);
      expect(both.noteIndex.take(note.id, note.left)).toBe(true);
      expect(both.noteIndex.take(note.id, 1)).toBe(false);
      note.left = 0;
    }
    both.check();
    expect(both.noteIndex.choose(0, 1, 0)).toBeUndefined();
    for (const note of both.held.slice(0, 40)) {
      expect(both.noteIndex.restore(note.id, 3)).toBe(true);
      note.left = 3;
    }
    both.check();
    both.checkChoice(0, 9, 0);
    both.retire(0, 1);
    both.check();
  });

  test('knows nothing of a note that it does not hold', () => {
    const noteIndex = new NoteIndex();
    expect(noteIndex.take(new Uint8Array(8), 1)).toBe(false);
    expect(noteIndex.restore(new Uint8Array(8), 1)).toBe(false);
    expect(noteIndex.place(new Uint8Array(8))).toBeUndefined();
  });
});
