import { behind, putU32 } from '../bytes.js';
import { HISTORY_ENTRIES_MAX } from '../limits.js';
import type { Certificate } from '../objects/certificate.js';
import { U32_MAX } from '../objects/shape.js';
import { Message } from '../protocol/message.js';
import { Refusal } from '../protocol/refusal.js';
import { historyLines } from '../wallet/history.js';
import type { PinVerdict } from '../wallet/pin.js';
import type { Wallet } from '../wallet/wallet.js';
import { refuseWith } from './payment-applet.js';

const PUK_BYTES = 8;

/** What only the owner may ask: through any certified terminal, but with the PIN. */
export class OwnerApplet {
  #proved = false;
  #triedPin = false;
  #triedPuk = false;

  constructor(private readonly wallet: Wallet) {}

  reset(): void {
    this.#proved = false;
    this.#triedPin = false;
    this.#triedPuk = false;
  }

  /** Undefined when the message is not for this applet. */
  handle(message: Uint8Array, terminal: Certificate): Uint8Array | undefined {
    const body = message.subarray(1);
    switch (message[0]) {
      case Message.verify:
        return this.#verify(body, terminal);
      case Message.unlock:
        return this.#unlock(body);
      case Message.balance:
        return this.#proved ? this.#balance() : refuseWith(Refusal.pin);
      case Message.history:
        return this.#proved ? this.#history(body) : refuseWith(Refusal.pin);
      default:
        return undefined;
    }
  }

  /**
   * One wrong PIN a session: a hostile terminal has to begin again for each, and three only lock what takes a
   * PIN.
   */
  #verify(pin: Uint8Array, terminal: Certificate): Uint8Array {
    if (this.#triedPin) return refuseWith(Refusal.order);
    const verdict = this.wallet.verifyPin(pin, terminal.id);
    this.#proved = verdict === 'right';
    this.#triedPin = verdict !== 'right';
    const tries = this.wallet.pin.triesLeft;
    return Uint8Array.of(verdict === 'right' ? 0 : refusalOf(verdict), tries);
  }

  /** One wrong PUK a session, for the same reason. */
  #unlock(body: Uint8Array): Uint8Array {
    if (body.length <= PUK_BYTES) return refuseWith(Refusal.malformed);
    if (this.#triedPuk) return refuseWith(Refusal.order);
    const verdict = this.wallet.unlockPin(body.subarray(0, PUK_BYTES), body.subarray(PUK_BYTES));
    this.#triedPuk = verdict !== 'right';
    if (verdict === 'right') return Uint8Array.of(0);
    return refuseWith(refusalOf(verdict));
  }

  /** held, on notes, received, due from the bank, in flight (4 each), lifecycle (1), PIN tries left (1). */
  #balance(): Uint8Array {
    const { ledger } = this.wallet;
    const answer = new Uint8Array(23);
    putU32(answer, 1, Math.min(ledger.held, U32_MAX));
    putU32(answer, 5, Math.min(ledger.noteIndex.total, U32_MAX));
    putU32(answer, 9, Math.min(ledger.lots.total, U32_MAX));
    putU32(answer, 13, Math.min(ledger.claims, U32_MAX));
    putU32(answer, 17, Math.min(ledger.inFlight, U32_MAX));
    answer[21] = this.wallet.lifecycle;
    answer[22] = this.wallet.pin.triesLeft;
    return answer;
  }

  /** From the `skip`th (1) entry back on: see `historyLines`. */
  #history(body: Uint8Array): Uint8Array {
    const skip = body.length === 1 ? body[0] : 0;
    const { wallet } = this;
    return behind(0, historyLines(wallet, wallet.ledger.sequence - skip, HISTORY_ENTRIES_MAX));
  }
}

function refusalOf(verdict: Exclude<PinVerdict, 'right'>): Refusal {
  if (verdict === 'full') return Refusal.full;
  if (verdict === 'unwritable') return Refusal.unwritable;
  return verdict === 'locked' ? Refusal.pinLocked : Refusal.pin;
}
