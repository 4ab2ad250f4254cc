/**
 * Wallets in the state that a measurement starts from: made with the simulator's devices, handed to the chip
 * as images of their flash.
 */
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import type { Device } from '../../../sim/device/device.js';
import { TestBank } from '../../../sim/world/test-bank.js';
import { World } from '../../../sim/world/world.js';

const START_S = 1_800_000_000;
const SECTORS = 256;

/** One world with a bank, for wallets that are to meet. */
export class Workshop {
  readonly world = new World(1, START_S, opensslCrypto);
  readonly bank = new TestBank(opensslCrypto, START_S);
  #made = 0;

  wallet(values: readonly number[] = []): Device {
    const device = this.world.device(`wallet ${++this.#made}`, { flashSectors: SECTORS });
    this.bank.enrol(device);
    if (values.length > 0) {
      this.bank.settle(device.wallet, this.bank.notes(device.wallet, values, { hopsMax: 12 }));
    }
    return device;
  }

  /** Makes a wallet forget what it has learned since `image` was taken. */
  restore(device: Device, image: Uint8Array): void {
    device.powerOff();
    device.nor.importImage(image);
    device.powerOn();
  }

  /** A whole touch at `payee`'s terminal. */
  pay(payer: Device, payee: Device, amount: number): void {
    const { result } = this.world.touch(payee, payer, payee.terminal.order('pull', amount));
    if (result?.outcome !== 'paid')
      throw new Error(`a payment that prepares the bench: ${JSON.stringify(result)}`);
  }
}
