/** What days.ts opens in this revision: compiled, and sooner so by the engine, as the fuzzers are. */
import '../../compile-sooner.mjs';

export { hostCrypto as crypto } from '../../../hal/crypto/host.js';
export { Town } from '../../../sim/world/town.js';
