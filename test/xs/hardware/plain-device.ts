/** A wallet without its front end: the firmware on a flash in RAM, a virtual clock and seeded entropy. */
import { Card } from '../../../firmware/card/card.js';
import { format } from '../../../firmware/store/open.js';
import { Wallet } from '../../../firmware/wallet/wallet.js';
import type { Crc32 } from '../../../hal/crc32.js';
import type { Prompt } from '../../../hal/presence.js';
import { DeviceClock } from '../../../sim/chip/device-clock.js';
import { SimEntropy } from '../../../sim/chip/entropy.js';
import type { VirtualClock } from '../../../sim/chip/virtual-clock.js';
import { exchange } from '../../../sim/device/contacts.js';
import type { Hardware } from '../suite.js';
import { StrictFlash } from './strict-flash.js';

/**
 * An empty store. Formatting looks at every byte, which takes long on the chip, so each device has a copy.
 */
let formatted: StrictFlash | undefined;

function formattedFlash(crc32: Crc32): StrictFlash {
  const flash = new StrictFlash(FLASH_SECTORS);
  format(flash, crc32);
  return flash;
}

/**
 * As few as hold a payment and the reserve that a sync needs: the less flash, the less memory it takes here.
 */
const FLASH_SECTORS = 16;

export class PlainDevice {
  readonly clock: DeviceClock;
  readonly flash: StrictFlash;
  readonly #entropy: SimEntropy;
  /** What the screen shows. */
  prompt: Prompt | undefined;
  wallet!: Wallet;
  card!: Card;

  constructor(
    private readonly hardware: Hardware,
    world: VirtualClock,
    seed: number,
    name: string,
  ) {
    this.clock = new DeviceClock(world);
    this.flash = new StrictFlash(FLASH_SECTORS);
    formatted ??= formattedFlash(hardware.crc32);
    this.flash.copyFrom(formatted);
    this.#entropy = new SimEntropy(seed, name);
    this.#boot();
  }

  /** Power goes and comes back; the firmware boots from what is in flash. */
  restart(): void {
    this.clock.powerOff();
    this.clock.powerOn();
    this.flash.powerOn();
    this.#boot();
  }

  /** One APDU over contacts, as a personalisation station has them. */
  exchange(command: Uint8Array): Uint8Array {
    return exchange(this.card, command);
  }

  #boot(): void {
    const { crypto, crc32 } = this.hardware;
    this.prompt = undefined;
    const presence = {
      show: (prompt: Prompt | undefined) => {
        this.prompt = prompt;
      },
    };
    this.wallet = Wallet.open({
      flash: this.flash,
      clock: this.clock,
      entropy: this.#entropy,
      crypto,
      crc32,
      presence,
    });
    this.wallet.idle();
    this.card = new Card(this.wallet);
  }
}
