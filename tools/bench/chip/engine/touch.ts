/** Runs in XS on the chip: a touch with the crypto in C, as on a board. Prints JSON. */
import { curve25519Crypto } from '../../../../hal/crypto/curve25519.js';
import { input, print } from '../../../xs/engine.js';
import { play, type TouchInput } from './play.js';

print(JSON.stringify(play(input() as TouchInput, curve25519Crypto)));
