/**
 * A device under the fuzzer: wallet, card, mode, user interface and buttons as on the chip; only the air and
 * the bank are elsewhere.
 */

import { Mode } from '../../firmware/app/mode.js';
import { Card } from '../../firmware/card/card.js';
import { Terminal } from '../../firmware/terminal/terminal.js';
import { LampInterface } from '../../firmware/ui/lamp-interface.js';
import { ScreenInterface } from '../../firmware/ui/screen-interface.js';
import type { UserInterface } from '../../firmware/ui/user-interface.js';
import { Wallet } from '../../firmware/wallet/wallet.js';
import type { Clock } from '../../hal/clock.js';
import { crc32 } from '../../hal/crc32.js';
import type { Crypto } from '../../hal/crypto.js';
import { NfcError, type NfcReader } from '../../hal/nfc.js';
import type { Prompt } from '../../hal/presence.js';
import { plainQr } from '../account/qr.js';
import { DeviceClock } from '../chip/device-clock.js';
import { SimEntropy } from '../chip/entropy.js';
import { mortalFlash } from '../chip/mortal-flash.js';
import { NorFlash } from '../chip/nor-flash.js';
import { survives } from '../chip/power-cut.js';
import type { VirtualClock } from '../chip/virtual-clock.js';
import { exchange } from '../device/contacts.js';
import { OwnerModel } from './owner-model.js';
import { PIN } from './people.js';

const SECTORS = 24;
const AMPLE_MS = 0x3fffffff;
/** How the hint begins while a number is entered. */
const ENTRY = 'A digit';
const DARK = { show() {}, off() {}, set() {} };
/** A reader that finds nobody: what an owner asks for by the buttons comes to nothing here. */
const NOBODY: NfcReader = {
  connect: (_timeout_ms, done) => done(new NfcError('timeout', 'nobody is there')),
  transceive: (_command, done) => done(new NfcError('removed', 'nobody is there'), new Uint8Array(0)),
  release: (done) => done(undefined),
};

/** One press, and how long its owner waits before it. */
export interface Stroke {
  readonly button: number;
  readonly isLong: boolean;
  readonly wait_ms: number;
}

export class Subject {
  readonly clock: DeviceClock;
  readonly flash = new NorFlash({ sectorCount: SECTORS });
  readonly model: OwnerModel;
  readonly #entropy: SimEntropy;
  readonly #screen = {
    show: (lines: readonly string[]) => {
      this.isEntering = lines[2].startsWith(ENTRY);
    },
    drawModules: () => {
      this.isEntering = false;
    },
    off() {},
  };
  /** What the screen says: a number is entered. */
  isEntering = false;
  /** Power has failed in a flash operation. Whatever its code does after that, the device does not. */
  isDead = false;
  /** Entries that the bank has judged. */
  judged = 0;
  wallet!: Wallet;
  card!: Card;
  ui!: UserInterface;
  /** The payment that its owner is asked about. */
  shown: Prompt | undefined;
  /** Presses that its owner is in the middle of. */
  readonly plan: Stroke[] = [];

  constructor(
    readonly name: string,
    private readonly crypto: Crypto,
    world: VirtualClock,
    seed: number,
    readonly hasScreen: boolean,
  ) {
    this.clock = new DeviceClock(world);
    this.model = new OwnerModel(hasScreen, PIN);
    this.#entropy = new SimEntropy(seed, name);
    this.#boot();
  }

  /** Of a clock that does not wrap, unlike the device's own ticks. */
  get now_ms(): number {
    return this.clock.local_us / 1000;
  }

  get id(): Uint8Array {
    return this.wallet.certificate.id;
  }

  exchange(command: Uint8Array): Uint8Array {
    const answer = exchange(this.card, command);
    return this.isDead ? new Uint8Array(2) : answer;
  }

  /** Runs `act`, in which power may fail; the device is up again afterwards. Returns whether it did not. */
  outlives(act: () => void): boolean {
    const ended = survives(act) && !this.isDead;
    if (this.isDead) this.restart();
    this.flash.powerOn();
    return ended;
  }

  restart(): void {
    this.isDead = false;
    this.clock.powerOff();
    this.clock.powerOn();
    this.flash.powerOn();
    this.model.restart();
    this.#boot();
  }

  press({ button, isLong }: Stroke): void {
    this.model.press(button, isLong, this.now_ms);
    this.ui.press(button, isLong ? 'long' : 'short');
  }

  /** What a boot would make of the flash as it is now; this device does not hear of it. */
  twin(): Twin {
    const flash = new NorFlash({ sectorCount: SECTORS });
    flash.importImage(this.flash.exportImage());
    const clock = {
      ticks_ms: () => 0,
      ticks_us: () => 0,
      uptime_s: () => 0,
      schedule: () => ({ cancel() {} }),
    };
    const entropy = new SimEntropy(this.judged, `${this.name} booted`);
    const env = { flash, clock, entropy, crypto: this.crypto, crc32, presence: DARK };
    const wallet = Wallet.open(env);
    const card = new Card(wallet);
    return { wallet, exchange: (command) => exchange(card, command) };
  }

  #boot(): void {
    const { clock, crypto } = this;
    const ui = this.hasScreen
      ? new ScreenInterface(this.#screen, clock, plainQr)
      : new LampInterface(DARK, unblinking(clock));
    this.ui = ui;
    this.shown = undefined;
    this.isEntering = false;
    this.wallet = Wallet.open({
      flash: mortalFlash(this.flash, () => {
        this.isDead = true;
      }),
      clock,
      entropy: this.#entropy,
      crypto,
      crc32,
      presence: {
        show: (prompt) => {
          this.shown = prompt;
          ui.show(prompt);
        },
      },
    });
    this.card = new Card(this.wallet);
    new Mode({
      wallet: this.wallet,
      handler: this.card,
      card: { listen() {}, stop() {} },
      terminal: new Terminal(this.wallet, NOBODY),
      ui,
      clock,
      idle_ms: AMPLE_MS,
      onIdle() {},
      onTagRefused() {},
    });
  }
}

/** A lamp that blinks for days of virtual time would be all that there is to do. */
const unblinking = (clock: Clock): Clock => ({
  ticks_ms: () => clock.ticks_ms(),
  ticks_us: () => clock.ticks_us(),
  uptime_s: () => clock.uptime_s(),
  schedule: () => ({ cancel() {} }),
});

export interface Twin {
  readonly wallet: Wallet;
  readonly exchange: (command: Uint8Array) => Uint8Array;
}

/**
 * Where a touch goes wrong: the card is gone before this command (from 1) reaches it, or before its answer
 * does the terminal.
 */
export interface Tear {
  readonly apdu: number;
  readonly lost: 'command' | 'answer';
}

/** Whole APDUs from a terminal to a card, in memory. */
export class Air implements NfcReader {
  #apdus = 0;

  constructor(
    private readonly world: VirtualClock,
    private readonly device: Subject,
    private readonly tear: Tear | undefined,
  ) {}

  connect(_timeout_ms: number, done: (error: NfcError | undefined) => void): void {
    this.device.card.onActivated();
    this.world.schedule(0, () => done(undefined));
  }

  transceive(command: Uint8Array, done: (error: NfcError | undefined, response: Uint8Array) => void): void {
    const bytes = command.slice();
    const lost = ++this.#apdus === this.tear?.apdu ? this.tear.lost : undefined;
    const torn = () => done(new NfcError('removed', 'torn'), new Uint8Array(0));
    this.world.schedule(0, () => {
      if (lost === 'command') return torn();
      const answer = this.device.exchange(bytes);
      if (this.device.isDead) return torn();
      this.world.schedule(0, () => (lost === 'answer' ? torn() : done(undefined, answer)));
    });
  }

  release(done: (error: NfcError | undefined) => void): void {
    if (!this.device.isDead) this.device.card.onDeactivated();
    this.world.schedule(0, () => done(undefined));
  }
}
