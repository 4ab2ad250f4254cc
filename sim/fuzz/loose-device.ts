import { Card } from '../../firmware/card/card.js';
import { buildEnvelope, SELECT_APPLICATION } from '../../firmware/protocol/apdu.js';
import { StatusWord } from '../../firmware/protocol/status-word.js';
import { Terminal } from '../../firmware/terminal/terminal.js';
import { Wallet } from '../../firmware/wallet/wallet.js';
import type { Alarm, Clock } from '../../hal/clock.js';
import { crc32 } from '../../hal/crc32.js';
import { hostCrypto } from '../../hal/crypto/host.js';
import { NfcError, type NfcReader } from '../../hal/nfc.js';
import { SimEntropy } from '../chip/entropy.js';
import { NorFlash } from '../chip/nor-flash.js';
import { exchange, expectOk } from '../device/contacts.js';

/** Seconds that the whole world has in common; a device counts those since its power came. */
export interface WorldClock {
  now_s: number;
}

/** Whether a command, or its answer, does not come through: from then on the card is out of reach. */
export type Tear = (what: 'command' | 'answer') => boolean;

/** After so many exchanges; the card still hears the command of the next when it has `answered` it. */
export function tearAfter(exchanges: number, answered: boolean): Tear {
  let left = exchanges;
  return (what) => {
    if (what === 'answer') return left < 0;
    left--;
    return left < 0 && !answered;
  };
}

class LooseClock implements Clock {
  readonly #from_s: number;

  constructor(private readonly world: WorldClock) {
    this.#from_s = world.now_s;
  }

  ticks_ms(): number {
    return ((this.world.now_s - this.#from_s) * 1_000) % 0x7fffffff;
  }

  ticks_us(): number {
    return (this.ticks_ms() * 1_000) % 0x7fffffff;
  }

  uptime_s(): number {
    return this.world.now_s - this.#from_s;
  }

  schedule(_delay_ms: number, _callback: () => void): Alarm {
    return { cancel: () => {} };
  }
}

const SECTORS = 96;

/**
 * Firmware and flash with nothing between them and the next device: APDUs go straight across, without chips,
 * field or time.
 */
export class LooseDevice {
  nor = new NorFlash({ sectorCount: SECTORS, programUnitBytes: 4 });
  wallet!: Wallet;
  card!: Card;

  constructor(
    readonly name: string,
    private readonly world: WorldClock,
    private readonly entropy: SimEntropy,
  ) {
    this.boot();
  }

  /** Power goes and comes back. */
  boot(): void {
    this.wallet = Wallet.open({
      flash: this.nor,
      clock: new LooseClock(this.world),
      entropy: this.entropy,
      crypto: hostCrypto,
      crc32,
      presence: { show: () => {} },
    });
    this.wallet.idle();
    this.card = new Card(this.wallet);
  }

  /** A second device with the same flash. */
  copy(name: string, seed: number): LooseDevice {
    const twin = new LooseDevice(name, this.world, new SimEntropy(seed, name));
    twin.nor.importImage(this.nor.exportImage());
    twin.boot();
    return twin;
  }

  exchange(command: Uint8Array): Uint8Array {
    return exchange(this.card, command);
  }

  /**
   * A terminal that reaches `card` directly, until it is torn away.
   */
  terminalFor(card: LooseDevice, isTorn: Tear = () => false): Terminal {
    let isGone = false;
    const removed = () => new NfcError('removed', 'out of reach');
    const reader: NfcReader = {
      connect: (_timeout_ms, done) => {
        card.card.onActivated();
        done(undefined);
      },
      transceive: (command, done) => {
        isGone ||= isTorn('command');
        const response = isGone ? undefined : card.exchange(command);
        isGone ||= isTorn('answer');
        if (response && !isGone) done(undefined, response);
        else done(removed(), new Uint8Array(0));
      },
      release: (done) => {
        card.card.onDeactivated();
        done(undefined);
      },
    };
    return new Terminal(this.wallet, reader);
  }

  /**
   * One sync, carried by ENVELOPE commands. `bank` takes a message and answers; it may throw to tear the
   * line. True when the settlement is in the journal and the bank has heard so. `carries_bytes`: see
   * `buildEnvelope`.
   */
  async sync(bank: (message: Uint8Array) => Promise<Uint8Array>, carries_bytes = 0): Promise<boolean> {
    this.card.onActivated();
    try {
      expectOk(this.exchange(SELECT_APPLICATION));
      let message: Uint8Array = new Uint8Array(0);
      for (;;) {
        const ours = this.exchange(buildEnvelope(message, carries_bytes));
        const status = (ours[ours.length - 2] << 8) | ours[ours.length - 1];
        if (status !== StatusWord.ok) return false;
        if (ours.length === 2) return true;
        message = await bank(ours.slice(0, -2));
      }
    } finally {
      this.card.onDeactivated();
      this.wallet.idle();
    }
  }
}
