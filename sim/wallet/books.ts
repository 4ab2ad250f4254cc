/**
 * A bank without a database, for many short lives: it issues, it judges journals by the real bank's own
 * rules, and it settles.
 */

import { sameBytes } from '../../firmware/bytes.js';
import { invoiceEpoch, type JournalEntry } from '../../firmware/ledger/journal-entry.js';
import type { InFlightTransfer } from '../../firmware/ledger/ledger.js';
import type { Certificate } from '../../firmware/objects/certificate.js';
import { Note } from '../../firmware/objects/note.js';
import { Outcome } from '../../firmware/objects/receipt.js';
import { Resolution, type ResolvedTransfer } from '../../firmware/objects/settlement.js';
import type { Crypto } from '../../hal/crypto.js';
import { currencyText, hex } from '../bank/bytes.js';
import { faultOf, numberEntries, type Registry } from '../bank/sync/check-entry.js';
import { CURRENCY, TestBank } from '../world/test-bank.js';
import { Rogue } from './rogue.js';
import type { Subject } from './subject.js';

type Party = NonNullable<ReturnType<Registry['party']>> & { readonly operator: number };

interface Known {
  readonly payer: Uint8Array;
  readonly payee: Uint8Array;
  readonly invoice: Uint8Array;
}

export class Books implements Registry {
  readonly context: { readonly crypto: Crypto };
  /** Two operators under one central bank. */
  readonly banks: readonly [TestBank, TestBank];
  /** Where each device is a customer. */
  readonly #bankOf = new Map<string, TestBank>();
  readonly transfers = new Map<string, Known>();
  readonly notes = new Map<string, { device: Uint8Array }>();
  readonly #parties = new Map<string, Party>();
  /** Transfers that their payees have accepted, by their hashes. */
  readonly accepted = new Set<string>();
  /** Epochs of the devices, as far as they have settled. */
  readonly #epochs = new Map<string, number>();

  constructor(crypto: Crypto, start_s: number, seed: number) {
    this.context = { crypto };
    const terms = { endorsed_s: CERTIFIED_S, certified_s: CERTIFIED_S };
    const first = new TestBank(crypto, start_s, { seed, ...terms });
    const { rootKey } = first;
    this.banks = [first, new TestBank(crypto, start_s, { seed: seed + APART, number: 8, rootKey, ...terms })];
  }

  #register({ id, publicKey }: Pick<Certificate, 'id' | 'publicKey'>, bank: TestBank): void {
    this.#bankOf.set(hex(id), bank);
    this.#parties.set(hex(id), {
      signing_key: publicKey.slice(),
      operator: bank.number,
      currency: currencyText(CURRENCY),
      resuming: false,
    });
  }

  /** Makes a blank device a customer's, who also knows of the other operator. */
  enrol(device: Subject, bank: TestBank, options: Parameters<TestBank['enrol']>[1]): void {
    bank.enrol(device, options);
    for (const { operator } of this.banks) device.wallet.takeObject(operator.bytes);
    this.#register(device.wallet.certificate, bank);
  }

  bankOf(device: Uint8Array): TestBank {
    return this.#bankOf.get(hex(device))!;
  }

  party(id: Uint8Array): Party | undefined {
    return this.#parties.get(hex(id));
  }

  /** Someone whom the bank has certified, and who keeps to nothing. */
  rogue(category: number, bank: TestBank): Rogue {
    const rogue = new Rogue(bank, category);
    this.#register(rogue.certificate, bank);
    return rogue;
  }

  /** `issuer`: the bank whose money it is, which need not be the owner's. */
  note(owner: Uint8Array, value: number, terms: NoteTerms, issuer = this.bankOf(owner)): Note {
    const note = issuer.note(owner, value, terms);
    this.notes.set(hex(note.id), { device: owner });
    return note;
  }

  /** The same words with another id or currency: the bank's mistake, well signed. */
  spoilt(note: Note, fields: { id?: Uint8Array; currency?: Uint8Array }): Note {
    const { id, issuer, value, currency, owner, issued_s, expires_s, hopsMax, purpose, registry } = note;
    const key = this.banks.find(({ number }) => number === issuer)!.operatorKey;
    const same = { id, issuer, value, currency, owner, issued_s, expires_s, hopsMax, purpose, registry };
    return Note.build(this.context.crypto, key, { ...same, ...fields });
  }

  /**
   * Judges an entry of `device` as a sync would, and books it. Throws Error for one that the bank could not
   * use.
   */
  take(device: Uint8Array, sequence: number, bytes: Uint8Array): JournalEntry {
    const [numbered] = numberEntries((data) => this.context.crypto.sha256(data), device, sequence, [bytes]);
    const { entry, transferHash } = numbered;
    const fault = faultOf(this, device, numbered);
    // What an honest device has refused may be any nonsense of its payer's: a bank sets it aside, and goes
    // on.
    const isAside = entry?.kind === 'refused' && fault?.author && !sameBytes(fault.author, device);
    if (!entry || (fault && !isAside)) throw new Error(`entry ${sequence}: ${fault?.reason}`);
    if (fault) return entry;
    if (transferHash && 'transfer' in entry && entry.transfer) {
      const { payer, payee, invoice } = entry.transfer;
      this.transfers.set(hex(transferHash), { payer, payee, invoice });
      if (entry.kind === 'in') this.accepted.add(hex(transferHash));
    }
    if (entry.kind === 'answer' && entry.receipt.outcome === Outcome.accepted)
      this.accepted.add(hex(entry.receipt.transfer));
    if (entry.kind === 'settled') this.#epochs.set(hex(device), entry.settlement.epoch);
    return entry;
  }

  /**
   * What becomes of transfers in flight: the payee has it, or can take it no more, or has not claimed it in
   * time.
   */
  resolve(inFlightTransfers: readonly InFlightTransfer[], now_s: number): ResolvedTransfer[] {
    const resolved: ResolvedTransfer[] = [];
    for (const { sequence, transfer, hash } of inFlightTransfers) {
      const epoch = this.#epochs.get(hex(transfer.payee));
      const isOver =
        epoch === undefined ? now_s > transfer.claimBy_s : epoch > invoiceEpoch(transfer.invoice);
      if (this.accepted.has(hex(hash))) resolved.push({ sequence, resolution: Resolution.accepted });
      else if (isOver) resolved.push({ sequence, resolution: Resolution.returned });
    }
    return resolved;
  }
}

export interface NoteTerms {
  readonly expires_s: number;
  readonly hopsMax: number;
  readonly purpose: number;
}

/** Between the seeds of two banks of one life. */
const APART = 1_000_000;
const CERTIFIED_S = 20 * 365 * 86_400;
