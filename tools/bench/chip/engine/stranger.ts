/**
 * Runs in XS on the chip: what a card computes for somebody without a key, command by command. Prints JSON.
 */
import { Card } from '../../../../firmware/card/card.js';
import { curve25519Crypto } from '../../../../hal/crypto/curve25519.js';
import { collectGarbage, input, instructions, print } from '../../../xs/engine.js';
import type { FlashImage } from '../flash-image.js';
import { openWallet, Pool } from './device.js';
import { fromHex } from './hex.js';
import { MeteredFlash } from './metered-flash.js';

export interface StrangerInput {
  readonly card: FlashImage;
  /** Hexadecimal: the commands of one touch after another. */
  readonly touches: readonly (readonly string[])[];
}

/** The same keys for every card: what differs is not them. */
const wallet = openWallet(
  new Pool('stranger'),
  new MeteredFlash((input() as StrangerInput).card),
  curve25519Crypto,
);
const card = new Card(wallet);
const counted = (input() as StrangerInput).touches.map((commands) => {
  card.onActivated();
  const counts = commands.map(fromHex).map((command) => {
    collectGarbage();
    const before = instructions();
    card.onCommand(command, () => undefined);
    return instructions() - before;
  });
  card.onDeactivated();
  return counts;
});
print(JSON.stringify(counted));
