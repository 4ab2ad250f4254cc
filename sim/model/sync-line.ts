import { NOTHING } from '../../firmware/bytes.js';
import { buildEnvelope, SELECT_APPLICATION } from '../../firmware/protocol/apdu.js';
import type { Bank } from '../bank/bank.js';
import { BankError } from '../bank/codes.js';
import { expectOk } from '../device/contacts.js';
import type { LooseDevice } from '../fuzz/loose-device.js';

/** A sync message by message: whoever holds this is the carrier, and may stop at any of them. */
export class SyncLine {
  readonly #session;
  /** On its way to the bank. */
  #message: Uint8Array;
  #delivered: Uint8Array = NOTHING;
  /** On its way to the device. */
  #answer: Uint8Array = NOTHING;

  constructor(
    private readonly device: LooseDevice,
    bank: Bank,
  ) {
    this.#session = bank.openSync();
    device.card.onActivated();
    expectOk(device.exchange(SELECT_APPLICATION));
    this.#message = expectOk(device.exchange(buildEnvelope(NOTHING)));
  }

  /** The device's message reaches the bank. */
  async toBank(): Promise<void> {
    this.#delivered = this.#message;
    this.#answer = await this.#session.step(this.#message);
  }

  /** The bank's answer reaches the device, which says something new, or nothing at the end. */
  toDevice(): void {
    this.#message = expectOk(this.device.exchange(buildEnvelope(this.#answer)));
  }

  /** Both ways, so many times. */
  async carry(times: number): Promise<void> {
    for (let i = 0; i < times; i++) {
      await this.toBank();
      this.toDevice();
    }
  }

  /** The answer that is on its way reaches the device, and so on until the settlement is in its journal. */
  async apply(): Promise<void> {
    const { ledger } = this.device.wallet;
    const before = ledger.epoch;
    for (this.toDevice(); ledger.epoch === before; this.toDevice()) {
      if (this.#message.length === 0) throw new Error('the device does not take the settlement');
      await this.toBank();
    }
  }

  /** The last message reaches the bank a second time, which must not be of any consequence. */
  async repeat(): Promise<void> {
    try {
      await this.#session.step(this.#delivered);
    } catch (error) {
      if (error instanceof BankError) return;
      throw error;
    }
    throw new Error('the bank takes a message twice');
  }

  close(): void {
    this.#session.close();
    this.device.card.onDeactivated();
    this.device.wallet.idle();
  }
}
