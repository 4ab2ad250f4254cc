/**
 * A storm over a whole wallet: every boot is cut, hundreds of times. What comes out of it pays and syncs, and
 * no money has gone.
 */
import type { Crypto } from '../../hal/crypto.js';
import { SimEntropy } from '../chip/entropy.js';
import { survives } from '../chip/power-cut.js';
import type { Device } from '../device/device.js';
import { OPERATIONS_MAX } from '../store/storm.js';
import { TestBank } from '../world/test-bank.js';
import { World } from '../world/world.js';

export interface WalletStormOptions {
  readonly crypto: Crypto;
  readonly seed: number;
  /**
   * The operation of flash in which each boot is cut, its housekeeping included; undefined for any of the
   * first OPERATIONS_MAX.
   */
  readonly operation: number | undefined;
  readonly cuts: number;
}

const START_S = 1_800_000_000;
const SECTORS = 32;
const LOADED = 100_000;
const PAYMENTS = 37;
/** Boots that power holds for, until the wallet must be well again. */
const BOOTS = 2;

/** Throws an Error that says what the wallet did wrong. */
export function playWalletStorm({ crypto, seed, operation, cuts }: WalletStormOptions): void {
  const world = new World(seed, START_S, crypto);
  const bank = new TestBank(world.crypto, START_S);
  const stall = world.device('stall', { flashSectors: SECTORS });
  const watch = world.device('watch', { flashSectors: SECTORS });
  bank.enrol(stall, { category: 5812 });
  bank.enrol(watch);
  bank.settle(watch.wallet, bank.notes(watch.wallet, [LOADED / 4, LOADED / 4, LOADED / 2]));
  const pay = (when: string) => {
    const { result } = world.touch(stall, watch, stall.terminal.order('pull', 5));
    if (result?.outcome !== 'paid')
      throw new Error(`${when}: ${JSON.stringify(result?.refusal ?? result?.outcome)}`);
    const held = stall.wallet.ledger.held + watch.wallet.ledger.held;
    if (held !== LOADED) throw new Error(`${when}: of ${LOADED} there are ${held}`);
  };
  for (let i = 0; i < PAYMENTS; i++) pay('before the storm');
  rage(watch, cuts, operation, new SimEntropy(seed));
  for (let boots = 0; boots < BOOTS; boots++) reboot(watch);
  pay('after the storm');
  bank.settle(watch.wallet, bank.notes(watch.wallet, []));
  pay('after a sync');
}

function rage(device: Device, cuts: number, operation: number | undefined, random: SimEntropy): void {
  const { nor } = device;
  const powerOn = nor.powerOn.bind(nor);
  const random32 = () => random.uint32();
  nor.powerOn = () => {
    powerOn();
    nor.cutAtOperation(operation ?? 1 + (random32() % OPERATIONS_MAX), random32);
  };
  for (let i = 0; i < cuts; i++) survives(() => reboot(device));
  nor.powerOn = powerOn;
}

function reboot(device: Device): void {
  device.powerOff();
  device.powerOn();
}
