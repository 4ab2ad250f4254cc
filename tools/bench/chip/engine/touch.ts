/** Runs in XS on the chip: a touch with the crypto in C, as on a board. Prints JSON. */
import { input, print } from '../../../xs/engine.js';
import { play, type TouchInput } from './play.js';
import { cryptoOf } from './two-devices.js';

print(JSON.stringify(play(input() as TouchInput, cryptoOf)));
