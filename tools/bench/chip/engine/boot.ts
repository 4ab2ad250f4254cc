/** Runs in XS on the chip: from reset to ready. Prints the instructions, as JSON. */
import { curve25519Crypto } from '../../../../hal/crypto/curve25519.js';
import { collectGarbage, input, instructions, memory, print } from '../../../xs/engine.js';
import type { FlashImage } from '../flash-image.js';
import { openWallet, Pool } from './device.js';
import { MeteredFlash } from './metered-flash.js';

export interface BootOutput {
  /** Of reading the wallet from flash, the first ephemeral key and what housekeeping is due. */
  readonly instructions: number;
  /** What lives in the engine for the open wallet, its flash not counted. */
  readonly chunkBytes: number;
  readonly slots: number;
}

function boot(image: FlashImage): BootOutput {
  const flash = new MeteredFlash(image);
  const entropy = new Pool('boot');
  collectGarbage();
  const before = memory();
  const start = instructions();
  const wallet = openWallet(entropy, flash, curve25519Crypto);
  const taken = instructions() - start;
  collectGarbage();
  const after = memory();
  if (wallet.ledger.held < 0) throw new Error('a wallet that owes');
  return {
    instructions: taken,
    chunkBytes: after.chunkBytes - before.chunkBytes,
    slots: after.slots - before.slots,
  };
}

print(JSON.stringify(boot(input() as FlashImage)));
