/** The pieces of a wallet, each against a naive model of it. */
import type { Suite } from '../suite.js';
import { counterparties } from './wallet/counterparties.js';
import { lots } from './wallet/lots.js';
import { noteIndex } from './wallet/note-index.js';
import { pin } from './wallet/pin.js';
import { snapshots } from './wallet/snapshot.js';
import { trust } from './wallet/trust.js';

export const suite: Suite<{ readonly seed: number }> = (hardware, { seed }) => [
  ...lots(seed),
  ...noteIndex(hardware.crypto, seed),
  ...counterparties(seed),
  ...pin(hardware.crypto, seed),
  ...snapshots(hardware.crypto, seed),
  ...trust(hardware, seed),
];
