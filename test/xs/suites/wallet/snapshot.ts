/**
 * The ledger from a snapshot and the entries since: the same, and it goes on the same, as the ledger that was
 * never restored.
 */

import { concat } from '../../../../firmware/bytes.js';
import { parseEntry } from '../../../../firmware/ledger/journal-entry.js';
import { Ledger } from '../../../../firmware/ledger/ledger.js';
import { restore, snapshot } from '../../../../firmware/ledger/snapshot.js';
import { IN_FLIGHT_MAX } from '../../../../firmware/limits.js';
import { Note } from '../../../../firmware/objects/note.js';
import { Outcome, Receipt } from '../../../../firmware/objects/receipt.js';
import { Settlement, Standing } from '../../../../firmware/objects/settlement.js';
import { Transfer, type TransferFields } from '../../../../firmware/objects/transfer.js';
import type { Crypto } from '../../../../hal/crypto.js';
import { same, toHex } from '../../check.js';
import { Dice } from '../../hardware/dice.js';
import type { Case } from '../../suite.js';

const ENTRIES = 260;
const NOW_S = 1_800_000_000;
const DAY_S = 86_400;
const DEVICE = new Uint8Array(8).fill(0xd0);

/** One life of a ledger; and of its twin, which was restored from a snapshot on the way. */
class Life {
  readonly ledger: Ledger;
  twin: Ledger;
  readonly #saved = new Map<number, Uint8Array>();
  readonly #entries = new Map<number, Uint8Array>();
  readonly #strangers: readonly Uint8Array[];
  restored = 0;

  constructor(
    private readonly crypto: Crypto,
    private readonly dice: Dice,
  ) {
    this.ledger = new Ledger(crypto);
    this.twin = new Ledger(crypto);
    this.#strangers = Array.from({ length: 90 }, () => dice.bytes(8));
    this.settle(40);
  }

  /** The flights that it resolves come back or are gone; `notes` come with it. */
  settle(notes: number): void {
    const { dice, ledger } = this;
    for (let i = 0; i < notes; i++) this.#stage(100 * (i + 1) + ledger.epoch * 10_000);
    const resolved = ledger.inFlightTransfers
      .filter(() => dice.oneIn(2))
      .map(({ sequence }) => ({ sequence, resolution: 1 + dice.below(2) }));
    const settlement = Settlement.build(this.crypto, DEVICE, {
      device: DEVICE,
      issuer: 1,
      sequence: ledger.sequence,
      head: ledger.head,
      time_s: NOW_S + ledger.sequence,
      epoch: ledger.epoch + 1,
      standing: dice.of([Standing.good, Standing.suspended]),
      retireUntil_s: NOW_S + dice.below(20 * DAY_S),
      notes,
      notesHash: new Uint8Array(32),
      resolved,
    });
    this.#enter(settlement.bytes);
  }

  #stage(number: number): void {
    const { dice } = this;
    const note = Note.build(this.crypto, DEVICE, {
      id: concat(new Uint8Array(4), dice.bytes(4)),
      issuer: 1,
      value: 1 + dice.below(1_000),
      currency: new Uint8Array(3),
      owner: DEVICE,
      issued_s: NOW_S,
      expires_s: NOW_S + dice.below(60 * DAY_S),
      hopsMax: 1 + dice.below(5),
      purpose: dice.of([0, 0, 5812]),
      registry: 0,
    });
    for (const each of [this.ledger, this.twin]) each.stage(note, number % 1_000);
  }

  pay(): void {
    const { dice, ledger } = this;
    if (ledger.inFlightTransfers.length === IN_FLIGHT_MAX) return;
    const time_s = NOW_S + dice.below(3 * DAY_S);
    const purpose = dice.of([0, 0, 5812]);
    const amount = 1 + dice.below(400);
    const notes = ledger.noteIndex.choose(purpose, amount, time_s);
    const sum = notes ? undefined : ledger.lots.peek(purpose, amount, time_s);
    if (notes)
      this.#enter(this.#transfer({ purpose, created_s: time_s, terms: notes, notes: notes.notes }).bytes);
    else if (sum)
      this.#enter(this.#transfer({ purpose, created_s: time_s, terms: sum, received: amount }).bytes);
  }

  receive(): void {
    const { dice } = this;
    const hops = dice.below(3);
    const terms = { hops, hopsLimit: hops + 1 + dice.below(2), expires_s: NOW_S + dice.below(9) * DAY_S };
    const notes = hops === 0 ? [{ id: dice.bytes(8), amount: 1 + dice.below(500) }] : [];
    const received = hops === 0 ? 0 : 1 + dice.below(500);
    if (!this.ledger.lots.fits(0, 1_000, { ...terms, hops: hops + 1 })) return;
    const payer = dice.of(this.#strangers);
    const transfer = this.#transfer({ payer, payee: DEVICE, terms, notes, received });
    const outcome = dice.oneIn(6) ? Outcome.void : Outcome.accepted;
    this.#enter(concat(this.#receiptFor(transfer, outcome).bytes, transfer.bytes));
  }

  answer(): void {
    const { inFlightTransfers } = this.ledger;
    if (inFlightTransfers.length === 0) return;
    const { transfer } = this.dice.of(inFlightTransfers);
    this.#enter(this.#receiptFor(transfer, this.dice.below(2)).bytes);
  }

  /** As a wallet takes one, and as its next boot finds it. */
  save(): void {
    const floor = this.dice.oneIn(2) ? this.ledger.settledAt : 0;
    for (const { key, payload } of snapshot(this.ledger, floor))
      if (payload) this.#saved.set(key, payload.slice());
    this.ledger.noteIndex.saved();
    this.ledger.counterparties.saved();
    this.twin = new Ledger(this.crypto);
    restore(this.twin, {
      read: (key) => this.#saved.get(key),
      entry: (sequence) => (sequence < floor ? undefined : this.#entries.get(sequence)),
    });
    this.restored++;
  }

  expectSame(when: string): void {
    same(textOf(this.twin), textOf(this.ledger), `ledger ${when}`);
  }

  #transfer(fields: Partial<TransferFields>): Transfer {
    const { dice, ledger } = this;
    return Transfer.build(this.crypto, DEVICE, {
      payer: DEVICE,
      payee: dice.of(this.#strangers),
      invoice: dice.bytes(8),
      currency: new Uint8Array(3),
      purpose: 0,
      sequence: ledger.sequence + 1,
      previous: ledger.head,
      created_s: NOW_S,
      claimBy_s: NOW_S,
      received: 0,
      terms: { hops: 0, hopsLimit: 1, expires_s: 0 },
      notes: [],
      ...fields,
    });
  }

  #receiptFor({ payee, payer, invoice, bytes }: Transfer, outcome: number): Receipt {
    return Receipt.build(this.crypto, DEVICE, {
      payee,
      payer,
      invoice,
      transfer: this.crypto.sha256(bytes),
      outcome,
      sequence: this.ledger.sequence + 1,
      created_s: NOW_S,
    });
  }

  #enter(bytes: Uint8Array): void {
    const confirmed = this.dice.oneIn(3);
    const own_s = NOW_S + this.dice.below(3) * DAY_S;
    this.#entries.set(this.ledger.sequence + 1, bytes);
    for (const each of [this.ledger, this.twin]) {
      const entry = parseEntry(DEVICE, bytes);
      each.apply(each.read({ bytes, entry, confirmed, own_s }));
    }
  }
}

/** All that a ledger says of itself. */
function textOf(ledger: Ledger): string {
  const { noteIndex, lots, counterparties, inFlightTransfers } = ledger;
  const notes: string[] = [];
  noteIndex.each((id, left, expires_s) =>
    notes.push(`${toHex(id)} ${left} ${expires_s} ${noteIndex.place(id)}`),
  );
  const pages: string[] = [];
  for (let page = 0; page * 64 < counterparties.used; page++) pages.push(toHex(counterparties.page(page)));
  return [
    toHex(ledger.head),
    ...[ledger.sequence, ledger.epoch, ledger.settledAt, ledger.lastSync_s, ledger.claims, ledger.payments],
    ...[ledger.voids, ledger.day, ledger.paidThatDay, ledger.unconfirmed, ledger.suspended, ledger.held],
    ledger.receivedFrom_s,
    ...[
      noteIndex.count,
      noteIndex.total,
      noteIndex.spendable(0, NOW_S),
      noteIndex.spendable(5812, NOW_S),
      notes.join(),
    ],
    lots.lots.map((lot) => Object.values(lot).join(' ')).join(),
    inFlightTransfers.map(({ sequence, hash }) => `${sequence} ${toHex(hash)}`).join(),
    pages.join(),
  ].join('\n');
}

export const snapshots = (crypto: Crypto, seed: number): Case[] => [
  {
    name: 'snapshot: a ledger restored from one is the same ledger, and stays it',
    run: () => {
      const dice = new Dice(seed, 'snapshot');
      // A ledger looks at no signature.
      const life = new Life({ ...crypto, ed25519Sign: () => new Uint8Array(64) }, dice);
      for (let i = 0; i < ENTRIES; i++) {
        const roll = dice.below(40);
        if (roll < 16) life.pay();
        else if (roll < 28) life.receive();
        else if (roll < 37) life.answer();
        else if (roll === 37) life.settle(dice.below(8));
        else life.save();
        if (roll > 36 || i % 8 === 0) life.expectSame(`after step ${i}`);
      }
      same(life.restored > 8, true, 'snapshots');
      same(life.ledger.epoch > 3, true, 'settlements');
    },
  },
];
