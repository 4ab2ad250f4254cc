/** Runs in XS on the chip: what the engine takes before any of the firmware is there. Prints JSON. */
import { collectGarbage, memory, print } from '../../../xs/engine.js';

collectGarbage();
const { chunkBytes, slots, slotBytes } = memory();
print(JSON.stringify({ chunks: chunkBytes, slots: slots * slotBytes }));
