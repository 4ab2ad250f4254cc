/** Runs in XS on the chip: what the engine takes with the firmware loaded and nothing done. Prints JSON. */
import { Card } from '../../../../firmware/card/card.js';
import { Terminal } from '../../../../firmware/terminal/terminal.js';
import { curve25519Crypto } from '../../../../hal/crypto/curve25519.js';
import { collectGarbage, memory, print } from '../../../xs/engine.js';
import { openWallet } from './device.js';

collectGarbage();
const { chunkBytes, slots, slotBytes } = memory();
const parts = [Card, Terminal, openWallet, curve25519Crypto].length;
print(JSON.stringify({ chunks: chunkBytes, slots: slots * slotBytes, parts }));
