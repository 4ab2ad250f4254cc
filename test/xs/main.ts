/**
 * What runs in XS: every case of a suite, with crypto, CRC, frames and QR codes in C, and one line for each.
 */
import { crc32 } from '../../hal/crc32-native.js';
import { curve25519Crypto } from '../../hal/crypto/curve25519.js';
import type { Crypto } from '../../hal/crypto.js';
import { nativeFrames } from '../../hal/pn532-frames.js';
import { nativeQr } from '../../hal/qr-native.js';
import { input, instructions, memory, print } from '../../tools/xs/engine.js';
import type { Suite } from './suite.js';

/** Lines of `pass|fail`, instructions, name, and what was wrong, tabs between. */
export function runSuite<Input>(suite: Suite<Input>, crypto: Crypto = curve25519Crypto): void {
  const hardware = { crypto, crc32, frames: nativeFrames, qr: nativeQr };
  for (const { name, run } of suite(hardware, input() as Input)) {
    const before = instructions();
    let failure: string | undefined;
    try {
      run();
    } catch (error) {
      failure = String(error);
    }
    const taken = instructions() - before;
    print([failure === undefined ? 'pass' : 'fail', taken, name, failure ?? ''].join('\t'));
  }
  print(`memory\t${JSON.stringify(memory())}`);
}
