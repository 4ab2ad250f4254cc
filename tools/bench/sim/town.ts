/** What days.ts opens in this revision: compiled, as the command line and the fuzzers are. */
export { hostCrypto as crypto } from '../../../hal/crypto/host.js';
export { Town } from '../../../sim/world/town.js';
