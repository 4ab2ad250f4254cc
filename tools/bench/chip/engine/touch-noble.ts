/** Runs in XS on the chip: a touch with the reference crypto, which is all JavaScript. Prints JSON. */
import { nobleCrypto } from '../../../../hal/crypto/noble.js';
import { input, print } from '../../../xs/engine.js';
import { play, type TouchInput } from './play.js';

print(JSON.stringify(play(input() as TouchInput, () => nobleCrypto)));
