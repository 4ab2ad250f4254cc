import { claimsOf, Device } from '../../firmware/app/device.js';
import { BenchUnit } from '../../firmware/console/codes.js';
import { Console } from '../../firmware/console/console.js';
import { SerialConsole } from '../../firmware/console/serial-console.js';
import type { Notice, UserActions } from '../../firmware/ui/user-interface.js';
import type { Wallet } from '../../firmware/wallet/wallet.js';
import { WalletError } from '../../firmware/wallet/wallet-error.js';
import type { OpenSerial } from '../../hal/byte-link.js';
import { crc32 } from '../../hal/crc32.js';
import type { Crypto } from '../../hal/crypto.js';
import { Pn532FrontEnd } from '../../hal/diagnosis/pn532-front-end.js';
import type { Entropy } from '../../hal/entropy.js';
import type { Flash } from '../../hal/flash.js';
import { Pn532 } from '../../hal/pn532/pn532.js';
import type { Prompt } from '../../hal/presence.js';
import { DeviceClock } from '../chip/device-clock.js';
import { RfField } from '../chip/rf-field.js';
import type { VirtualClock } from '../chip/virtual-clock.js';
import type { Fault } from './faults.js';
import { Wiring } from './wiring.js';

export interface BoardOptions {
  readonly clock: VirtualClock;
  readonly crypto: Crypto;
  readonly entropy: Entropy;
  readonly flash: Flash;
  readonly fault?: Fault;
  /** Where its antenna is; by default nowhere, with a field of its own to be brought into. */
  readonly field?: RfField;
  /** The device's end of the cable. */
  readonly openSerial: OpenSerial;
  /** What the device tells its owner. */
  onNotice?(notice: Notice, amount?: number): void;
  /** Microseconds, of whatever clock the measurements are to be in. */
  now_us(): number;
}

/** What a simulated board says of its chip: there is none. */
export const SIMULATED_CHIP = 'simulated';

const BAUD = 921_600;

/** The whole device as firmware/main.ts composes it, on simulated parts: what a console shows of a board. */
export class SimulatedBoard {
  readonly host: DeviceClock;
  readonly wiring: Wiring;
  readonly field: RfField;
  wallet: Wallet | undefined;
  owner: UserActions | undefined;
  /** The payment that the owner is asked about. */
  prompt: Prompt | undefined;

  constructor(private readonly options: BoardOptions) {
    const { clock, fault = 'none' } = options;
    this.host = new DeviceClock(clock);
    this.field = options.field ?? new RfField(clock);
    this.wiring = new Wiring(fault, { clock, host: this.host, field: this.field, name: 'board' });
    if (options.field) this.wiring.module.chip.enterField();
    this.#boot();
  }

  /**
   * The cable is pulled, and plugged in again: processor and PN532 start from nothing but what is in flash.
   */
  restart(): void {
    this.powerOff();
    this.host.powerOn();
    this.wiring.module.powerOn();
    this.#boot();
  }

  powerOff(): void {
    this.host.powerOff();
    this.wiring.module.powerOff();
  }

  #boot(): void {
    const { crypto, flash, openSerial, now_us, onNotice } = this.options;
    const { host: clock, wiring } = this;
    const device = new Device({
      flash,
      clock,
      entropy: this.options.entropy,
      crypto,
      crc32,
      ui: {
        show: (prompt) => (this.prompt = prompt),
        press() {},
        attach: (owner) => (this.owner = owner),
        notify: (notice, amount) => onNotice?.(notice, amount),
      },
      createChip: (entropy) => new Pn532({ link: wiring.createLink(), clock, entropy, baud: BAUD }),
    });
    const { log, entropy, opened, applications } = device;
    this.wallet = opened.wallet;
    const hardware = {
      board: 'simulated board',
      chip: SIMULATED_CHIP,
      link: wiring.linkName,
      chipId: CHIP_ID,
    };
    const meter = { unit: BenchUnit.microseconds, now: now_us };
    const common = { crypto, crc32, entropy, clock, flash, hardware, meter, log, ...opened };
    const open = (console: Console) => new SerialConsole(console, crc32, clock, openSerial);
    device.start();
    if (!applications) {
      // A mistake in the code is not the flash's.
      if (!(opened.error instanceof WalletError)) throw opened.error;
      open(new Console({ ...common, card: undefined, mode: undefined, frontEnd: undefined, onUsed() {} }));
      return;
    }
    const { chip, card, mode } = applications;
    const { levels, own, others } = wiring;
    const frontEnd = new Pn532FrontEnd({ pn532: chip, levels, own, others, ...claimsOf(mode) });
    open(new Console({ ...common, card, mode, frontEnd, onUsed: () => mode.touched() }));
  }
}

/** "sim-0001" */
const CHIP_ID = Uint8Array.of(0x73, 0x69, 0x6d, 0x2d, 0x30, 0x30, 0x30, 0x31);
