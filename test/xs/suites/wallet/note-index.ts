/** The notes held: random notes, payments, returns and settlements, against a plain list. */

import { NoteIndex } from '../../../../firmware/ledger/note-index.js';
import { TRANSFER_NOTES_MAX } from '../../../../firmware/limits.js';
import { Note } from '../../../../firmware/objects/note.js';
import type { Crypto } from '../../../../hal/crypto.js';
import { same, toHex } from '../../check.js';
import { Dice } from '../../hardware/dice.js';
import type { Case } from '../../suite.js';

const OPERATIONS = 250;
const NOW_S = 1_800_000_000;

interface Row {
  readonly id: Uint8Array;
  readonly hex: string;
  readonly place: number;
  readonly expires_s: number;
  readonly purpose: number;
  readonly hops: number;
  left: number;
  retired: boolean;
}

/** A note index, what it must hold, and what was taken and may come back. */
class Pair {
  noteIndex = new NoteIndex();
  rows: Row[] = [];
  readonly taken: { row: Row; amount: number }[] = [];

  constructor(
    private readonly unsigned: Crypto,
    private readonly dice: Dice,
  ) {}

  add(): void {
    const { dice } = this;
    const row: Row = {
      ...idOf(dice),
      place: dice.below(1_000),
      expires_s: NOW_S + dice.below(50),
      purpose: dice.of([0, 0, 5812]),
      hops: 1 + dice.below(5),
      left: 1 + dice.below(500),
      retired: false,
    };
    const note = Note.build(this.unsigned, row.id, {
      id: row.id,
      issuer: 1,
      value: row.left,
      currency: new Uint8Array(3),
      owner: new Uint8Array(8),
      issued_s: NOW_S,
      expires_s: row.expires_s,
      hopsMax: row.hops,
      purpose: row.purpose,
      registry: 0,
    });
    same(this.noteIndex.add(note, row.place), true, 'note');
    this.rows.push(row);
  }

  pay(): void {
    const { dice, noteIndex } = this;
    const purpose = dice.of([0, 5812]);
    const time_s = NOW_S - 1 + dice.below(50);
    const usable = this.rows.filter(
      (row) => row.purpose === purpose && row.expires_s > time_s && row.left > 0,
    );
    const largest = usable.map((row) => row.left).sort((a, b) => b - a);
    const most = largest.slice(0, TRANSFER_NOTES_MAX).reduce((sum, left) => sum + left, 0);
    same(noteIndex.spendable(purpose, time_s), most, 'spendable');
    same(noteIndex.choose(purpose, most + 1, time_s), undefined, 'more than there is');
    if (most === 0) return;
    const amount = dice.oneIn(4) ? most : 1 + dice.below(most);
    const pick = noteIndex.choose(purpose, amount, time_s);
    if (pick === undefined) throw new Error(`no choice for ${amount} of ${most}`);
    const rows = pick.notes.map(({ id }) => usable.find((row) => row.hex === toHex(id)) as Row);
    same(new Set(rows).size, pick.notes.length, 'different notes');
    same(pick.notes.length <= TRANSFER_NOTES_MAX, true, 'few notes');
    same(pick.hops, 0, 'hops');
    same(pick.hopsLimit, Math.min(...rows.map((row) => row.hops)), 'hop limit');
    same(pick.expires_s, Math.min(...rows.map((row) => row.expires_s)), 'expiry');
    same(
      pick.notes.reduce((sum, note) => sum + note.amount, 0),
      amount,
      'amount',
    );
    pick.notes.forEach((note, i) => {
      const row = rows[i];
      same(note.amount > 0 && note.amount <= row.left, true, 'part of a note');
      same(noteIndex.place(note.id), row.place, 'place');
      same(noteIndex.take(note.id, row.left + 1), false, 'more than is left');
      same(noteIndex.take(note.id, note.amount), true, 'take');
      row.left -= note.amount;
      this.taken.push({ row, amount: note.amount });
    });
  }

  comeBack(): void {
    const [back] = this.taken.splice(this.dice.below(this.taken.length || 1), 1);
    if (back === undefined) return;
    const { row, amount } = back;
    same(this.noteIndex.restore(row.id, amount), this.rows.includes(row) && !row.retired, 'comes back');
    if (!row.retired) row.left += amount;
  }

  retire(): void {
    const until_s = NOW_S - 1 + this.dice.below(30);
    const inUse = (hex: string) => this.taken.some(({ row }) => row.hex === hex);
    for (const row of this.rows) {
      if (row.expires_s > until_s) continue;
      row.left = 0;
      row.retired = true;
    }
    this.rows = this.rows.filter((row) => row.left > 0 || inUse(row.hex));
    same(
      this.noteIndex.countAfter(until_s, (id) => inUse(toHex(id))),
      this.rows.length,
      'count before',
    );
    this.noteIndex.retire(until_s, (id) => inUse(toHex(id)));
  }

  /** Through the pages that a snapshot writes. */
  reload(): void {
    const { noteIndex } = this;
    const loaded = new NoteIndex();
    for (let page = 0; loaded.count < noteIndex.count; page++) {
      same(loaded.load(page, noteIndex.count, noteIndex.page(page)), true, `page ${page}`);
    }
    this.noteIndex = loaded;
  }

  expectSame(): void {
    const { noteIndex, rows } = this;
    same(noteIndex.count, rows.length, 'notes');
    same(
      noteIndex.total,
      rows.reduce((sum, row) => sum + row.left, 0),
      'total',
    );
    const found: string[] = [];
    let last_s = 0;
    noteIndex.each((id, left, expires_s) => {
      same(expires_s >= last_s, true, 'order of expiry');
      last_s = expires_s;
      found.push(`${toHex(id)} ${left} ${expires_s}`);
    });
    const held = rows.filter((row) => row.left > 0);
    const expected = held.map(({ hex, left, expires_s }) => `${hex} ${left} ${expires_s}`);
    same(found.sort().join(), expected.sort().join(), 'notes with something left');
  }
}

function idOf(dice: Dice): { id: Uint8Array; hex: string } {
  const id = dice.bytes(8);
  return { id, hex: toHex(id) };
}

export const noteIndex = (crypto: Crypto, seed: number): Case[] => [
  {
    name: 'note index: random notes, payments, returns and settlements are those of a plain list, from its pages too',
    run: () => {
      // A note index looks at no signature.
      const dice = new Dice(seed, 'note index');
      const pair = new Pair({ ...crypto, ed25519Sign: () => new Uint8Array(64) }, dice);
      for (let i = 0; i < OPERATIONS; i++) {
        const roll = dice.below(20);
        if (roll < 9) pair.add();
        else if (roll < 15) pair.pay();
        else if (roll < 18) pair.comeBack();
        else if (roll === 18) pair.retire();
        else pair.reload();
        pair.expectSame();
      }
      same(pair.rows.length > 32, true, 'more than one page');
    },
  },
];
