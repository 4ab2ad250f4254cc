import { putU32 } from '../../../firmware/bytes.js';
import { INVOICE_VALIDITY_S } from '../../../firmware/limits.js';
import { Invoice } from '../../../firmware/objects/invoice.js';
import type { Note } from '../../../firmware/objects/note.js';
import { Outcome, Receipt } from '../../../firmware/objects/receipt.js';
import { Transfer } from '../../../firmware/objects/transfer.js';
import { newInvoice } from '../../../firmware/payment/invoice-id.js';
import { checkBeforehand, Payee } from '../../../firmware/payment/payee.js';
import { Payer } from '../../../firmware/payment/payer.js';
import type { Refusal } from '../../../firmware/protocol/refusal.js';
import { type GenuineCertificate, isRefusal } from '../../../firmware/trust/trust.js';
import { Wallet } from '../../../firmware/wallet/wallet.js';
import { crc32 } from '../../../hal/crc32.js';
import type { Flash } from '../../../hal/flash.js';
import { SimEntropy } from '../../../sim/chip/entropy.js';
import { NorFlash } from '../../../sim/chip/nor-flash.js';
import { CURRENCY } from '../../../sim/world/test-bank.js';
import { LifelongBank, paperCrypto, START_S } from './bank.js';

/** Far ahead, so that notes with it are spent last. */
const LATE_S = START_S + 50 * 365 * 86_400;
/** Of the notes that payments are made from. */
const SOON_S = START_S + 40 * 365 * 86_400;
const PRICE = 250;

/** What the flash did. */
export interface FlashCost {
  readonly reads: number;
  readonly readBytes: number;
  readonly programs: number;
  readonly programBytes: number;
  readonly erases: number;
  readonly busy_us: number;
}

export const costSince = (nor: NorFlash, before: FlashCost): FlashCost => difference(costOf(nor), before);

export function difference(after: FlashCost, before: FlashCost): FlashCost {
  const names = Object.keys(after) as (keyof FlashCost)[];
  return Object.fromEntries(names.map((name) => [name, after[name] - before[name]])) as unknown as FlashCost;
}

export const costOf = (nor: NorFlash): FlashCost => ({ ...nor.counters, busy_us: nor.busy_us });

export interface LabOptions {
  readonly seed: number;
  readonly unit?: number;
  readonly sectors?: number;
}

export const MEGABYTE_SECTORS = 256;

/**
 * A wallet in whose flash the real firmware writes, one touch after another, without the wire between: the
 * machines of payer and payee decide and commit as in a touch, and housekeeping comes behind each.
 */
export class Lab {
  readonly nor: NorFlash;
  readonly bank: LifelongBank;
  wallet: Wallet;
  /** Seconds since the beginning. */
  passed_s = 0;
  /** Erases while a touch went on. None may be. */
  erasesInTouch = 0;
  /** Bytes of journal entries committed. */
  entryBytes = 0;
  payments = 0;
  /** Whether housekeeping runs behind each touch. */
  tidies = true;
  readonly #entropy: SimEntropy;

  constructor({ seed, unit = 4, sectors = MEGABYTE_SECTORS }: LabOptions) {
    this.nor = new NorFlash({ sectorCount: sectors, programUnitBytes: unit });
    this.bank = new LifelongBank(seed);
    this.#entropy = new SimEntropy(seed, 'lab');
    this.wallet = this.boot(this.nor);
    this.wallet.makeKeys(CURRENCY);
    const refusal = this.wallet.personalise(this.bank.personalisationFor(this.wallet));
    if (refusal !== undefined) throw new Error(`personalisation refused: ${refusal}`);
    this.sync();
  }

  /** A clock counts whole seconds. */
  get uptime_s(): number {
    return Math.floor(this.passed_s);
  }
  get now_s(): number {
    return START_S + this.uptime_s;
  }

  /** The wallet that boots from this flash. */
  boot(flash: Flash): Wallet {
    return Wallet.open({
      flash,
      clock: {
        ticks_ms: () => 0,
        ticks_us: () => 0,
        schedule: () => ({ cancel: () => {} }),
        uptime_s: () => this.uptime_s,
      },
      entropy: this.#entropy,
      crypto: paperCrypto,
      crc32,
      presence: { show: () => {} },
    });
  }

  /** A flash like this one, down to the last cell. */
  copy(): NorFlash {
    const { sectorCount, programUnitBytes } = this.nor;
    const copy = new NorFlash({ sectorCount, programUnitBytes });
    copy.copyFrom(this.nor);
    return copy;
  }

  /** So many notes that payments leave alone, and money for so many payments. */
  hold(notes: number, payments = 0): void {
    const { id } = this.wallet.certificate;
    const fresh = Array.from({ length: notes }, () => this.bank.note(id, PRICE, { expires_s: LATE_S }));
    if (payments > 0) fresh.push(this.bank.note(id, payments * PRICE, { expires_s: SOON_S }));
    this.sync(fresh);
  }

  /**
   * Takes a payment from somebody new, made from one note. The refusal comes before the payer commits
   * anything.
   */
  receive(): Refusal | undefined {
    const { wallet, bank } = this;
    const { certificate, key } = this.#meet();
    const time_s = wallet.own_s;
    const why = checkBeforehand(wallet, certificate, PRICE, time_s);
    if (why !== undefined) return why;
    const note = bank.note(certificate.id, PRICE, { expires_s: SOON_S });
    const invoice = newInvoice(wallet, PRICE, time_s);
    const transfer = Transfer.build(bank.crypto, key, {
      payer: certificate.id,
      payee: wallet.certificate.id,
      invoice: invoice.id,
      currency: CURRENCY,
      purpose: 0,
      sequence: 1,
      previous: bank.random(32),
      created_s: time_s,
      claimBy_s: invoice.created_s + invoice.validity_s + 86_400,
      received: 0,
      terms: { hops: 0, hopsLimit: 5, expires_s: SOON_S },
      notes: [{ id: note.id, amount: PRICE }],
    });
    this.#touch(() => {
      const payee = new Payee(wallet);
      payee.admit(certificate, [note], time_s);
      const answer = payee.take(transfer, invoice, time_s);
      if (typeof answer === 'number' || answer.why !== undefined)
        throw new Error('a payment came to nothing');
      wallet.trust.remember(certificate);
    });
    return undefined;
  }

  /** Pays somebody new and gets the receipt. */
  pay(): Refusal | undefined {
    const { wallet, bank } = this;
    const { certificate, key } = this.#meet();
    const time_s = wallet.own_s;
    const id = bank.random(8);
    putU32(id, 0, 1);
    const invoice = Invoice.build({
      payee: certificate.id,
      id,
      amount: PRICE,
      currency: CURRENCY,
      category: 0,
      created_s: time_s,
      validity_s: INVOICE_VALIDITY_S,
    });
    const payer = new Payer(wallet);
    const notes = payer.agree(certificate, invoice);
    if (typeof notes === 'number') return notes;
    let why: Refusal | undefined;
    this.#touch(() => {
      const transfer = payer.pay();
      if (typeof transfer === 'number') {
        why = transfer;
        return;
      }
      const receipt = Receipt.build(bank.crypto, key, {
        payee: certificate.id,
        payer: wallet.certificate.id,
        invoice: id,
        transfer: transfer.hash(bank.crypto),
        outcome: Outcome.accepted,
        sequence: 1,
        created_s: time_s,
      });
      payer.book(certificate, receipt);
      if (wallet.ledger.inFlightTransfers.length > 0) throw new Error('a receipt was not booked');
      wallet.trust.remember(certificate);
    });
    return why;
  }

  /** Somebody new. */
  #meet(): { certificate: GenuineCertificate; key: Uint8Array } {
    const { key, certificate } = this.bank.stranger();
    const admitted = this.wallet.trust.admit(certificate, this.wallet.own_s);
    if (isRefusal(admitted)) throw new Error('a stranger is not believed');
    return { key, certificate: admitted };
  }

  #touch(play: () => void): void {
    const { counters } = this.nor;
    const { erases } = counters;
    const { sequence } = this.wallet.ledger;
    play();
    this.erasesInTouch += counters.erases - erases;
    for (let at = sequence + 1; at <= this.wallet.ledger.sequence; at++) {
      this.entryBytes += this.wallet.entry(at)?.length ?? 0;
    }
    if (this.wallet.ledger.sequence > sequence) this.payments++;
    if (this.tidies) this.wallet.tidy();
  }

  /** Settles; what was received comes back as one note. */
  sync(fresh: readonly Note[] = []): void {
    const { wallet, bank } = this;
    const { id } = wallet.certificate;
    const held = wallet.ledger.held;
    const received = wallet.ledger.lots.total;
    const notes = [...fresh];
    if (received > 0) notes.push(bank.note(id, received, { expires_s: SOON_S }));
    wallet.tidy();
    wallet.clearStage();
    for (const note of notes) {
      if (wallet.takeNote(note.bytes) !== undefined) throw new Error('the wallet refuses a note');
      wallet.tidy();
    }
    wallet.setTime(this.now_s);
    const settlement = bank.settlement(wallet, notes, { time_s: this.now_s });
    wallet.commit({ kind: 'settled', settlement }, false);
    this.entryBytes += settlement.bytes.length;
    wallet.tidy();
    const brought = notes.reduce((sum, note) => sum + note.value, 0) - received;
    if (wallet.ledger.held !== held + brought) throw new Error('money has gone in a sync');
  }
}
