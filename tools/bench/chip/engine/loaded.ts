/** Runs in XS on the chip: what the engine takes with the firmware loaded and nothing done. Prints JSON. */
import { Card } from '../../../../firmware/card/card.js';
import { Terminal } from '../../../../firmware/terminal/terminal.js';
import { sodiumCrypto } from '../../../../hal/crypto/sodium.js';
import { collectGarbage, memory, print } from '../../../xs/engine.js';
import { openWallet } from './device.js';

collectGarbage();
const { chunkBytes, slots, slotBytes } = memory();
const parts = [Card, Terminal, openWallet, sodiumCrypto].length;
print(JSON.stringify({ chunks: chunkBytes, slots: slots * slotBytes, parts }));
