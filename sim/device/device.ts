import { Device as Firmware } from '../../firmware/app/device.js';
import type { EventLog } from '../../firmware/app/event-log.js';
import type { CardState } from '../../firmware/card/card.js';
import { Lifecycle } from '../../firmware/payment/lifecycle.js';
import type { Terminal } from '../../firmware/terminal/terminal.js';
import { ScreenInterface } from '../../firmware/ui/screen-interface.js';
import type { Press, UserInterface } from '../../firmware/ui/user-interface.js';
import type { Wallet } from '../../firmware/wallet/wallet.js';
import { crc32 } from '../../hal/crc32.js';
import type { Crypto } from '../../hal/crypto.js';
import { NFC_APDU_BYTES_MAX, type NfcCardHandler, type NfcReader } from '../../hal/nfc.js';
import { Pn532 } from '../../hal/pn532/pn532.js';
import type { Prompt } from '../../hal/presence.js';
import type { QrEncoder } from '../../hal/qr.js';
import { plainQr } from '../account/qr.js';
import { DeviceClock } from '../chip/device-clock.js';
import { SimEntropy } from '../chip/entropy.js';
import { mortalFlash } from '../chip/mortal-flash.js';
import { NorFlash } from '../chip/nor-flash.js';
import { Pn532Module } from '../chip/pn532-module.js';
import type { Quirks } from '../chip/quirks.js';
import type { RfField } from '../chip/rf-field.js';
import type { VirtualClock } from '../chip/virtual-clock.js';
import { faceTexts } from '../texts/face.js';
import { exchange } from './contacts.js';
import type { Processor } from './processor.js';

export interface DeviceOptions {
  readonly name: string;
  readonly clock: VirtualClock;
  readonly field: RfField;
  readonly crypto: Crypto;
  readonly seed: number;
  readonly flashSectors?: number;
  readonly programUnitBytes?: number;
  /** The wires between processor and PN532: HSU unless it is said. */
  readonly link?: 'hsu' | 'i2c' | 'spi';
  /** Whether I2C and SPI have the IRQ line. */
  readonly irq?: boolean;
  /** Serial rate between processor and PN532. */
  readonly baud?: number;
  /** Where its PN532 goes a way of its own. */
  readonly quirks?: Partial<Quirks>;
  /** As a reader it asks cards for this bit rate on the air, kbit/s. */
  readonly bitRateMax_kbps?: number;
  /** As a reader it carries APDUs of so many bytes at most, as many a USB reader does. */
  readonly apduBytesMax?: number;
  /** `screen`: a few lines and two buttons, as a wearable has them. By default it has one button alone. */
  readonly face?: Face;
}

export type Face = 'screen' | 'button';

/** Since the part was made. */
export interface FlashWork {
  readonly busy_us: number;
  readonly programs: number;
}

/** One command that a device has sent as a reader, and what came back: nothing when it was torn. */
export interface ApduEvent {
  readonly start_us: number;
  readonly end_us: number;
  readonly command: Uint8Array;
  readonly response: Uint8Array;
}

/** Hears what a device does: for captures. */
export interface DeviceListener {
  onApdu(event: ApduEvent): void;
  /** Its flash was busy. */
  onFlash(start_us: number, end_us: number): void;
  /** Its processor has computed. */
  onCompute(start_us: number, end_us: number): void;
  /** Its firmware has done something, and what it is in may have changed. */
  onMoment(): void;
}

const FLASH_SECTORS = 64;
const BAUD = 921_600;

/** A whole wallet: the firmware as it is on the chip, on a simulated processor, flash and PN532. */
export class Device {
  readonly name: string;
  readonly host: DeviceClock;
  readonly nor: NorFlash;
  readonly module: Pn532Module;
  readonly entropy: SimEntropy;
  /** APDU bytes that this device has exchanged as a reader. */
  apduBytes = 0;
  /** Time that its processor has computed. */
  compute_us = 0;
  /**
   * What the flash had done when the touch ended and the housekeeping after it began; for a card that
   * listens.
   */
  workInTouch: FlashWork | undefined;
  listener: DeviceListener | undefined;
  /** What its processor takes in the touch that it is in; undefined for no time. */
  processor: Processor | undefined;
  /** What the screen shows. */
  prompt: Prompt | undefined;
  /** The lines on the screen, the first of them large; undefined without one. */
  screen: readonly string[] | undefined;
  /** The modules of the code on the screen; see `hal/qr.ts`. */
  code: Uint8Array | undefined;
  /** What was drawn last. */
  #drawn = '';
  /** Its owner has switched it off: it comes back by `switchOn` alone. */
  isSwitchedOff = false;
  wallet!: Wallet;
  /** What the firmware has noted since power-up. */
  log!: EventLog;
  card!: NfcCardHandler;
  terminal!: Terminal;
  pn532!: Pn532;
  /** The driver's reader, with the APDU bytes counted. */
  reader!: NfcReader;
  #ui!: UserInterface;
  #cardState!: () => CardState;

  constructor(private readonly options: DeviceOptions) {
    this.name = options.name;
    this.host = new DeviceClock(options.clock);
    this.nor = new NorFlash({
      sectorCount: options.flashSectors ?? FLASH_SECTORS,
      programUnitBytes: options.programUnitBytes ?? 4,
      onBusy: (busy_us) => {
        const start_us = this.host.local_us;
        this.host.spend(busy_us);
        this.listener?.onFlash(start_us, start_us + busy_us);
      },
    });
    this.module = new Pn532Module({
      clock: options.clock,
      field: options.field,
      name: options.name,
      host: this.host,
      quirks: options.quirks ?? {},
      link: options.link ?? 'hsu',
      irq: options.irq ?? true,
    });
    this.module.chip.leaveField();
    this.entropy = new SimEntropy(options.seed, options.name);
    this.#boot();
  }

  /** Where the card's session stands, as its firmware has it. */
  get cardState(): CardState {
    return this.#cardState();
  }

  get powered(): boolean {
    return this.host.powered;
  }

  /** Power goes at this instant: processor, PN532 and flash stop where they are. */
  powerOff(): void {
    this.host.powerOff();
    this.module.powerOff();
    this.module.chip.leaveField();
    this.listener?.onMoment();
  }

  /** Power comes back, and the firmware boots from what is in flash. */
  powerOn(): void {
    this.host.powerOn();
    this.module.powerOn();
    this.nor.powerOn();
    this.prompt = undefined;
    this.#boot();
  }

  switchOff(): void {
    this.isSwitchedOff = true;
    this.powerOff();
    if (this.screen) this.screen = [];
    this.code = undefined;
  }

  switchOn(): void {
    if (!this.isSwitchedOff) return;
    this.isSwitchedOff = false;
    this.powerOn();
  }

  /** Its owner brings it near. */
  enterField(field: RfField): void {
    if (!this.isSwitchedOff) this.module.chip.enterField(field);
  }

  /** Button 0 is A, 1 is B. A device without a screen has neither: see `World.press`. */
  press(button: number, press: Press): void {
    this.#ui.press(button, press);
  }

  /** The device answers readers. */
  listen(): void {
    if (this.isSwitchedOff) return;
    const { card } = this;
    this.workInTouch = undefined;
    this.pn532.card.listen({
      onActivated: (answer_us) => {
        card.onActivated(answer_us);
        this.listener?.onMoment();
      },
      onCommand: (command, respond) => {
        card.onCommand(command, (response) => {
          this.#compute(this.processor?.before());
          this.listener?.onMoment();
          respond(response);
        });
        this.#compute(this.processor?.behind());
        this.listener?.onMoment();
      },
      onDeactivated: (reason) => {
        this.workInTouch ??= this.flashWork;
        card.onDeactivated(reason);
        this.listener?.onMoment();
        this.showState();
      },
    });
  }

  get flashWork(): FlashWork {
    return { busy_us: this.nor.busy_us, programs: this.nor.counters.programs };
  }

  /** One APDU over contacts, as a personalisation station has them. */
  exchange(command: Uint8Array): Uint8Array {
    const response = exchange(this.card, command);
    this.listener?.onMoment();
    return response;
  }

  #boot(): void {
    const { crypto, baud = BAUD, bitRateMax_kbps } = this.options;
    this.#ui = this.#createInterface();
    const settings = bitRateMax_kbps === undefined ? {} : { reader: { bitRateMax_kbps } };
    const device = new Firmware({
      flash: mortalFlash(this.nor, () => this.powerOff()),
      clock: this.host,
      entropy: this.entropy,
      crypto,
      crc32,
      ui: this.#ui,
      createChip: (entropy) => {
        const link = this.module.createLink();
        this.pn532 = new Pn532({ link, clock: this.host, entropy, baud, ...settings });
        return { card: this.pn532.card, reader: this.#metered(this.pn532.reader) };
      },
    });
    this.log = device.log;
    const { applications } = device;
    if (!applications) throw device.opened.error;
    const { wallet, card, terminal, chip } = applications;
    this.wallet = wallet;
    this.card = card;
    this.#cardState = () => card.handler.state;
    this.terminal = terminal;
    this.reader = chip.reader;
    wallet.idle();
    this.listener?.onMoment();
    this.showState();
  }

  #createInterface(): UserInterface {
    const show = (prompt: Prompt | undefined): void => {
      this.prompt = prompt;
    };
    if (this.options.face !== 'screen') return { show, notify() {}, press() {}, attach() {} };
    const screen = {
      show: (lines: readonly string[]) => {
        this.screen = [...lines];
        this.code = undefined;
      },
      drawModules: (modules: Uint8Array) => {
        this.screen = [];
        this.code = modules;
      },
      off: () => {
        this.screen = [];
        this.code = undefined;
      },
    };
    const draw: QrEncoder = (text) => {
      this.#drawn = String.fromCharCode(...text);
      return plainQr(text);
    };
    const face = new ScreenInterface(screen, this.host, draw, faceTexts);
    return {
      show: (prompt) => {
        show(prompt);
        face.show(prompt);
      },
      notify: (notice, amount) => face.notify(notice, amount),
      showCode: (made) => face.showCode(made),
      press: (button, press) => face.press(button, press),
      // Who is the terminal in a touch, and asks for what, is said by whoever plays the world.
      attach: (owner) =>
        face.attach({ ...owner, onAsk: () => this.showState(), onTag: () => this.showState() }),
    };
  }

  /** The text of the code on the screen, as whoever scans it reads it. */
  get codeText(): string | undefined {
    return this.code && this.#drawn;
  }

  /** What the screen shows while nothing happens, as the firmware's mode has it. */
  showState(): void {
    if (this.wallet.lifecycle >= Lifecycle.active) this.#ui.notify('ready');
    else this.#ui.notify('blank');
  }

  /** In another language, say. */
  redraw(): void {
    if (!this.isSwitchedOff) this.#ui.show(this.prompt);
  }

  #metered(reader: NfcReader): NfcReader {
    const { apduBytesMax = NFC_APDU_BYTES_MAX } = this.options;
    const check = (apdu: Uint8Array): void => {
      if (apdu.length > apduBytesMax) throw new RangeError(`an APDU of ${apdu.length} bytes`);
    };
    return {
      apduBytesMax,
      get timing() {
        return reader.timing;
      },
      connect: (timeout_ms, done, select) => {
        this.listener?.onMoment();
        reader.connect(timeout_ms, done, select);
      },
      connectTag: (timeout_ms, done) => {
        this.listener?.onMoment();
        reader.connectTag?.(timeout_ms, done);
      },
      release: (done) => {
        this.#compute(this.processor?.before());
        this.listener?.onMoment();
        reader.release(done);
      },
      transceive: (command, done) => {
        check(command);
        this.#compute(this.processor?.before(command));
        this.listener?.onMoment();
        this.apduBytes += command.length;
        const start_us = this.host.local_us;
        const sent = this.listener && command.slice();
        reader.transceive(command, (error, response) => {
          check(response);
          this.apduBytes += response.length;
          if (sent)
            this.listener?.onApdu({
              start_us,
              end_us: this.host.local_us,
              command: sent,
              response: response.slice(),
            });
          done(error, response);
        });
        this.#compute(this.processor?.behind());
      },
    };
  }

  /** Its processor is busy for so long: nothing of it is heard before, and nothing comes to it. */
  #compute(busy_us = 0): void {
    if (busy_us === 0) return;
    const start_us = this.host.local_us;
    this.host.spend(busy_us);
    this.compute_us += busy_us;
    this.listener?.onCompute(start_us, start_us + busy_us);
  }
}
