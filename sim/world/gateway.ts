import { NOTHING } from '../../firmware/bytes.js';
import { buildEnvelope, SELECT_APPLICATION } from '../../firmware/protocol/apdu.js';
import { StatusWord } from '../../firmware/protocol/status-word.js';
import { Pn532 } from '../../hal/pn532/pn532.js';
import { DeviceClock } from '../chip/device-clock.js';
import { SimEntropy } from '../chip/entropy.js';
import { Pn532Module } from '../chip/pn532-module.js';
import type { Device } from '../device/device.js';
import type { World } from './world.js';

/** The bank's end of one sync: a message of the device in, the bank's out. */
export type SyncPeer = (message: Uint8Array) => Promise<Uint8Array>;

/** `done`: the settlement is in the wallet's journal. Anything else is safe to try again. */
export interface SyncOutcome {
  readonly outcome: 'done' | 'failed' | 'torn';
  /** Messages that the device has sent. */
  readonly messages: number;
  readonly detail: string;
}

const CONNECT_MS = 500;
const LIMIT_US = 60_000_000;
const MESSAGES_MAX = 10_000;

/**
 * A reader with a line to the bank (a phone, a counter): it carries a wallet's sync in ENVELOPE commands and
 * can read none of it.
 */
export class Gateway {
  readonly module: Pn532Module;
  readonly #pn532: Pn532;

  constructor(
    private readonly world: World,
    name = 'gateway',
  ) {
    const { clock, field, seed } = world;
    const host = new DeviceClock(clock);
    this.module = new Pn532Module({ clock, field, name, host });
    this.module.chip.leaveField();
    const entropy = new SimEntropy(seed, name);
    this.#pn532 = new Pn532({ link: this.module.link, clock: host, entropy, baud: 921_600 });
  }

  /** `tearAfter`: the card leaves the field when it has sent so many messages. */
  async sync(card: Device, bank: SyncPeer, tearAfter = MESSAGES_MAX): Promise<SyncOutcome> {
    this.world.rest(card);
    this.module.chip.enterField(this.world.field);
    card.enterField(this.world.field);
    card.listen();
    let messages = 0;
    try {
      this.#call((done) => this.#pn532.reader.connect(CONNECT_MS, (error) => done(error, NOTHING)));
      this.#exchange(SELECT_APPLICATION);
      let message: Uint8Array = NOTHING;
      for (; messages < MESSAGES_MAX; messages++) {
        message = this.#exchange(buildEnvelope(message));
        if (message.length === 0) return { outcome: 'done', messages, detail: '' };
        if (messages === tearAfter) card.module.chip.leaveField();
        message = await bank(message);
      }
      return { outcome: 'failed', messages, detail: 'no end' };
    } catch (error) {
      const failed = error instanceof StatusError;
      return { outcome: failed ? 'failed' : 'torn', messages, detail: (error as Error).message };
    } finally {
      this.#release();
      this.module.chip.leaveField();
      this.world.part(card);
    }
  }

  #exchange(command: Uint8Array): Uint8Array {
    const response = this.#call((done) => this.#pn532.reader.transceive(command, done));
    const end = response.length - 2;
    const status = (response[end] << 8) | response[end + 1];
    if (status !== StatusWord.ok) throw new StatusError(`the card answers ${status.toString(16)}`);
    return response.slice(0, end);
  }

  #release(): void {
    try {
      this.#call((done) => this.#pn532.reader.release((error) => done(error, NOTHING)));
    } catch {
      // The card is gone already.
    }
  }

  /** Plays the world until the call has ended. */
  #call(start: (done: (error: Error | undefined, bytes: Uint8Array) => void) => void): Uint8Array {
    let ended: { error: Error | undefined; bytes: Uint8Array } | undefined;
    this.world.run(() => {
      if (ended) return;
      start((error, bytes) => {
        ended = { error, bytes: bytes.slice() };
      });
    });
    this.world.run(() => this.world.clock.runUntil(() => ended !== undefined, LIMIT_US));
    if (!ended) throw new Error('the front end does not answer');
    if (ended.error) throw ended.error;
    return ended.bytes;
  }
}

class StatusError extends Error {}
