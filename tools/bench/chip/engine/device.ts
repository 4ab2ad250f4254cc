/** What a wallet stands on in the engine, beside its flash. */
import { Wallet } from '../../../../firmware/wallet/wallet.js';
import type { Crc32 } from '../../../../hal/crc32.js';
import { crc32 } from '../../../../hal/crc32-native.js';
import type { Crypto } from '../../../../hal/crypto.js';
import type { Entropy } from '../../../../hal/entropy.js';
import type { Flash } from '../../../../hal/flash.js';
import { SimEntropy } from '../../../../sim/chip/entropy.js';

const POOL_BYTES = 1_024;

/**
 * Drawn when it is made, outside of any count: a board's entropy comes from a register, not from JavaScript.
 */
export class Pool implements Entropy {
  readonly #bytes = new Uint8Array(POOL_BYTES);
  #at = 0;

  constructor(name: string) {
    new SimEntropy(1, name).fill(this.#bytes);
  }

  fill(target: Uint8Array): void {
    target.set(this.#bytes.subarray(this.#at, this.#at + target.length));
    this.#at += target.length;
  }
}

/** A wallet that is ready for a touch. */
export function openWallet(entropy: Entropy, flash: Flash, crypto: Crypto, crc: Crc32 = crc32): Wallet {
  const wallet = Wallet.open({
    flash,
    clock: { ticks_ms: () => 0, ticks_us: () => 0, uptime_s: () => 0, schedule: () => ({ cancel() {} }) },
    entropy,
    crypto,
    crc32: crc,
    presence: { show() {} },
  });
  wallet.idle();
  return wallet;
}
